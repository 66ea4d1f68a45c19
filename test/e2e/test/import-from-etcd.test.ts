/** What a kube-apiserver has stored in an etcd, imported into our store, served by us, and exported again. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { ApiClient } from "./support/api-client.ts";
import { clientTools } from "./support/client-tools.ts";
import { findProgram } from "./support/find-program.ts";
import { findKubeApiserver, startKubeApiserver } from "./support/kube-apiserver.ts";
import { OwnApiserver } from "./support/own-apiserver.ts";
import { runProgram } from "./support/run-program.ts";
import { quorate, StoreCluster } from "./support/store-cluster.ts";

const EVERY_KIND = fileURLToPath(new URL("./fixtures/every-kind.yaml", import.meta.url));
const etcd = findProgram("etcd");
const apiserver = findKubeApiserver();

interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string; resourceVersion?: string };
}

const keyOf = ({ metadata }: Item) => `${metadata.namespace ?? ""}/${metadata.name}`;

/** Served by either for what it finds around itself. */
const LOCAL = new Set(["componentstatuses", "leases"]);

/** All lists of an API server by path, without versions. */
async function everything(api: ApiClient, paths: readonly string[]): Promise<Map<string, Item[]>> {
  const lists = paths.map(async (path): Promise<[string, Item[]]> => {
    const { items } = await api.get<{ items: Item[] }>(path);
    for (const { metadata } of items) delete metadata.resourceVersion;
    return [path, items];
  });
  return new Map(await Promise.all(lists));
}

async function listPaths(api: ApiClient): Promise<string[]> {
  const { groups } = await api.get<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>(
    "/apis",
  );
  const versions = groups
    .filter(({ name }) => !name.includes("example"))
    .flatMap((group) => group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  const paths: string[] = [];
  for (const prefix of ["/api/v1", ...versions]) {
    const { resources } = await api.get<{ resources: { name: string; verbs: string[] }[] }>(prefix);
    for (const { name, verbs } of resources) {
      if (verbs.includes("list") && !name.includes("/") && !LOCAL.has(name)) paths.push(`${prefix}/${name}`);
    }
  }
  return paths;
}

async function runQuorate(...args: string[]): Promise<string> {
  const [program, ...all] = quorate(...args);
  const { code, stdout, stderr } = await runProgram(program, all);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

if (etcd === undefined || apiserver === undefined) {
  test("skipped: there is no etcd or no kube-apiserver on PATH", (t) => {
    t.log("put an etcd 3.6 and a kube-apiserver 1.37 on PATH to import what they have stored");
    t.pass();
  });
} else {
  test("what a kube-apiserver has stored is served after the import as it served it", async (t) => {
    const theirs = await StoreCluster.start([etcd], 1);
    t.teardown(() => theirs.close());
    const reference = await startKubeApiserver(apiserver, theirs.folder, theirs.urls);
    const { kubectl } = await clientTools();
    const created = await runProgram(kubectl, [...reference.kubectlFlags, "create", "-f", EVERY_KIND]);
    t.is(created.code, 0, created.stderr);
    const paths = await listPaths(reference.api);
    const before = await everything(reference.api, paths);
    await reference.stop();
    const kinds = [...before.values()].filter((items) => items.length > 0).length;
    t.true(kinds > 55, `${kinds} kinds`);

    const ours = await StoreCluster.start(quorate("store"), 1);
    t.teardown(() => ours.close());
    const where = [`--etcd-servers=${theirs.urls}`, `--endpoints=${ours.urls}`];
    const imported = JSON.parse(await runQuorate("import", ...where, "-o", "json"));
    t.true(imported.copied.keys > 200);
    const exported = JSON.parse(await runQuorate("export", ...where, "--replace", "-o", "json"));
    t.is(exported.copied.hash, imported.copied.hash);

    // Its controllers would go on where the reference's stopped.
    const server = await OwnApiserver.start(join(ours.folder, "q1"), ours.urls, ["--controllers=-*"]);
    t.teardown(() => server.stop());
    const after = await everything(server.api, paths);
    for (const [path, items] of before) {
      // A server that starts adds what it finds missing.
      const served = new Map(after.get(path)!.map((item) => [keyOf(item), item]));
      for (const item of items) t.deepEqual(served.get(keyOf(item)), item, `${path} ${keyOf(item)}`);
    }
  });
}
