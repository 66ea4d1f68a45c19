/** Entries of the log that are not in memory any more, for followers that need them. */
import { hasCode } from "@quorate/base";
import test from "ava";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);
const TRIM = { entriesMax: 10_000, entriesKept: 5_000, bytesMax: 8 << 20, memoryBytesMax: 2_000 };
const COUNT = { key: bytes("a"), rangeEnd: bytes("z"), countOnly: true };

/** A cluster of which one follower has missed 300 writes. */
async function withOneBehind() {
  const cluster = await TestCluster.start(3, { trim: TRIM });
  const leader = await cluster.leader();
  const behind = cluster.running.find((member) => member !== leader)!;
  await cluster.kill(behind.id);
  const value = bytes("x".repeat(500));
  await Promise.all(Array.from({ length: 300 }, (_, i) => leader.kv.put({ key: bytes(`k${i}`), value })));
  return { cluster, leader, behind };
}

test("a follower that needs what is only on the leader's disk gets it without a snapshot", async (t) => {
  const { cluster, leader, behind } = await withOneBehind();
  t.teardown(() => cluster.stop());
  await cluster.until(() => leader.replica.status().logMemoryBytes <= 2_000, "entries left to the disk");
  t.true(leader.replica.status().logBytes > 150_000);
  const back = await cluster.open(behind.id);
  t.is((await back.kv.range(COUNT)).count, 300);
  t.is(back.state.installedAt, undefined);
});

test("a member that has started again serves its log's old entries from the disk too", async (t) => {
  const { cluster, leader, behind } = await withOneBehind();
  t.teardown(() => cluster.stop());
  const other = cluster.running.find((member) => member !== leader)!;
  for (const { id } of [leader, other]) await cluster.kill(id);
  for (const { id } of [leader, other]) await cluster.open(id);
  const back = await cluster.open(behind.id);
  t.is((await back.kv.range(COUNT)).count, 300);
  t.is(back.state.installedAt, undefined);
});

test("a leader whose disk has changed an old entry stops instead of sending it", async (t) => {
  const { cluster, leader, behind } = await withOneBehind();
  t.teardown(() => cluster.stop());
  await cluster.until(() => leader.replica.status().logMemoryBytes <= 2_000, "entries left to the disk");
  const path = leader.fs.paths().find((one) => one.endsWith(".wal"))!;
  const content = Buffer.from(leader.fs.peek(path)!);
  content[content.indexOf("xxxx")]! ^= 1;
  leader.fs.poke(path, content);
  await cluster.open(behind.id);
  await cluster.until(() => leader.failure !== undefined, "end of the leader");
  t.true(hasCode(leader.failure, "LOG_DAMAGED"));
});
