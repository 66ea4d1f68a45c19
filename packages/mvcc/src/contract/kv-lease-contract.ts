/** Leases: granting, attaching, listing, revoking, and expiry where the harness can move the clock. */
import { b, codeOf, text } from "./contract-test.ts";
import { type KvContractOptions, withKv } from "./kv-harness.ts";

/** Declares these tests. */
export function kvLeaseContract(options: KvContractOptions): void {
  const { test } = options;

  test("leases are granted, listed, looked at and revoked", (t) =>
    withKv(options, async (kv) => {
      const chosen = await kv.leaseGrant({ id: 0n, ttlSeconds: 600 });
      t.true(chosen.id !== 0n);
      t.is(chosen.grantedTtlSeconds, 600);
      await kv.leaseGrant({ id: 42n, ttlSeconds: 500 });
      t.is(await codeOf(t, kv.leaseGrant({ id: 42n, ttlSeconds: 500 })), "LEASE_EXISTS");
      t.is(await codeOf(t, kv.leaseGrant({ id: 43n, ttlSeconds: 9_000_000_001 })), "LEASE_TTL_TOO_LARGE");
      const known = new Set(await kv.leases());
      t.deepEqual([known.has(42n), known.has(chosen.id), known.size], [true, true, 2]);
      const status = await kv.leaseTimeToLive(42n, true);
      t.deepEqual([status.grantedTtlSeconds, status.keys.length], [500, 0]);
      t.true(status.ttlSeconds > 400 && status.ttlSeconds <= 500);
      t.is(await kv.leaseKeepAlive(42n), 500);
      await kv.leaseRevoke(42n);
      t.is(await codeOf(t, kv.leaseRevoke(42n)), "LEASE_NOT_FOUND");
      t.is(await kv.leaseKeepAlive(42n), 0);
      t.is((await kv.leaseTimeToLive(42n, false)).ttlSeconds, -1);
    }));

  test("a revoked lease takes its keys in one revision, and only those it still has", (t) =>
    withKv(options, async (kv) => {
      await kv.leaseGrant({ id: 1n, ttlSeconds: 600 });
      await kv.leaseGrant({ id: 2n, ttlSeconds: 600 });
      for (const key of ["c", "a", "b", "d"]) await kv.put({ key: b(key), value: b("1"), lease: 1n });
      await kv.put({ key: b("b"), value: b("2") });
      await kv.put({ key: b("d"), value: b("2"), lease: 2n });
      const { keys } = await kv.leaseTimeToLive(1n, true);
      t.deepEqual(keys.map(text).sort(), ["a", "c"]);
      const before = await kv.barrier();
      t.is((await kv.leaseRevoke(1n)).revision, before + 1);
      const left = await kv.range({ key: b("a"), rangeEnd: b("z") });
      t.deepEqual(
        left.kvs.map((pair) => text(pair.key)),
        ["b", "d"],
      );
    }));

  if (!options.hasClock) return;

  test("a lease that is not kept alive ends after its time, never before", (t) =>
    withKv(options, async (kv, { advance }) => {
      await kv.leaseGrant({ id: 9n, ttlSeconds: 10 });
      await kv.put({ key: b("a"), value: b("1"), lease: 9n });
      await advance!(9_000);
      t.is(await kv.leaseKeepAlive(9n), 10);
      await advance!(9_900);
      t.is((await kv.range({ key: b("a") })).count, 1);
      const gone = new Promise<void>((resolve) => {
        kv.watch({ key: b("a") }, { batch: () => resolve(), closed: () => {} });
      });
      await advance!(20_000);
      await gone;
      t.is((await kv.range({ key: b("a") })).count, 0);
      t.is((await kv.leases()).length, 0);
    }));
}
