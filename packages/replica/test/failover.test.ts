import { hasCode } from "@quorate/base";
import test from "ava";
import { TestCluster, type TestMember } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

async function countOf(member: TestMember, prefix: string): Promise<number> {
  const end = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
  return (await member.kv.range({ key: bytes(prefix), rangeEnd: bytes(end), countOnly: true })).count;
}

test("writes go on through the death of the leader: none is lost, none is applied twice", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  await cluster.leader();
  // Each write counts a key up from the value that it read: a write that is applied twice, or lost, shows.
  let acknowledged = 0;
  let unknown = 0;
  let done = false;
  const appended: Promise<void>[] = [];
  for (let client = 0; client < 8; client++) {
    appended.push(
      (async () => {
        for (let i = 0; !done; i++) {
          const member = cluster.running[(client + i) % cluster.running.length]!;
          try {
            await member.kv.put({ key: bytes("counted"), value: bytes(`${client}-${i}`) });
            acknowledged++;
          } catch (error) {
            if (!hasCode(error, "STOPPED", "LEADER_CHANGED", "TIMEOUT", "NO_LEADER")) throw error;
            unknown++;
          }
        }
      })(),
    );
  }
  for (let round = 0; round < 4; round++) {
    const before = acknowledged;
    await cluster.until(() => acknowledged > before + 50, "progress");
    const leader = await cluster.leader();
    await cluster.kill(leader.id);
    const after = acknowledged;
    await cluster.until(() => acknowledged > after + 50, "progress after the leader's death");
    await cluster.open(leader.id);
  }
  done = true;
  await Promise.all(appended);
  const { kvs } = await cluster.running[0]!.kv.range({ key: bytes("counted") });
  const version = kvs[0]!.version;
  t.true(version >= acknowledged, `version ${version}, acknowledged ${acknowledged}`);
  t.true(version <= acknowledged + unknown, `version ${version}, at most ${acknowledged + unknown}`);
  // Only the requests of the killed members have an unknown outcome: those of the others waited for the new
  // leader.
  t.true(unknown <= 4 * 8, `${unknown} unknown`);
});

test("all members killed at once come back with everything that was acknowledged", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  await cluster.leader();
  const writes = Array.from({ length: 300 }, (_, i) =>
    cluster.member(BigInt((i % 3) + 1)).kv.put({ key: bytes(`w${i}`), value: bytes("v") }),
  );
  const acknowledged: number[] = [];
  writes.forEach((write, i) => {
    write.then(
      () => acknowledged.push(i),
      () => {},
    );
  });
  await cluster.until(() => acknowledged.length > 100, "acknowledged writes");
  await Promise.all([1n, 2n, 3n].map((id) => cluster.kill(id)));
  const known = [...acknowledged];
  for (const id of [1n, 2n, 3n]) await cluster.open(id);
  await cluster.leader();
  for (const member of cluster.running) {
    const { kvs } = await member.kv.range({ key: bytes("w"), rangeEnd: bytes("x") });
    const keys = new Set(kvs.map(({ key }) => Buffer.from(key).toString()));
    t.deepEqual(
      known.filter((i) => !keys.has(`w${i}`)),
      [],
    );
  }
});

test("without a majority writes and linearizable reads fail in time, serializable reads go on, and all heals", async (t) => {
  const cluster = await TestCluster.start(3, { requestTimeoutMs: 600 });
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await leader.kv.put({ key: bytes("a"), value: bytes("1") }, { timeoutMs: 20_000 });
  for (const { id } of cluster.running) if (id !== leader.id) await cluster.kill(id);
  const codes = ["NO_LEADER", "TIMEOUT"];
  for (const attempt of [
    leader.kv.put({ key: bytes("a"), value: bytes("2") }),
    leader.kv.range({ key: bytes("a") }),
  ]) {
    const error = await t.throwsAsync(attempt);
    t.true(codes.includes((error as unknown as { code: string }).code), String(error));
  }
  await cluster.until(() => leader.replica.leader === 0n, "the leader's stepping down");
  // What is asked from then on is known not to be written.
  await t.throwsAsync(leader.kv.put({ key: bytes("a"), value: bytes("3") }), { code: "NO_LEADER" });
  await t.throwsAsync(leader.kv.barrier(), { code: "NO_LEADER" });
  const serializable = await leader.kv.range({ key: bytes("a"), serializable: true });
  t.deepEqual(serializable.kvs[0]!.value, bytes("1"));
  const back = [1n, 2n, 3n].find((id) => id !== leader.id)!;
  await cluster.open(back);
  await leader.kv.put({ key: bytes("a"), value: bytes("4") }, { timeoutMs: 20_000 });
  t.deepEqual((await cluster.member(back).kv.range({ key: bytes("a") })).kvs[0]!.value, bytes("4"));
});

test("a leader that is cut off does not answer linearizable reads from its memory", async (t) => {
  const cluster = await TestCluster.start(3, { requestTimeoutMs: 800 });
  t.teardown(() => cluster.stop());
  const old = await cluster.leader();
  await old.kv.put({ key: bytes("a"), value: bytes("1") }, { timeoutMs: 20_000 });
  cluster.network.isolate(old.id);
  const others = cluster.running.filter((member) => member !== old);
  await cluster.until(() => others.some(({ replica }) => replica.status().role === "leader"), "a new leader");
  await others[0]!.kv.put({ key: bytes("a"), value: bytes("2") }, { timeoutMs: 20_000 });
  await t.throwsAsync(old.kv.range({ key: bytes("a") }), { code: "NO_LEADER" });
  cluster.network.heal();
  t.deepEqual((await old.kv.range({ key: bytes("a") }, { timeoutMs: 20_000 })).kvs[0]!.value, bytes("2"));
});

test("the leadership is handed over on a clean stop, and writes wait instead of failing", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const follower = cluster.running.find((member) => member !== leader)!;
  const { term } = leader.replica.status();
  const writes = Array.from({ length: 50 }, (_, i) =>
    follower.kv.put({ key: bytes(`h${i}`), value: bytes("v") }),
  );
  await leader.replica.stop({ transferLeadership: true });
  leader.running = false;
  await Promise.all(writes);
  t.is(await countOf(follower, "h"), 50);
  // Handed over, not lost: one term on.
  t.is((await cluster.leader()).replica.status().term, term + 1);
});

test("a member that was asked to move the leadership elsewhere does so, wherever it is asked", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const [a, b] = cluster.running.filter((member) => member !== leader);
  await a!.replica.askLeader({ op: "move-leader", member: b!.id });
  t.is(b!.replica.status().role, "leader");
  await t.throwsAsync(a!.replica.askLeader({ op: "move-leader", member: 99n }), {
    code: "BAD_LEADER_TRANSFEREE",
  });
});
