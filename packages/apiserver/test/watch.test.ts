import type { ExecutionContext } from "ava";
import type { ApiClient, WatchedEvent } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap, PROTOBUF } from "./support/objects.ts";
import { type ServerContext, testWithServer } from "./support/with-server.ts";

const test = testWithServer();

type Context = ExecutionContext<ServerContext>;

async function take(events: AsyncGenerator<WatchedEvent>, count: number): Promise<WatchedEvent[]> {
  const taken: WatchedEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

async function end(events: AsyncGenerator<WatchedEvent>): Promise<void> {
  await events.return(undefined);
}

function selecting(label: string, more = ""): string {
  return `${CONFIG_MAPS}?watch=1&labelSelector=group%3D${label}${more}`;
}

function labelled(name: string, group: string, data: Record<string, string> = {}) {
  return { ...configMap(name, data), metadata: { name, labels: { group } } };
}

async function revisionNow(admin: ApiClient): Promise<string> {
  return (await admin.get(CONFIG_MAPS)).json.metadata.resourceVersion;
}

test("a watch tells of every change in order, with the object as it then was", async (t: Context) => {
  const { admin } = t.context;
  const since = await revisionNow(admin);
  const watch = admin.watch(selecting("order", `&resourceVersion=${since}`));
  await admin.post(CONFIG_MAPS, labelled("o", "order", { n: "1" }));
  await admin.patch(`${CONFIG_MAPS}/o`, "merge", { data: { n: "2" } });
  await admin.delete(`${CONFIG_MAPS}/o`);
  const events = await take(watch, 3);
  t.deepEqual(
    events.map(({ type, object }) => [type, object.data.n]),
    [
      ["ADDED", "1"],
      ["MODIFIED", "2"],
      ["DELETED", "2"],
    ],
  );
  const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
  t.true(versions[0]! < versions[1]! && versions[1]! < versions[2]!);
  t.is(events[0]!.object.kind, "ConfigMap");
  await end(watch);
});

test("a watch goes on where another was broken off", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, labelled("r1", "resume"));
  const first = admin.watch(selecting("resume"));
  const [seen] = await take(first, 1);
  await end(first);
  await admin.post(CONFIG_MAPS, labelled("r2", "resume"));
  await admin.post(CONFIG_MAPS, labelled("r3", "resume"));
  const version = seen!.object.metadata.resourceVersion;
  const second = admin.watch(selecting("resume", `&resourceVersion=${version}`));
  const names = (await take(second, 2)).map(({ object }) => object.metadata.name);
  t.deepEqual(names, ["r2", "r3"]);
  await end(second);
});

test("what leaves a selector is deleted for its watcher, what enters is added", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, labelled("mover", "elsewhere"));
  const watch = admin.watch(selecting("inside", `&resourceVersion=${await revisionNow(admin)}`));
  await admin.patch(`${CONFIG_MAPS}/mover`, "merge", { metadata: { labels: { group: "inside" } } });
  await admin.patch(`${CONFIG_MAPS}/mover`, "merge", { metadata: { labels: { group: "elsewhere" } } });
  t.deepEqual(
    (await take(watch, 2)).map(({ type }) => type),
    ["ADDED", "DELETED"],
  );
  await end(watch);
});

test("initial events end with a bookmark that says so", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, labelled("i1", "initial"));
  const options = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const watch = admin.watch(selecting("initial", options));
  const [added, bookmark] = await take(watch, 2);
  t.is(added!.object.metadata.name, "i1");
  t.is(bookmark!.type, "BOOKMARK");
  t.is(bookmark!.object.metadata.annotations["k8s.io/initial-events-end"], "true");
  await end(watch);
});

test("a bookmark comes before the end of a watch that wants bookmarks", async (t: Context) => {
  const { admin } = t.context;
  const since = await revisionNow(admin);
  const options = `&resourceVersion=${since}&allowWatchBookmarks=true&timeoutSeconds=4`;
  const events: WatchedEvent[] = [];
  for await (const event of admin.watch(selecting("quiet", options))) events.push(event);
  t.deepEqual(
    events.map(({ type }) => type),
    ["BOOKMARK"],
  );
  t.true(Number(events[0]!.object.metadata.resourceVersion) >= Number(since));
});

test("timeoutSeconds ends a watch", async (t: Context) => {
  const { admin } = t.context;
  const answer = await admin.get(selecting("timed", "&timeoutSeconds=1"));
  t.is(answer.status, 200);
  t.is(answer.text, "");
});

test("a watch from a future revision stays silent", async (t: Context) => {
  const { admin } = t.context;
  const events: WatchedEvent[] = [];
  for await (const event of admin.watch(
    `${CONFIG_MAPS}?watch=1&resourceVersion=999999999&timeoutSeconds=1`,
  )) {
    events.push(event);
  }
  t.deepEqual(events, []);
});

test("the legacy path watches one object", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("legacy"));
  const watch = admin.watch("/api/v1/watch/namespaces/default/configmaps/legacy");
  t.is((await take(watch, 1))[0]!.object.metadata.name, "legacy");
  await end(watch);
});

test("a table watch says its columns once", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, labelled("t1", "table"));
  await admin.post(CONFIG_MAPS, labelled("t2", "table"));
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const watch = admin.watch(selecting("table"), { accept });
  const [first, second] = await take(watch, 2);
  t.is(first!.object.kind, "Table");
  t.is(first!.object.columnDefinitions.length, 3);
  t.is(second!.object.columnDefinitions, null);
  t.is(second!.object.rows[0].cells[0], "t2");
  await end(watch);
});

test("a protobuf watch sends length-prefixed frames", async (t: Context) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, labelled("pb", "protobuf"));
  const path = selecting("protobuf", "&timeoutSeconds=1");
  const answer = await admin.get(path, { accept: `${PROTOBUF};stream=watch` });
  t.is(answer.headers["content-type"], `${PROTOBUF};stream=watch`);
  t.is(answer.bytes.readUInt32BE(0), answer.bytes.length - 4);
  t.true(answer.bytes.includes("k8s\0"));
  t.true(answer.bytes.includes("ADDED"));
});

test("a watcher that does not read costs the others nothing and misses nothing", async (t: Context) => {
  const { admin, started } = t.context;
  const { ApiClient: Client } = await import("./support/api-client.ts");
  const other = new Client(started.server.url, started.ca, started.admin);
  const since = await revisionNow(admin);
  const path = selecting("slow", `&resourceVersion=${since}`);
  const stalled = other.open("GET", path);
  stalled.pause();
  const quick = admin.watch(path);
  const big = "x".repeat(64 * 1024);
  const count = 40;
  for (let i = 0; i < count; i++) await admin.post(CONFIG_MAPS, labelled(`slow-${i}`, "slow", { big }));
  t.is((await take(quick, count)).length, count);
  await end(quick);
  let text = "";
  for await (const chunk of stalled) {
    text += String(chunk);
    if (text.split("\n").length > count) break;
  }
  const names = text
    .split("\n")
    .slice(0, count)
    .map((line) => JSON.parse(line).object.metadata.name);
  t.deepEqual(
    names,
    Array.from({ length: count }, (_, i) => `slow-${i}`),
  );
  other.close();
});
