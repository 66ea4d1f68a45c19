import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import { configMap, context, NOW, openStores, pod } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

test("a new object gets uid, time and version from the server, whatever the client says", async (t) => {
  const { configMaps } = await openStores(t);
  const given = configMap(
    "a",
    { k: "v" },
    { uid: "mine", creationTimestamp: "1999-01-01T00:00:00Z", selfLink: "/x" },
  );
  given.metadata.deletionTimestamp = NOW;
  const stored = await configMaps.create(given, context("ns"));
  const { metadata } = stored.decode();
  t.regex(metadata.uid ?? "", /^[0-9a-f-]{36}$/);
  t.like(metadata, {
    name: "a",
    namespace: "ns",
    creationTimestamp: NOW,
    resourceVersion: String(stored.revision),
  });
  t.is(metadata.deletionTimestamp, undefined);
  t.is(metadata.selfLink, undefined);
  t.is(await configMaps.get("ns", "a"), stored, "the answer is what the cache holds");
});

test("the strategy resets status and counts the first generation", async (t) => {
  const { stores } = await openStores(t);
  const given = pod("a");
  given.status = { phase: "Running" };
  const stored = (await stores.store("", "pods").create(given, context("ns"))).decode();
  t.is(stored.metadata.generation, 1);
  t.like(stored.status, { phase: "Pending", qosClass: "BestEffort" });
});

test("a name that is taken is a 409, and says when its holder is on the way out", async (t) => {
  const { configMaps } = await openStores(t);
  await configMaps.create(configMap("a", {}, { finalizers: ["x.io/hold"] }), context("ns"));
  const taken = await refusal(t, configMaps.create(configMap("a"), context("ns")));
  t.like(taken, { code: 409, reason: "AlreadyExists", message: 'configmaps "a" already exists' });
  await configMaps.delete("ns", "a", {}, context("ns"));
  const dying = await refusal(t, configMaps.create(configMap("a"), context("ns")));
  t.is(dying.message, 'object is being deleted: configmaps "a" already exists');
  await configMaps.create(configMap("a"), context("other"));
});

test("generateName makes a name of the base and five characters, another where one is taken", async (t) => {
  // A source that gives one name five times, then others.
  let draws = 0;
  const random = { next: () => 0, int: (end: number) => (draws++ < 25 ? 0 : draws % end) };
  const { configMaps } = await openStores(t, { random });
  const make = () =>
    configMaps.create({ ...configMap(""), metadata: { generateName: "job-" } }, context("ns"));
  t.is((await make()).name, "job-bbbbb");
  const second = (await make()).name;
  t.regex(second, /^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  t.not(second, "job-bbbbb");
});

test("generateName gives up after eight names with a 409 that may be tried again", async (t) => {
  const { configMaps } = await openStores(t, { random: { next: () => 0, int: () => 0 } });
  const make = () =>
    configMaps.create({ ...configMap(""), metadata: { generateName: "a".repeat(70) } }, context("ns"));
  t.is((await make()).name, `${"a".repeat(58)}bbbbb`);
  const status = await refusal(t, make());
  t.like(status, { code: 409, reason: "AlreadyExists" });
  t.is(status.details?.retryAfterSeconds, 1);
  t.regex(status.message ?? "", /the server was not able to generate a unique name for the object$/);
});

test("what validation finds is a 422 with a cause for each finding", async (t) => {
  const { configMaps } = await openStores(t);
  const status = await refusal(
    t,
    configMaps.create(configMap("A_", {}, { labels: { "a b": "" } }), context("ns")),
  );
  t.like(status, { code: 422, reason: "Invalid" });
  t.deepEqual(
    status.details?.causes?.map((cause) => cause.field),
    ["metadata.name", "metadata.labels"],
  );
});

test("a new object with a resourceVersion is refused", async (t) => {
  const { configMaps } = await openStores(t);
  const given = configMap("a", {}, { resourceVersion: "5" });
  const status = await refusal(t, configMaps.create(given, context("ns")));
  t.like(status, { code: 500, message: "resourceVersion should not be set on objects to be created" });
});

test("an object that names another namespace than the request is a 400", async (t) => {
  const { configMaps } = await openStores(t);
  const status = await refusal(t, configMaps.create(configMap("a", {}, { namespace: "b" }), context("ns")));
  t.like(status, { code: 400, reason: "BadRequest" });
});

test("a dry run shows what would be there, without a version, and leaves nothing", async (t) => {
  const { configMaps, kv } = await openStores(t);
  const before = (await kv.status()).header.revision;
  const shown = (await configMaps.create(configMap("a"), context("ns", "", { dryRun: true }))).decode();
  t.truthy(shown.metadata.uid);
  t.is(shown.metadata.resourceVersion, undefined);
  t.is((await kv.status()).header.revision, before);
  t.is((await refusal(t, configMaps.get("ns", "a"))).code, 404);
  await configMaps.create(configMap("a"), context("ns"));
  const taken = await refusal(t, configMaps.create(configMap("a"), context("ns", "", { dryRun: true })));
  t.is(taken.reason, "AlreadyExists");
});

test("admission sees the object as it will be stored, and its refusal leaves nothing", async (t) => {
  const { configMaps } = await openStores(t);
  const seen: (KubernetesObject | undefined)[] = [];
  const admit = async (next: KubernetesObject, current: KubernetesObject | undefined): Promise<void> => {
    seen.push(next, current);
    throw new Error("no");
  };
  await t.throwsAsync(configMaps.create(configMap("a"), context("ns", "", { admit })), { message: "no" });
  t.truthy(seen[0]?.metadata.uid);
  t.is(seen[1], undefined);
  t.is((await refusal(t, configMaps.get("ns", "a"))).code, 404);
});

test("names that would lead out of the resource's keys are refused", async (t) => {
  const { configMaps } = await openStores(t);
  for (const name of ["..", ".", "a/b", "a%2fb"]) {
    const status = await refusal(t, configMaps.get("ns", name));
    t.is(status.code, 400, name);
    t.regex(status.message ?? "", /^Name parameter invalid: /);
  }
  t.is((await refusal(t, configMaps.get("..", "a"))).code, 400);
});
