/**
 * Random runs: messages dropped, doubled and reordered, writes delayed, members crashed at any point. Safety
 * is checked after every step; then everything heals and the cluster must make progress.
 */
import { type Random, seededRandom } from "@quorate/base";
import test from "ava";
import { Cluster, type Member } from "./support/cluster.ts";

const FIRST_SEED = Number(process.env["TEST_SEED"] ?? 1);
const RUNS = 120;
const STEPS = 600;

/** What was applied at each index by anybody, and who led each term. */
class Checker {
  readonly #applied = new Map<number, string>();
  readonly #leaders = new Map<number, bigint>();
  readonly #seen = new Map<bigint, number>();

  check(member: Member): void {
    const status = member.raft.status();
    if (status.role === "leader") {
      const leader = this.#leaders.get(status.term);
      if (leader !== undefined && leader !== member.id) {
        throw new Error(`term ${status.term} is led by ${leader} and ${member.id}`);
      }
      this.#leaders.set(status.term, member.id);
    }
    for (let at = this.#seen.get(member.id) ?? 0; at < member.applied.length; at++) {
      const entry = member.applied[at]!;
      const text = `${entry.term}/${entry.type}/${Buffer.from(entry.data).toString("latin1")}`;
      const known = this.#applied.get(entry.index);
      if (known !== undefined && known !== text) {
        throw new Error(`member ${member.id} applied ${text} at ${entry.index}, another ${known}`);
      }
      this.#applied.set(entry.index, text);
    }
    this.#seen.set(member.id, member.applied.length);
  }
}

function randomMember(cluster: Cluster, random: Random): Member {
  const members = [...cluster.members.values()];
  return members[random.int(members.length)]!;
}

function deliverSome(cluster: Cluster, random: Random): void {
  for (let i = 0; i < 4 && cluster.inFlight.length; i++) {
    const at = random.int(cluster.inFlight.length);
    const [message] = cluster.inFlight.splice(at, 1);
    const luck = random.int(20);
    if (luck === 0) continue;
    if (luck === 1) cluster.inFlight.push(message!);
    cluster.deliver(message!);
  }
  // Bound: the network holds no more than this.
  if (cluster.inFlight.length > 500) cluster.inFlight.splice(0, 250);
}

function chaosStep(cluster: Cluster, random: Random, step: number): void {
  const member = randomMember(cluster, random);
  const luck = random.int(100);
  if (!member.up) {
    if (luck < 10) member.restart();
    return;
  }
  if (luck < 2) member.up = false;
  else if (luck < 25) member.raft.tick();
  else if (luck < 35) member.raft.propose([Buffer.from(`p${step}`)]);
  else if (luck < 37) {
    const others = [...cluster.members.keys()].filter((id) => id !== member.id);
    member.raft.transferLeadership(others[random.int(others.length)]!);
  } else if (luck < 39) {
    const { leader } = member.raft.status();
    if (leader !== member.id) member.raft.loseLeader(leader);
  } else if (luck < 41) {
    const target = BigInt(1 + random.int(5));
    const isVoter = member.conf.voters.includes(target);
    member.raft.proposeConfChange({
      steps: [{ type: isVoter && member.conf.voters.length > 2 ? "remove" : "add-voter", member: target }],
      context: Buffer.alloc(0),
    });
  } else if (luck < 43 && member.appliedIndex > member.log.firstIndex() + 3) {
    member.log.trimTo(Math.min(member.appliedIndex - 2, member.log.lastIndex()), member.conf);
  } else if (luck < 60) cluster.take(member);
  else if (luck < 75) cluster.persist(member);
  else deliverSome(cluster, random);
}

test(`no run of faults breaks safety, and a healed cluster goes on (seeds from ${FIRST_SEED})`, (t) => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
    const random = seededRandom(seed);
    const cluster = new Cluster(3, seed);
    cluster.add(4n, seed);
    cluster.add(5n, seed);
    const checker = new Checker();
    try {
      for (let step = 0; step < STEPS; step++) {
        chaosStep(cluster, random, step);
        for (const member of cluster.members.values()) if (member.up) checker.check(member);
      }
      for (const member of cluster.members.values()) if (!member.up) member.restart();
      for (let i = 0; i < 150; i++) {
        cluster.tick();
        for (const member of cluster.members.values()) checker.check(member);
      }
      const leaders = cluster.leaders();
      if (leaders.length !== 1) throw new Error(`${leaders.length} leaders after the cluster healed`);
      cluster.propose(Number(leaders[0]), "healed");
      for (let i = 0; i < 5; i++) cluster.tick();
      const { conf } = cluster.get(leaders[0]!).raft.status();
      for (const id of conf.voters) {
        if (cluster.texts(Number(id)).at(-1) !== "healed") throw new Error(`member ${id} did not catch up`);
      }
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).message}`);
      return;
    }
  }
  t.pass();
});
