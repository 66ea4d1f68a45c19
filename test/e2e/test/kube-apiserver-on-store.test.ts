/** A kube-apiserver of the reference on three members of our store, where its binary is on PATH. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { clientTools } from "./support/client-tools.ts";
import { findKubeApiserver, type KubeApiserver, startKubeApiserver } from "./support/kube-apiserver.ts";
import { runProgram } from "./support/run-program.ts";
import { SteadyWriters } from "./support/steady-writers.ts";
import { quorate, StoreCluster } from "./support/store-cluster.ts";

const MANY = fileURLToPath(new URL("./fixtures/many-kinds.yaml", import.meta.url));
const binary = findKubeApiserver();

let store: StoreCluster;
let apiserver: KubeApiserver;

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const tools = await clientTools();
  const all = ["--cache-dir", `${store.folder}/kubectl`, ...apiserver.kubectlFlags, ...args];
  const { code, stdout, stderr } = await runProgram(tools.kubectl, all, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}${stdout}`);
  return stdout;
}

if (binary === undefined) {
  test("skipped: there is no kube-apiserver on PATH", (t) => {
    t.log("put a kube-apiserver 1.37 on PATH to run it on three members of the store");
    t.pass();
  });
} else {
  test.before(async () => {
    store = await StoreCluster.start(quorate("store"));
    apiserver = await startKubeApiserver(binary, store.folder, store.urls);
  });

  test.after.always(async () => {
    await apiserver?.stop();
    await store?.close();
  });

  test.serial("kubectl's usual flows work", async (t) => {
    await kubectl(["create", "namespace", "flows"]);
    const many = (await readFile(MANY, "utf8")).replaceAll("NAMESPACE", "flows");
    const created = await kubectl(["apply", "--namespace=flows", "-f", "-"], many);
    t.regex(created, / created/);
    const applied = await kubectl(
      ["apply", "--server-side", "--force-conflicts", "--namespace=flows", "-f", "-"],
      many,
    );
    t.regex(applied, /serverside-applied/);
    await kubectl(["--namespace=flows", "create", "configmap", "one", "--from-literal=a=1"]);
    await kubectl(["--namespace=flows", "patch", "configmap", "one", "-p", '{"data":{"b":"2"}}']);
    t.is(
      await kubectl(["--namespace=flows", "get", "configmap", "one", "-o", "jsonpath={.data.a}{.data.b}"]),
      "12",
    );
    const paged = await kubectl(["get", "clusterroles", "--chunk-size=5", "-o", "name"]);
    t.true(paged.split("\n").length > 40);
    await kubectl(["--namespace=flows", "delete", "configmap", "one"]);
    t.is(await kubectl(["--namespace=flows", "get", "configmap", "one", "--ignore-not-found"]), "");
  });

  for (const role of ["follower", "leader"] as const) {
    test.serial(`the death of the ${role} loses nothing, and the API server stays ready`, async (t) => {
      const namespace = `death-of-${role}`;
      await kubectl(["create", "namespace", namespace]);
      const writers = new SteadyWriters(apiserver.api, namespace);
      await writers.more(20);
      const victim = role === "leader" ? await store.leader() : await store.follower();
      await store.kill(victim);
      await writers.more(60);
      await apiserver.api.untilReady();
      await store.restart(victim);
      await writers.more(20);
      t.deepEqual(await writers.lost(), []);
      t.log(`${writers.acknowledged.length} writes, ${writers.refusals.length} refused around the death`);
    });
  }
}
