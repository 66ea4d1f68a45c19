import test from "ava";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

test("a member alone leads at once and keeps its writes over a restart", async (t) => {
  const cluster = await TestCluster.start(1);
  t.teardown(() => cluster.stop());
  const { kv } = await cluster.leader();
  const put = await kv.put({ key: bytes("a"), value: bytes("1") });
  t.is(put.header.revision, 2);
  await cluster.kill(1n);
  const again = await cluster.open(1n);
  const range = await again.kv.range({ key: bytes("a") });
  t.deepEqual(range.kvs[0]!.value, bytes("1"));
  t.is(range.header.revision, 2);
});

test("writes through any member are applied on all", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  await cluster.leader();
  await Promise.all(
    cluster.running.flatMap(({ kv, id }) =>
      Array.from({ length: 20 }, (_, i) => kv.put({ key: bytes(`k${id}-${i}`), value: bytes("v") })),
    ),
  );
  for (const { kv } of cluster.running) {
    const { count } = await kv.range({ key: bytes("k"), rangeEnd: bytes("l"), countOnly: true });
    t.is(count, 60);
  }
});
