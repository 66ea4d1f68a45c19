import { decodeContinue, parseFieldSelector, parseLabelSelector } from "@quorate/object";
import test from "ava";
import type { ListResult, ResourceStore, WatchEvent } from "../src/index.ts";
import { configMap, context, openStores, pod } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

const names = (result: ListResult): string[] => result.items.map((item) => item.name);

async function fill(store: ResourceStore, list: readonly string[], namespace = "ns"): Promise<void> {
  for (const name of list) await store.create(configMap(name), context(namespace));
}

test("a list has the objects of its namespace in order, and the store's revision", async (t) => {
  const { configMaps, kv } = await openStores(t);
  await fill(configMaps, ["b", "a"]);
  await fill(configMaps, ["c"], "ns-2");
  await fill(configMaps, ["d"], "n");
  const result = await configMaps.list({ namespace: "ns" });
  t.deepEqual(names(result), ["a", "b"]);
  t.is(result.revision, (await kv.status()).header.revision);
  t.deepEqual(names(await configMaps.list({ namespace: "" })), ["d", "c", "a", "b"]);
});

test("a list without a version sees writes that others have made behind this server's back", async (t) => {
  const { configMaps, kv } = await openStores(t);
  await kv.put({ key: Buffer.from("/elsewhere"), value: Buffer.from("x") });
  const { revision } = await configMaps.list({ namespace: "" });
  t.is(revision, (await kv.status()).header.revision, "also where the change is none of ours");
});

test("pages of one list are of one moment, whatever is written meanwhile", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b", "c", "d", "e"]);
  const first = await configMaps.list({ namespace: "ns", limit: 2 });
  t.deepEqual(names(first), ["a", "b"]);
  t.is(first.remainingItemCount, 3);
  t.deepEqual(decodeContinue(first.continue!), { revision: first.revision, start: "b\0" });
  await configMaps.delete("ns", "c", {}, context("ns"));
  await fill(configMaps, ["bb", "z"]);
  const second = await configMaps.list({ namespace: "ns", limit: 2, continue: first.continue! });
  t.deepEqual(names(second), ["c", "d"]);
  t.is(second.revision, first.revision);
  const third = await configMaps.list({ namespace: "ns", limit: 2, continue: second.continue! });
  t.deepEqual(names(third), ["e"]);
  t.is(third.continue, undefined);
  t.is(third.remainingItemCount, undefined);
});

test("pages go over namespaces, and a limit that is just enough needs no second page", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b"], "one");
  await fill(configMaps, ["c"], "two");
  const first = await configMaps.list({ namespace: "", limit: 2 });
  const second = await configMaps.list({ namespace: "", limit: 2, continue: first.continue! });
  t.deepEqual([...names(first), ...names(second)], ["a", "b", "c"]);
  const whole = await configMaps.list({ namespace: "", limit: 3 });
  t.is(whole.continue, undefined);
});

test("pages whose state the cache has dropped come from the store, until it is compacted", async (t) => {
  const { configMaps, kv, clock } = await openStores(t);
  await fill(configMaps, ["a", "b", "c"]);
  const first = await configMaps.list({ namespace: "ns", limit: 1 });
  // Other lists push the state out, other changes and time the events.
  clock.advance(100_000);
  for (let i = 0; i < 150; i++) {
    await configMaps.update("ns", "b", () => configMap("b", { i: String(i) }), context("ns"));
    if (i < 40) await configMaps.list({ namespace: "ns", limit: 1 });
  }
  clock.advance(100_000);
  await configMaps.delete("ns", "c", {}, context("ns"));
  const second = await configMaps.list({ namespace: "ns", continue: first.continue! });
  t.deepEqual(names(second), ["b", "c"]);
  t.is(second.items[0]!.decode().data === undefined, false);
  t.is(second.revision, first.revision);
  const old = await configMaps.list({ namespace: "ns", resourceVersion: "4", resourceVersionMatch: "Exact" });
  t.deepEqual(names(old), ["a", "b", "c"]);
  t.truthy(kv);
});

test("a state whose pages are asked for ends soon after the store has been compacted", async (t) => {
  const { configMaps, kv, clock } = await openStores(t);
  await fill(configMaps, ["a", "b", "c"]);
  const first = await configMaps.list({ namespace: "ns", limit: 1 });
  for (let i = 0; i < 3; i++) {
    await configMaps.update("ns", "a", () => configMap("a", { i: String(i) }), context("ns"));
  }
  const { revision } = await configMaps.list({ namespace: "" });
  const page = () => configMaps.list({ namespace: "ns", limit: 1, continue: first.continue! });
  t.deepEqual(names(await page()), ["b"]);
  await kv.compact({ revision });
  clock.advance(14_999);
  t.deepEqual(names(await page()), ["b"], "asked a moment ago");
  clock.advance(1);
  const { code, metadata } = await refusal(t, page());
  t.is(code, 410, "the cache could still tell, the store can't");
  t.deepEqual(names(await configMaps.list({ namespace: "ns", continue: metadata.continue! })), ["b", "c"]);
  t.is((await refusal(t, page())).code, 410);
});

test("the newest revision can be read exactly and paged, also right after a compaction to it", async (t) => {
  const { configMaps, kv } = await openStores(t);
  await fill(configMaps, ["a", "b"]);
  const first = await configMaps.list({ namespace: "ns", limit: 1 });
  await kv.compact({ revision: first.revision });
  t.deepEqual(names(await configMaps.list({ namespace: "ns", continue: first.continue! })), ["b"]);
});

test("a token of a compacted revision is a 410 with a token that goes on at the newest", async (t) => {
  const { configMaps, kv, clock } = await openStores(t);
  await fill(configMaps, ["a", "b", "c"]);
  const first = await configMaps.list({ namespace: "ns", limit: 1 });
  clock.advance(100_000);
  for (let i = 0; i < 150; i++) {
    await configMaps.update("ns", "a", () => configMap("a", { i: String(i) }), context("ns"));
    if (i < 40) await configMaps.list({ namespace: "ns", limit: 1 });
  }
  clock.advance(100_000);
  await configMaps.update("ns", "a", () => configMap("a"), context("ns"));
  const { revision } = await configMaps.list({ namespace: "" });
  await kv.compact({ revision });
  const status = await refusal(t, configMaps.list({ namespace: "ns", limit: 1, continue: first.continue! }));
  t.like(status, { code: 410, reason: "Expired" });
  t.regex(
    status.message ?? "",
    /^The provided continue parameter is too old to display a consistent list result\./,
  );
  const rest = await configMaps.list({ namespace: "ns", continue: status.metadata.continue! });
  t.deepEqual(names(rest), ["b", "c"]);
  t.is(rest.revision, revision);
  const exact = configMaps.list({ namespace: "ns", resourceVersion: "3", resourceVersionMatch: "Exact" });
  t.like(await refusal(t, exact), {
    code: 410,
    message: "The resourceVersion for the provided list is too old.",
  });
});

test("resourceVersion=0 answers from the cache, whole, whatever the limit", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b", "c"]);
  const result = await configMaps.list({ namespace: "ns", resourceVersion: "0", limit: 1 });
  t.deepEqual(names(result), ["a", "b", "c"]);
  t.is(result.continue, undefined);
});

test("a version with a limit is exact, without one at least that", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b", "c"]);
  const at = async (more: object) =>
    names(await configMaps.list({ namespace: "ns", resourceVersion: "3", ...more }));
  t.deepEqual(await at({ limit: 5 }), ["a", "b"]);
  t.deepEqual(await at({}), ["a", "b", "c"]);
  t.deepEqual(await at({ limit: 5, resourceVersionMatch: "NotOlderThan" }), ["a", "b", "c"]);
  t.deepEqual(await at({ resourceVersionMatch: "Exact" }), ["a", "b"]);
});

test("a version that the store has not reached is a 504 with its cause, after three seconds", async (t) => {
  const { configMaps, clock } = await openStores(t);
  const list = configMaps.list({
    namespace: "",
    resourceVersion: "99",
    resourceVersionMatch: "NotOlderThan",
  });
  const get = configMaps.get("ns", "a", { resourceVersion: "99" });
  const refused = Promise.all([refusal(t, list), refusal(t, get)]);
  // The barrier of the turn has answered when two turns have passed.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  clock.advance(3_000);
  for (const status of await refused) {
    t.like(status, {
      code: 504,
      reason: "Timeout",
      message: "Timeout: Too large resource version: 99, current: 1",
    });
    t.deepEqual(status.details, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    });
  }
});

test("a version that is reached within three seconds is answered", async (t) => {
  const { configMaps } = await openStores(t);
  const list = configMaps.list({ namespace: "", resourceVersion: "2" });
  await configMaps.create(configMap("a"), context("ns"));
  t.deepEqual(names(await list), ["a"]);
});

test("continue and a version do not go together; a broken token is a 400", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b"]);
  const first = await configMaps.list({ namespace: "ns", limit: 1 });
  const both = configMaps.list({ namespace: "ns", continue: first.continue!, resourceVersion: "2" });
  t.like(await refusal(t, both), {
    code: 400,
    message: "specifying resource version is not allowed when using continue",
  });
  t.is((await refusal(t, configMaps.list({ namespace: "ns", continue: "!" }))).code, 400);
});

test("label and field selectors choose; selected pages have no remaining count", async (t) => {
  const { configMaps } = await openStores(t);
  for (const name of ["a", "b", "c", "d"]) {
    const labels = { even: String(["b", "d"].includes(name)) };
    await configMaps.create(configMap(name, {}, { labels }), context("ns"));
  }
  const labelSelector = parseLabelSelector("even=true");
  t.deepEqual(names(await configMaps.list({ namespace: "ns", labelSelector })), ["b", "d"]);
  const page = await configMaps.list({ namespace: "ns", labelSelector, limit: 1 });
  t.deepEqual(names(page), ["b"]);
  t.is(page.remainingItemCount, undefined);
  const rest = await configMaps.list({ namespace: "ns", labelSelector, limit: 1, continue: page.continue! });
  t.deepEqual(names(rest), ["d"]);
  const by = async (namespace: string, text: string) =>
    names(await configMaps.list({ namespace, fieldSelector: parseFieldSelector(text) }));
  t.deepEqual(await by("ns", "metadata.name=c"), ["c"]);
  t.deepEqual(await by("", "metadata.name=c"), ["c"]);
  t.deepEqual(await by("", "metadata.namespace=ns,metadata.name!=c"), ["a", "b", "d"]);
  t.deepEqual(await by("ns", "metadata.name=x"), []);
});

test("fields are compared with the text that an absent one has", async (t) => {
  const { stores } = await openStores(t);
  const pods = stores.store("", "pods");
  await pods.create(pod("a", { nodeName: "n1" }), context("ns"));
  await pods.create(pod("b", { hostNetwork: true }), context("ns"));
  const by = async (text: string) =>
    names(await pods.list({ namespace: "ns", fieldSelector: parseFieldSelector(text) }));
  t.deepEqual(await by("spec.nodeName=n1"), ["a"]);
  t.deepEqual(await by("spec.nodeName="), ["b"]);
  t.deepEqual(await by("spec.hostNetwork=true"), ["b"]);
  t.deepEqual(await by("spec.hostNetwork=false,status.phase=Pending"), ["a"]);
});

test("both event APIs share their objects, each with its own field names", async (t) => {
  const { stores } = await openStores(t);
  const event = {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", namespace: "ns", name: "p" },
    reason: "Started",
    type: "Normal",
    source: { component: "kubelet" },
  };
  const core = stores.store("", "events");
  const events = stores.store("events.k8s.io", "events");
  await core.create(event, context("ns"));
  const by = async (store: ResourceStore, text: string) =>
    names(await store.list({ namespace: "ns", fieldSelector: parseFieldSelector(text) }));
  t.deepEqual(await by(core, "involvedObject.name=p,source=kubelet"), ["e"]);
  t.deepEqual(await by(events, "regarding.name=p,regarding.kind=Pod"), ["e"]);
  t.deepEqual(await by(events, "regarding.name=q"), []);
});

test("objects of a past state that have not changed since are the cache's own", async (t) => {
  const { configMaps } = await openStores(t);
  await fill(configMaps, ["a", "b"]);
  const exact = await configMaps.list({ namespace: "", resourceVersion: "2", resourceVersionMatch: "Exact" });
  t.is(exact.items[0], await configMaps.get("ns", "a"));
});

test("a selector over many objects is read in slices of one moment", async (t) => {
  const { configMaps } = await openStores(t);
  const count = 5_000;
  const name = (i: number): string => `cm-${String(i).padStart(5, "0")}`;
  for (let i = 0; i < count; i += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, j) =>
        configMaps.create(
          configMap(name(i + j), {}, { labels: { odd: String((i + j) % 2) } }),
          context("ns"),
        ),
      ),
    );
  }
  const labelSelector = parseLabelSelector("odd=1");
  const listing = configMaps.list({ namespace: "ns", labelSelector, resourceVersion: "0" });
  const removing = configMaps.delete("ns", name(count - 1), {}, context("ns"));
  const { items, revision } = await listing;
  await removing;
  t.is(items.length, count / 2);
  t.is(items.at(-1)?.name, name(count - 1));
  t.is(revision, count + 1);
  const page = await configMaps.list({ namespace: "ns", labelSelector, limit: 2_200 });
  t.is(page.items.length, 2_200);
  const rest = await configMaps.list({ namespace: "ns", labelSelector, continue: page.continue! });
  t.is(rest.items.length, count / 2 - 2_200 - 1);
});

test("a stored value that can't be read is a 500 that names it, and ends a watch", async (t) => {
  const { configMaps, kv } = await openStores(t);
  await fill(configMaps, ["a"]);
  const watch = await configMaps.watch({ namespace: "", allowBookmarks: false, resourceVersion: "2" });
  await kv.put({ key: Buffer.from("/registry/configmaps/ns/bad"), value: Buffer.from("k8s\0nonsense") });
  t.is((await configMaps.get("ns", "a")).name, "a");
  const status = await refusal(t, configMaps.get("ns", "bad"));
  t.like(status, { code: 500, reason: "InternalError" });
  t.regex(status.message ?? "", /unable to read what is stored as ns\/bad/);
  t.is((await refusal(t, configMaps.list({ namespace: "ns" }))).code, 500);
  const events: WatchEvent[] = [];
  watch.next(events, 10);
  t.is(events.at(-1)?.type, "ERROR");
});
