import test from "ava";
import type { AppliedState } from "../src/applier.ts";
import { SpaceGuard } from "../src/space-guard.ts";
import { SpaceReclaimer } from "../src/space-reclaimer.ts";
import { TestCluster } from "./cluster-fixture.ts";

const MiB = 1024 * 1024;

async function judged(totalMiB: number, freeMiB: readonly (number | undefined)[]): Promise<boolean[]> {
  let at = 0;
  const guard = new SpaceGuard(async () => {
    const free = freeMiB[at];
    if (free === undefined) throw new Error("not known");
    return { freeBytes: free * MiB, totalBytes: totalMiB * MiB };
  });
  const found: boolean[] = [];
  for (; at < freeMiB.length; at++) {
    guard.tick(at * 1000, 0);
    guard.tick(at * 1000 + 1, 0);
    await new Promise((resolve) => setImmediate(resolve));
    found.push(guard.isShort);
  }
  return found;
}

test("short below the reserve, and until a twentieth more is free", async (t) => {
  t.deepEqual(await judged(100_000, [1000, 256, 255, 260, 268, 269, 260]), [
    ...[false, false, true, true, true, false, false],
  ]);
});

test("a small disk has a smaller reserve, which still holds what the log and the state may take", async (t) => {
  t.deepEqual(await judged(2000, [101, 99]), [false, true]);
  t.deepEqual(await judged(1000, [65, 63]), [false, true]);
  t.deepEqual(await judged(100, [51, 49]), [false, true]);
});

test("what is written between two looks counts, and the next look has the last word", async (t) => {
  let looks = 0;
  const guard = new SpaceGuard(async () => {
    looks++;
    return { freeBytes: 2000 * MiB, totalBytes: 100_000 * MiB };
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  guard.tick(0, 0);
  await settle();
  guard.tick(100, 100 * MiB);
  t.deepEqual([looks, guard.isShort], [1, false]);
  guard.tick(200, 600 * MiB);
  t.deepEqual([looks, guard.isShort], [2, true]);
  await settle();
  t.false(guard.isShort);
});

test("on a disk that fills a look is taken with every tick", async (t) => {
  let looks = 0;
  const guard = new SpaceGuard(async () => {
    looks++;
    return { freeBytes: 60 * MiB, totalBytes: 100 * MiB };
  });
  for (let tick = 0; tick < 3; tick++) {
    guard.tick(tick * 100, 0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.is(looks, 3);
});

test("what the system does not say changes nothing", async (t) => {
  t.deepEqual(await judged(1000, [10, undefined, 900, undefined]), [true, true, false, false]);
});

test("before the disk is full growth is refused, the rest goes on, and all is well again by itself", async (t) => {
  let freeBytes = 900 * MiB;
  const cluster = await TestCluster.start(1, {
    diskSpace: async () => ({ freeBytes, totalBytes: 100_000 * MiB }),
  });
  t.teardown(() => cluster.stop());
  const { kv, replica } = await cluster.leader();
  const bytes = (text: string) => Buffer.from(text);
  await kv.put({ key: bytes("a"), value: bytes("1234") });
  await kv.put({ key: bytes("b"), value: bytes("1234") });
  const { id } = await kv.leaseGrant({ id: 0n, ttlSeconds: 600 });
  freeBytes = 100 * MiB;
  await cluster.until(() => replica.store.alarms.size > 0, "the alarm");
  await t.throwsAsync(kv.put({ key: bytes("new"), value: bytes("1") }), { code: "NO_SPACE" });
  await t.throwsAsync(kv.put({ key: bytes("a"), value: bytes("12345") }), { code: "NO_SPACE" });
  await kv.put({ key: bytes("a"), value: bytes("4321") });
  await kv.deleteRange({ key: bytes("b") });
  t.is(await kv.leaseKeepAlive(id), 600);
  t.is((await kv.range({ key: bytes("a") })).count, 1);
  freeBytes = 900 * MiB;
  await cluster.until(() => replica.store.alarms.size === 0, "the end of the alarm");
  await kv.put({ key: bytes("new"), value: bytes("1") });
});

test("while space is short, compacted history is given back to the disk, once a compaction", async (t) => {
  let revision = 0;
  let isShort = false;
  let reclaimed = 0;
  const disk = {
    reclaim: async () => {
      reclaimed++;
    },
  };
  const state = () =>
    ({ store: { compactRevision: revision, isCompacting: false }, disk }) as unknown as AppliedState;
  const reclaimer = new SpaceReclaimer({ state, isShort: () => isShort, note: t.log });
  const tick = async (): Promise<number> => {
    reclaimer.tick();
    await new Promise((resolve) => setImmediate(resolve));
    return reclaimed;
  };
  revision = 5;
  t.is(await tick(), 0);
  isShort = true;
  t.is(await tick(), 1);
  t.is(await tick(), 1);
  revision = 9;
  t.is(await tick(), 2);
});
