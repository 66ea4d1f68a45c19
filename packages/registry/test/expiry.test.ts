import test from "ava";
import { settle } from "./support/faulty-kv.ts";
import { context, openStores } from "./support/open-stores.ts";
import { WatchReader } from "./support/watch-reader.ts";

const event = (name: string) => ({
  kind: "Event",
  apiVersion: "v1",
  metadata: { name },
  involvedObject: { kind: "Pod", namespace: "ns", name: "p" },
  reason: "Started",
  type: "Normal",
});

test("events go after their time to live, an update renews it, watchers are told", async (t) => {
  const { stores, clock, kv } = await openStores(t, { eventTtlSeconds: 600 });
  const events = stores.store("", "events");
  await events.create(event("a"), context("ns"));
  await events.create(event("b"), context("ns"));
  t.is((await kv.leases()).length, 1, "events of one moment share a lease");
  const reader = new WatchReader(
    await events.watch({ namespace: "ns", allowBookmarks: false, resourceVersion: "3" }),
  );
  clock.advance(500_000);
  await events.update("ns", "b", (current) => ({ ...current!, reason: "Again" }), context("ns"));
  clock.advance(131_000);
  await settle();
  t.deepEqual(await reader.until(2), ["MODIFIED b@4", "DELETED a@5"]);
  const { items } = await events.list({ namespace: "ns" });
  t.deepEqual(
    items.map((item) => item.name),
    ["b"],
  );
});

test("a lease is shared for a twentieth of the time to live at most", async (t) => {
  const { stores, clock, kv } = await openStores(t, { eventTtlSeconds: 600 });
  const events = stores.store("", "events");
  await events.create(event("a"), context("ns"));
  clock.advance(29_000);
  await events.create(event("b"), context("ns"));
  t.is((await kv.leases()).length, 1);
  clock.advance(1_000);
  await events.create(event("c"), context("ns"));
  t.is((await kv.leases()).length, 2);
});

test("a shared lease that is gone is replaced by another", async (t) => {
  const { stores, kv } = await openStores(t, { eventTtlSeconds: 600 });
  const events = stores.store("", "events");
  await events.create(event("a"), context("ns"));
  const [lease] = await kv.leases();
  await kv.leaseRevoke(lease!);
  await events.create(event("b"), context("ns"));
  t.is((await kv.leases()).length, 1);
  t.is((await events.get("ns", "b")).name, "b");
});
