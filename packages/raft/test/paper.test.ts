import test from "ava";
import { decodeConfChange, encodeConfChange, type Message } from "../src/index.ts";
import { Cluster } from "./support/cluster.ts";

test("a follower that hears nothing for its election timeout campaigns, and a majority makes it leader (5.2)", (t) => {
  const cluster = new Cluster(3);
  for (let i = 0; i < 25 && cluster.leaders().length === 0; i++) cluster.tick();
  t.is(cluster.leaders().length, 1);
});

test("a member votes for at most one candidate in a term (5.2)", (t) => {
  const cluster = new Cluster(3);
  const vote = (from: bigint): Message => ({ type: "vote", from, to: 1n, term: 2, index: 1, logTerm: 1 });
  const { raft } = cluster.get(1);
  raft.step(vote(2n));
  raft.step(vote(3n));
  const ready = raft.take()!;
  t.deepEqual(
    ready.afterPersist.map((message) => [message.to, message.reject === true]),
    [
      [2n, false],
      [3n, true],
    ],
  );
  t.deepEqual(ready.messages, []);
  t.is(ready.hardState?.vote, 2n);
});

test("a vote leaves only after it is on stable storage, and a restart remembers it", (t) => {
  const cluster = new Cluster(3);
  const member = cluster.get(1);
  member.raft.step({ type: "vote", from: 2n, to: 1n, term: 2, index: 1, logTerm: 1 });
  cluster.take(member);
  t.deepEqual(cluster.inFlight, []);
  cluster.persist(member);
  t.is(cluster.inFlight[0]?.type, "vote-resp");
  member.restart();
  member.raft.step({ type: "vote", from: 3n, to: 1n, term: 2, index: 1, logTerm: 1 });
  t.true(member.raft.take()!.afterPersist[0]!.reject);
});

test("an entry is committed once a majority has it durable, not before (5.3)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.holdWrites = true;
  cluster.propose(1, "x");
  t.deepEqual(cluster.texts(1), []);
  const persistAll = (id: number) => {
    while (cluster.persist(cluster.get(id))) {}
    cluster.run();
  };
  persistAll(2);
  t.deepEqual(cluster.texts(1), [], "one follower and no disk of the leader's own is no majority");
  persistAll(1);
  t.deepEqual(cluster.texts(1), ["x"]);
});

test("the leader's own disk does not hold back a commit that the followers make up", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.holdWrites = true;
  cluster.propose(1, "x");
  for (const id of [2, 3]) while (cluster.persist(cluster.get(id))) {}
  cluster.run();
  t.is(cluster.get(1).raft.status().commit, 3);
  t.deepEqual(cluster.texts(1), [], "it applies nothing that its own disk does not hold");
});

test("what is proposed in the turn of a commit carries it along, and where nothing is, one empty append tells it", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  const { raft } = cluster.get(1);
  const appends = (): string[] => {
    const sent: string[] = [];
    for (let ready = raft.take(); ready; ready = raft.take()) {
      for (const { type, to, entries, commit } of ready.messages) {
        if (type === "app") sent.push(`${to}: ${entries!.length} entries, commit ${commit}`);
      }
    }
    return sent;
  };
  const answer = (index: number) => {
    for (const from of [2n, 3n]) raft.step({ type: "app-resp", from, to: 1n, term: 2, index });
  };
  const { lastIndex } = raft.status();
  raft.propose([Buffer.from("a")]);
  t.deepEqual(appends(), [`2: 1 entries, commit ${lastIndex}`, `3: 1 entries, commit ${lastIndex}`]);
  answer(lastIndex + 1);
  raft.propose([Buffer.from("b")]);
  t.deepEqual(appends(), [`2: 1 entries, commit ${lastIndex + 1}`, `3: 1 entries, commit ${lastIndex + 1}`]);
  answer(lastIndex + 2);
  t.deepEqual(appends(), [`2: 0 entries, commit ${lastIndex + 2}`, `3: 0 entries, commit ${lastIndex + 2}`]);
  t.deepEqual(appends(), []);
});

test("a follower's conflicting entries are replaced by the leader's (5.3)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.propose(1, "a");
  cluster.drop = (message) => message.from === 1n || message.to === 1n;
  cluster.propose(1, "lost 1", "lost 2", "lost 3");
  cluster.get(2).raft.loseLeader(1n);
  cluster.get(3).raft.loseLeader(1n);
  for (let i = 0; i < 30 && !cluster.leaders().some((id) => id !== 1n); i++) cluster.tick();
  const leader = Number(cluster.leaders().find((id) => id !== 1n));
  cluster.propose(leader, "b");
  cluster.drop = () => false;
  for (let i = 0; i < 5; i++) cluster.tick();
  for (const id of [1, 2, 3]) t.deepEqual(cluster.texts(id), ["a", "b"]);
});

test("a candidate with a stale log never wins (5.4.1)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.drop = (message) => message.to === 3n;
  cluster.propose(1, "x");
  cluster.get(1).up = false;
  cluster.drop = () => false;
  cluster.get(2).raft.loseLeader(1n);
  cluster.get(3).raft.loseLeader(1n);
  for (let i = 0; i < 60; i++) {
    cluster.tick();
    t.not(cluster.leaders()[0], 3n);
  }
  t.deepEqual(cluster.leaders(), [2n]);
  t.deepEqual(cluster.texts(2), ["x"]);
});

test("entries of an earlier term are committed only through one of the leader's own (5.4.2, figure 8)", (t) => {
  const cluster = new Cluster(3, 1, [], 1);
  cluster.elect(1);
  // Only the leader gets "old", and is gone.
  cluster.drop = (message) => message.from === 1n;
  cluster.propose(1, "old");
  cluster.get(1).restart();
  // It leads again; "old" reaches a majority, but no entry of the new term is accepted by anybody.
  cluster.drop = (message) =>
    (message.type === "pre-vote" && message.from !== 1n) ||
    (message.type === "app" &&
      (message.entries ?? []).some((entry) => entry.term === message.term) &&
      cluster.get(message.to).raft.status().lastIndex >= message.index!);
  for (const id of [2, 3]) cluster.get(id).raft.loseLeader(1n);
  cluster.elect(1);
  for (let i = 0; i < 3; i++) cluster.tick();
  const old = cluster.get(1).raft.status().lastIndex - 1;
  t.is(cluster.get(2).raft.status().lastIndex, old);
  t.true(cluster.get(1).raft.status().commit < old, "a majority has the entry, but of an earlier term");
  cluster.drop = () => false;
  for (let i = 0; i < 3; i++) cluster.tick();
  t.deepEqual(cluster.texts(2), ["old"]);
});

test("a member that was cut off does not bring the leader down when it comes back (9.6)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  const term = cluster.get(1).raft.status().term;
  cluster.drop = (message) => message.from === 3n || message.to === 3n;
  for (let i = 0; i < 50; i++) cluster.tick();
  cluster.drop = () => false;
  for (let i = 0; i < 50; i++) cluster.tick();
  t.deepEqual(cluster.leaders(), [1n]);
  t.is(cluster.get(1).raft.status().term, term);
});

test("a leader that hears of no majority steps down within two election timeouts (6.2)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.drop = (message) => message.from === 1n || message.to === 1n;
  for (let i = 0; i < 20; i++) cluster.tick(1);
  t.is(cluster.get(1).raft.status().role, "follower");
});

test("when the leader's connection breaks, another leads within a few ticks", (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = new Cluster(3, seed);
    cluster.elect(2);
    cluster.get(2).up = false;
    for (const id of [1, 3]) cluster.get(id).raft.loseLeader(2n);
    cluster.run();
    let ticks = 0;
    while (cluster.leaders().length === 0 && ticks < 50) {
      cluster.tick();
      ticks++;
    }
    t.true(ticks <= 4, `seed ${seed}: ${ticks} ticks`);
  }
});

test("a member that notices the leader's end late still votes for the one that noticed it before", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.get(1).up = false;
  cluster.get(2).raft.loseLeader(1n);
  cluster.run();
  t.deepEqual(cluster.leaders(), [], "3 still believes in the leader");
  cluster.get(3).raft.loseLeader(1n);
  cluster.run();
  t.deepEqual(cluster.leaders(), [2n], "without a tick");
});

test("a pre-vote of a moment ago is forgotten when the leader is heard of again", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.get(2).raft.loseLeader(1n);
  cluster.run();
  cluster.tick();
  t.deepEqual(cluster.leaders(), [1n]);
  cluster.get(1).up = false;
  const messages: Message[] = [];
  cluster.get(3).raft.loseLeader(1n);
  for (let ready = cluster.get(3).raft.take(); ready; ready = cluster.get(3).raft.take())
    messages.push(...ready.messages, ...ready.afterPersist);
  t.false(messages.some((message) => message.type === "pre-vote-resp"));
});

test("a silent leader is replaced a quarter of the election timeout after it at the latest, split votes or not", (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const cluster = new Cluster(3, seed);
    cluster.elect(1);
    cluster.tick();
    cluster.get(1).up = false;
    let ticks = 0;
    while (!cluster.leaders().some((id) => id !== 1n) && ticks < 40) {
      cluster.tick();
      ticks++;
    }
    t.true(ticks >= 10 && ticks <= 13, `seed ${seed}: ${ticks} ticks`);
  }
});

test("pre-votes that cross don't split the vote: the lower id goes first", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.get(1).up = false;
  for (const id of [2, 3]) {
    cluster.get(id).raft.loseLeader(1n);
    cluster.get(id).raft.campaign();
  }
  cluster.run();
  t.deepEqual(cluster.leaders(), [2n], "without a tick");
});

test("a pre-candidate that can't win gives way to one that can", (t) => {
  const cluster = new Cluster(5);
  cluster.elect(5);
  cluster.propose(5, "a");
  for (const id of [4, 5]) cluster.get(id).up = false;
  // 1 and 3 don't hear each other: only 2 can get three votes.
  cluster.drop = ({ from, to }) => (from === 1n && to === 3n) || (from === 3n && to === 1n);
  for (let i = 0; i < 200 && !cluster.leaders().includes(2n); i++) cluster.tick();
  t.true(cluster.leaders().includes(2n));
});

test("the answer to a pre-vote does not wait for a disk", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.get(1).up = false;
  cluster.holdWrites = true;
  for (const id of [2, 3]) cluster.get(id).raft.loseLeader(1n);
  cluster.run();
  t.is(cluster.get(2).raft.status().role, "candidate");
});

test("a voter in a hurry leaves its candidate the time that their disks take", (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = new Cluster(3, seed);
    cluster.elect(1);
    const { term } = cluster.get(2).raft.status();
    cluster.get(1).up = false;
    cluster.holdWrites = true;
    for (const id of [2, 3]) cluster.get(id).raft.loseLeader(1n);
    cluster.run();
    for (let i = 0; i < 4; i++) cluster.tick();
    cluster.holdWrites = false;
    cluster.run();
    t.deepEqual(cluster.leaders(), [2n], `seed ${seed}`);
    t.is(cluster.get(2).raft.status().term, term + 1, `seed ${seed}`);
  }
});

test("a member with more of the log campaigns itself when it refuses a pre-vote and nobody leads", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.drop = (message) => message.to === 2n;
  cluster.propose(1, "a");
  cluster.drop = () => false;
  cluster.get(1).up = false;
  cluster.get(3).raft.loseLeader(1n);
  cluster.get(2).raft.loseLeader(1n);
  cluster.run();
  t.deepEqual(cluster.leaders(), [3n], "without a tick");
  t.deepEqual(cluster.texts(3), ["a"]);
});

test("a read is answered only after a quorum confirmed the leader (6.4)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.propose(1, "x");
  cluster.get(1).raft.readIndex(7n);
  cluster.get(2).raft.readIndex(8n);
  cluster.run();
  const commit = cluster.get(1).raft.status().commit;
  t.deepEqual(cluster.get(1).reads, [{ index: commit, context: 7n }]);
  t.deepEqual(cluster.get(2).reads, [{ index: commit, context: 8n }]);
  cluster.drop = (message) => message.from === 1n || message.to === 1n;
  cluster.get(1).raft.readIndex(9n);
  cluster.run();
  t.is(cluster.get(1).reads.length, 1, "cut off, it answers nothing");
});

test("a read waits for the new leader's first entry of its term to be committed (6.4)", (t) => {
  const cluster = new Cluster(3);
  cluster.drop = (message) => message.type === "app-resp" && message.from !== 1n;
  cluster.get(1).raft.campaign();
  cluster.run();
  cluster.get(1).raft.readIndex(1n);
  cluster.run();
  t.deepEqual(cluster.get(1).reads, []);
  cluster.drop = () => false;
  cluster.tick();
  cluster.tick();
  t.is(cluster.get(1).reads.length, 1);
});

test("leadership is handed over to a member that has everything, and never to a learner (3.10)", (t) => {
  const cluster = new Cluster(3, 1, [4n]);
  cluster.elect(1);
  cluster.propose(1, "x");
  cluster.get(1).raft.transferLeadership(4n);
  cluster.run();
  t.deepEqual(cluster.leaders(), [1n]);
  cluster.get(1).raft.transferLeadership(3n);
  cluster.run();
  t.deepEqual(cluster.leaders(), [3n]);
});

test("a follower that fell behind the trimmed log gets a snapshot, then the rest", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.get(3).up = false;
  for (let i = 0; i < 20; i++) cluster.propose(1, `e${i}`);
  const leader = cluster.get(1);
  leader.log.trimTo(15, leader.conf);
  cluster.get(3).restart();
  for (let i = 0; i < 30; i++) cluster.tick();
  cluster.propose(1, "after");
  const member = cluster.get(3);
  t.true(member.log.firstIndex() > 16);
  t.is(member.appliedIndex, leader.appliedIndex);
  t.is(cluster.texts(3).at(-1), "after");
});

test("a learner gets the log and counts in no majority (4.2.1)", (t) => {
  const cluster = new Cluster(3, 1, [4n]);
  cluster.elect(1);
  cluster.drop = (message) => [2n, 3n].includes(message.to);
  cluster.propose(1, "x");
  t.deepEqual(cluster.texts(1), []);
  cluster.drop = () => false;
  for (let i = 0; i < 3; i++) cluster.tick();
  t.deepEqual(cluster.texts(4), ["x"]);
});

test("members are exchanged through a joint configuration that is left by itself (4.3)", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.add(4n);
  const steps = [
    { type: "add-voter", member: 4n },
    { type: "remove", member: 3n },
  ] as const;
  cluster.get(1).raft.proposeConfChange({ steps, context: Buffer.from("who") });
  for (let i = 0; i < 5; i++) cluster.tick();
  t.like(cluster.get(1).raft.status().conf, { voters: [1n, 2n, 4n], votersOutgoing: [] });
  cluster.propose(1, "x");
  cluster.tick();
  t.deepEqual(cluster.texts(4), ["x"]);
});

for (const outcome of ["goes down", "restarts", "restarts with all others"]) {
  test(`a joint configuration is left although its leader ${outcome} (4.3)`, (t) => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.add(4n);
    // The change reaches the others; the one that ends it does not.
    const ends = ({ entries = [] }: Message) =>
      entries.some(({ type, data }) => type === "conf" && decodeConfChange(data).steps.length === 0);
    cluster.drop = ends;
    const steps = [
      { type: "remove", member: 3n },
      { type: "add-learner", member: 4n },
    ] as const;
    cluster.get(1).raft.proposeConfChange({ steps, context: Buffer.from("who") });
    for (let i = 0; i < 3; i++) cluster.tick();
    for (const id of [1, 2, 3]) t.deepEqual(cluster.get(id).conf.votersOutgoing, [1n, 2n, 3n]);
    if (outcome === "goes down") cluster.get(1).up = false;
    else cluster.get(1).restart();
    if (outcome === "restarts with all others") for (const id of [2, 3]) cluster.get(id).restart();
    if (outcome === "goes down") {
      cluster.drop = () => false;
      for (let i = 0; i < 40; i++) cluster.tick();
      t.deepEqual(
        cluster.leaders(),
        [],
        "without a majority of {1, 2} nobody leads, although {2, 3} is one of {1, 2, 3}",
      );
      cluster.get(1).restart();
    }
    cluster.drop = () => false;
    for (let i = 0; i < 60; i++) cluster.tick();
    for (const id of [1, 2, 4]) {
      t.like(cluster.get(id).conf, { voters: [1n, 2n], votersOutgoing: [], learners: [4n] }, `member ${id}`);
    }
  });
}

test("a second change is not begun before the first is applied", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster.holdWrites = true;
  const { raft } = cluster.get(1);
  const change = (member: bigint) => ({
    steps: [{ type: "add-learner", member } as const],
    context: Buffer.alloc(0),
  });
  t.is(raft.proposeConfChange(change(5n)), "accepted");
  t.is(raft.proposeConfChange(change(6n)), "dropped");
});

test("a change that does not fit a joint configuration is refused where it is proposed", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  const leave = { steps: [], context: new Uint8Array(0) };
  t.is(cluster.get(1).raft.proposeConfChange(leave), "dropped");
  cluster.drop = () => true;
  const steps = [
    { type: "add-voter", member: 4n },
    { type: "remove", member: 3n },
  ] as const;
  t.is(cluster.get(1).raft.proposeConfChange({ steps, context: new Uint8Array(0) }), "accepted");
  t.is(cluster.get(1).raft.proposeConfChange({ steps, context: new Uint8Array(0) }), "dropped");
});

test("a leader that is removed leads until its removal is committed, then steps down", (t) => {
  const cluster = new Cluster(3);
  cluster.elect(1);
  cluster
    .get(1)
    .raft.proposeConfChange({ steps: [{ type: "remove", member: 1n }], context: Buffer.alloc(0) });
  cluster.run();
  t.is(cluster.get(1).raft.status().role, "follower");
  for (let i = 0; i < 40; i++) cluster.tick();
  t.is(cluster.leaders().length, 1);
  t.not(cluster.leaders()[0], 1n);
});

test("a configuration change survives its encoding", (t) => {
  const change = {
    steps: [{ type: "remove", member: 2n ** 64n - 1n } as const],
    context: Buffer.from([0, 255]),
  };
  t.deepEqual(decodeConfChange(encodeConfChange(change)), change);
});
