import { fileURLToPath } from "node:url";
import test from "ava";
import { TestCluster } from "./support/test-cluster.ts";

const CHART = fileURLToPath(new URL("./fixtures/chart", import.meta.url));
const NAMESPACE = ["--namespace", "shop"];
const KINDS = [
  ...["configmaps", "secrets", "serviceaccounts", "persistentvolumeclaims", "services", "deployments"],
  ...["statefulsets", "cronjobs", "horizontalpodautoscalers", "poddisruptionbudgets", "ingresses"],
  ...["networkpolicies", "roles", "rolebindings"],
];

let cluster: TestCluster;

test.before(async () => {
  cluster = await TestCluster.start({ members: 1 });
});

test.after.always(() => cluster?.close());

async function helm(...args: string[]): Promise<string> {
  const result = await cluster.helm([...args, ...NAMESPACE]);
  if (result.code !== 0) throw new Error(`helm ${args.join(" ")}: ${result.stderr}`);
  return result.stdout;
}

const released = () =>
  cluster.kubectlOutput([
    ...["get", KINDS.join(","), ...NAMESPACE, "-l", "app.kubernetes.io/instance=web", "-o", "name"],
  ]);

test("helm installs a chart of many kinds, upgrades it, rolls it back and takes all of it away", async (t) => {
  const sideOfClient = "--server-side=false";
  await helm("install", "web", CHART, "--create-namespace", sideOfClient);
  t.is((await released()).trimEnd().split("\n").length, KINDS.length);
  t.regex(await helm("list"), /web\s+shop\s+1\s+.*\sdeployed\s+shop-0\.1\.0/);

  await helm("upgrade", "web", CHART, sideOfClient, "--set", "greeting=bye,replicas=4,image=nginx:1.28");
  const get = (resource: string, path: string) =>
    cluster.kubectlOutput(["get", resource, ...NAMESPACE, "-o", `jsonpath={${path}}`]);
  t.is(await get("configmap/web-config", ".data.greeting"), "bye");
  t.is(await get("deployment/web", ".spec.replicas"), "4");
  t.is(await get("deployment/web", ".spec.template.spec.containers[0].image"), "nginx:1.28");
  t.is(await get("deployment/web", ".metadata.generation"), "2");

  await helm("rollback", "web", "1", sideOfClient);
  t.is(await get("configmap/web-config", ".data.greeting"), "hello");

  await helm("uninstall", "web");
  t.is(await released(), "");
});
