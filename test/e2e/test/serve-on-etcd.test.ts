/** Our API server on a real etcd of three members, where its binary is on PATH. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { findProgram } from "./support/find-program.ts";
import { OwnApiserver } from "./support/own-apiserver.ts";
import { SteadyWriters } from "./support/steady-writers.ts";
import { StoreCluster } from "./support/store-cluster.ts";

const MANY = fileURLToPath(new URL("./fixtures/many-kinds.yaml", import.meta.url));
const etcd = findProgram("etcd");

let store: StoreCluster;
let first: OwnApiserver;
let second: OwnApiserver;

if (etcd === undefined) {
  test("skipped: there is no etcd on PATH", (t) => {
    t.log("put an etcd 3.6 on PATH to run the API server on three members of it");
    t.pass();
  });
} else {
  test.before(async () => {
    store = await StoreCluster.start([etcd]);
    [first, second] = (await Promise.all(
      ["q1", "q2"].map((name) => OwnApiserver.start(join(store.folder, name), store.urls)),
    )) as [OwnApiserver, OwnApiserver];
  });

  test.after.always(async () => {
    await Promise.all([first?.stop(), second?.stop()]);
    await store?.close();
  });

  test.serial("kubectl's usual flows work, on either of two API servers", async (t) => {
    await first.kubectl(["create", "namespace", "flows"]);
    const many = (await readFile(MANY, "utf8")).replaceAll("NAMESPACE", "flows");
    t.regex(await second.kubectl(["apply", "--namespace=flows", "-f", "-"], many), / created/);
    const names = async (server: OwnApiserver) =>
      server.kubectl(["--namespace=flows", "get", "all,configmaps,secrets,roles", "-o", "name"]);
    t.is(await names(first), await names(second));
    await first.kubectl(["--namespace=flows", "create", "configmap", "one", "--from-literal=a=1"]);
    await second.kubectl(["--namespace=flows", "patch", "configmap", "one", "-p", '{"data":{"b":"2"}}']);
    const data = ["--namespace=flows", "get", "configmap", "one", "-o", "jsonpath={.data.a}{.data.b}"];
    t.is(await first.kubectl(data), "12");
  });

  test.serial("a namespace is emptied and goes: one of the two runs the controllers", async (t) => {
    await first.kubectl(["delete", "namespace", "flows", "--wait", "--timeout=30s"]);
    t.is(await second.kubectl(["get", "namespace", "flows", "--ignore-not-found"]), "");
    const leading = [first, second].filter((server) => server.runsControllers);
    t.is(leading.length, 1);
  });

  test.serial("the death of the etcd member in use loses nothing", async (t) => {
    await first.kubectl(["create", "namespace", "deaths"]);
    const writers = new SteadyWriters(first.api, "deaths");
    await writers.more(20);
    // The first listed is the one that is used.
    await store.kill("s1");
    await writers.more(40);
    await first.api.untilReady();
    await store.restart("s1");
    t.deepEqual(await writers.lost(), []);
    t.log(`${writers.acknowledged.length} writes, ${writers.refusals.length} refused around the death`);
  });
}
