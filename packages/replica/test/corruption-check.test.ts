import type { MemoryOrderedStore } from "@quorate/mvcc";
import test from "ava";
import { type MemberHash, oddOnes } from "../src/corruption-check.ts";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

function hashes(...found: readonly (number | undefined)[]): readonly MemberHash[] {
  return found.map((hash, i) => ({
    id: BigInt(i + 1),
    ...(hash === undefined ? {} : { hash: { hash, hashRevision: 9, compactRevision: 2 } }),
  }));
}

test("the one that differs from the majority is the odd one, also where it leads", (t) => {
  t.deepEqual(oddOnes(hashes(7, 7, 7), 1n), []);
  t.deepEqual(oddOnes(hashes(7, 7, 8), 1n), [3n]);
  t.deepEqual(oddOnes(hashes(8, 7, 7), 1n), [1n]);
  t.deepEqual(oddOnes(hashes(8, 7, undefined), 1n), [2n], "without a majority the leader is believed");
  t.deepEqual(oddOnes(hashes(7, undefined, undefined), 1n), []);
});

test("hashes of another compaction are not compared", (t) => {
  const other = { id: 4n, hash: { hash: 1, hashRevision: 9, compactRevision: 5 } };
  t.deepEqual(oddOnes([...hashes(7, 7, 7), other], 1n), []);
});

test("a member whose data was changed is named in a CORRUPT alarm, and writes are refused", async (t) => {
  const cluster = await TestCluster.start(3, { corruptCheckMs: 100 });
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  for (let i = 0; i < 20; i++) await leader.kv.put({ key: bytes(`k${i}`), value: bytes("right") });
  const odd = cluster.running.find((member) => member !== leader)!;
  await odd.kv.barrier();
  t.deepEqual([...leader.replica.store.alarms], []);
  const store = odd.state.store as MemoryOrderedStore;
  const [key, record] = (await firstPage(store)).find(([found]) => found[0] === 0x72)!;
  const changed = Buffer.from(record);
  changed[changed.length - 1]! ^= 1;
  await store.write([{ type: "put", key, value: changed }]);
  await cluster.until(() => leader.replica.store.alarms.size > 0, "the alarm");
  t.deepEqual([...leader.replica.store.alarms], [`corrupt/${odd.id}`]);
  await t.throwsAsync(leader.kv.put({ key: bytes("a"), value: bytes("1") }), { code: "CORRUPT" });
});

test("members that hold the same agree, and one that is asked waits until it has applied enough", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  for (let i = 0; i < 20; i++) await leader.kv.put({ key: bytes(`k${i}`), value: bytes("right") });
  for (const { replica } of cluster.running) {
    const found = await replica.compareMembers();
    t.is(new Set(found.map(({ hash }) => hash?.hash)).size, 1);
    t.is(found.length, 3);
  }
});

async function firstPage(store: MemoryOrderedStore) {
  for await (const page of store.pages({})) return page;
  return [];
}
