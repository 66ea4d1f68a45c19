import { randomInt } from "node:crypto";
import { seededRandom } from "@quorate/base";
import test from "ava";
import { encodeCommand } from "../src/command-codec.ts";
import type { PeerMessage } from "../src/peer-transport.ts";
import { ProposalAttempts } from "../src/proposal-attempts.ts";
import { encodeProposals } from "../src/proposal-codec.ts";
import { ProposalQueue } from "../src/proposal-queue.ts";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

/** What a leader of term 4 appends and answers. */
function leaderOf(term: number) {
  const appended: Uint8Array[] = [];
  const answers: PeerMessage[] = [];
  const attempts = new ProposalAttempts({
    self: 1n,
    session: 1,
    queue: new ProposalQueue(1n, 1),
    raft: () => ({ term, leader: 1n, role: "leader" }),
    append: (entries) => appended.push(...entries) > 0,
    isConnected: () => true,
    send: (_to, message) => answers.push(message) > 0,
  });
  const data = encodeProposals([
    { origin: 2n, counter: 1, command: encodeCommand({ op: "lease-revoke", id: 1n }) },
  ]);
  const receive = (session: number, sequence: number) =>
    attempts.received(2n, { kind: "propose", term: 4, session, sequence, data });
  return { appended, answers, receive };
}

test("an attempt that comes again is neither appended nor refused, whatever came of its sender's other lives", (t) => {
  const { appended, answers, receive } = leaderOf(4);
  receive(7, 1);
  receive(7, 1);
  // Another life of the sender begins, and a frame of the one before is late.
  receive(8, 1);
  receive(7, 1);
  receive(8, 1);
  t.is(appended.length, 2);
  t.deepEqual(answers, []);
  receive(8, 2);
  t.is(appended.length, 3);
});

test("a write that got lost with its connection is carried out by the leader that stayed", async (t) => {
  const cluster = await TestCluster.start(3, { requestTimeoutMs: 60_000 });
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const follower = cluster.running.find((member) => member !== leader)!;
  await follower.kv.put({ key: bytes("a"), value: bytes("1") });
  const { term } = leader.replica.status();
  cluster.network.lose(follower.id, leader.id);
  const put = follower.kv.put({ key: bytes("a"), value: bytes("2") });
  // Others go on, and what they write reaches the follower: its own was sent long since.
  for (let i = 0; i < 3; i++) await leader.kv.put({ key: bytes("b"), value: bytes("1") });
  t.true(follower.replica.status().pendingProposals > 0, "it waits");
  cluster.network.reset(follower.id, leader.id);
  await put;
  t.is(leader.replica.status().term, term, "the leader stayed");
  const { kvs } = await leader.kv.range({ key: bytes("a") });
  t.is(kvs[0]!.version, 2);
});

test("connections that break all the time lose no write and carry out none twice", async (t) => {
  const seed = randomInt(2 ** 31);
  t.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const cluster = await TestCluster.start(3, { requestTimeoutMs: 60_000 });
  t.teardown(() => cluster.stop());
  await cluster.leader();
  let done = false;
  let written = 0;
  const writers = Array.from({ length: 6 }, async (_, i) => {
    for (let round = 0; !done; round++) {
      await cluster.running[i % 3]!.kv.put({ key: bytes("counted"), value: bytes(`${i}-${round}`) });
      written++;
    }
  });
  for (let broken = 0; broken < 40; ) {
    const { leader } = cluster.running[random.int(3)]!.replica;
    const follower = BigInt(1 + random.int(3));
    for (let turns = random.int(30); turns > 0; turns--) await new Promise(setImmediate);
    if (leader === 0n || leader === follower) continue;
    if (random.int(4) > 0) cluster.network.lose(follower, leader);
    for (let turns = random.int(30); turns > 0; turns--) await new Promise(setImmediate);
    cluster.network.reset(follower, leader);
    broken++;
  }
  done = true;
  await Promise.all(writers);
  const { kvs } = await cluster.running[0]!.kv.range({ key: bytes("counted") });
  t.is(kvs[0]!.version, written);
});
