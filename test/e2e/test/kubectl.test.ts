import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { TestCluster } from "./support/test-cluster.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const MANY = fixture("many-kinds.yaml");
const KINDS = 22;

let cluster: TestCluster;

test.before(async () => {
  cluster = await TestCluster.start({ members: 3 });
});

test.after.always(() => cluster?.close());

let namespaces = 0;

/** A namespace of the test's own, and a file of many kinds for it. */
async function inNamespace() {
  const name = `test-${++namespaces}`;
  await cluster.kubectlOutput(["create", "namespace", name]);
  const many = join(cluster.folder, `${name}.yaml`);
  await writeFile(many, (await readFile(MANY, "utf8")).replaceAll("NAMESPACE", name));
  return { name, namespace: `--namespace=${name}`, many };
}

const lines = (text: string) => text.trimEnd().split("\n");

test("api-resources, api-versions and explain give the reference's rows", async (t) => {
  const [resources, versions, explained] = await Promise.all([
    cluster.kubectlOutput(["api-resources", "--no-headers"]),
    cluster.kubectlOutput(["api-versions"]),
    cluster.kubectlOutput(["explain", "deployment.spec.strategy"]),
  ]);
  t.deepEqual(lines(resources), lines(await readFile(fixture("api-resources.txt"), "utf8")));
  t.deepEqual(lines(versions), lines(await readFile(fixture("api-versions.txt"), "utf8")));
  t.is(explained, await readFile(fixture("explain-deployment-strategy.txt"), "utf8"));
});

test("the system namespaces are there on every member", async (t) => {
  for (const member of ["m1", "m2", "m3"]) {
    const names = await cluster.kubectlOutput(["get", "namespaces", "-o", "name"], { member });
    for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
      t.true(lines(names).includes(`namespace/${name}`));
    }
  }
});

test("many kinds are applied, shown in every form, described, diffed, replaced and deleted", async (t) => {
  const { namespace, many } = await inNamespace();
  const created = lines(await cluster.kubectlOutput(["apply", namespace, "-f", many]));
  t.is(created.filter((line) => line.endsWith(" created")).length, KINDS);
  const again = lines(await cluster.kubectlOutput(["apply", namespace, "-f", many], { member: "m2" }));
  // kubectl sends defaults of these three anew each time, with the reference too.
  t.deepEqual(
    again.filter((line) => !line.endsWith(" unchanged")),
    [
      "limitrange/limits configured",
      "poddisruptionbudget.policy/budget configured",
      "endpointslice.discovery.k8s.io/slice configured",
    ],
  );

  const get = (...args: string[]) => cluster.kubectlOutput(["get", namespace, "-f", many, ...args]);
  t.is(lines(await get("-o", "name")).length, KINDS);
  t.is((JSON.parse(await get("-o", "json")) as { items: unknown[] }).items.length, KINDS);
  t.is((await get("-o", "yaml")).match(/^ {2}kind: /gm)?.length, KINDS);
  t.is(lines(await get("-o", "jsonpath={range .items[*]}{.metadata.uid}{'\\n'}{end}")).length, KINDS);
  const wide = await get("-o", "wide");
  t.regex(wide, /NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR/);
  t.regex(wide, /deployment\.apps\/deployment\s+0\/2\s+0\s+0\s+\S+\s+main\s+nginx:1\.27\s+app=web/);

  const described = await cluster.kubectlOutput(["describe", namespace, "-f", many]);
  t.is(described.match(/^Name:/gm)?.length, KINDS);

  const changed = join(cluster.folder, "changed.yaml");
  await writeFile(changed, (await readFile(many, "utf8")).replace("color: blue", "color: red"));
  const diff = await cluster.kubectl(["diff", namespace, "-f", changed]);
  t.is(diff.code, 1);
  t.regex(diff.stdout, /^-\s+color: blue$/m);
  t.regex(diff.stdout, /^\+\s+color: red$/m);
  t.deepEqual(
    lines(await cluster.kubectlOutput(["apply", namespace, "-f", changed])).filter((line) =>
      line.startsWith("configmap/"),
    ),
    ["configmap/cm configured"],
  );
  const deleted = lines(await cluster.kubectlOutput(["delete", namespace, "-f", many], { member: "m3" }));
  t.is(deleted.filter((line) => / deleted/.test(line)).length, KINDS);
  t.is((await cluster.kubectl(["get", namespace, "-f", many, "--ignore-not-found"])).stdout, "");
});

test("patches of three types, labels, annotations, scale, replace and edit change what they name", async (t) => {
  const { namespace, many } = await inNamespace();
  await cluster.kubectlOutput(["apply", namespace, "-f", many]);
  const patch = (type: string, body: unknown) =>
    cluster.kubectlOutput([
      "patch",
      namespace,
      "deployment/deployment",
      `--type=${type}`,
      "-p",
      JSON.stringify(body),
    ]);
  const path = async (expression: string) =>
    cluster.kubectlOutput(["get", namespace, "deployment/deployment", "-o", `jsonpath={${expression}}`]);

  await patch("strategic", {
    spec: { template: { spec: { containers: [{ name: "side", image: "side:1" }] } } },
  });
  t.is(await path(".spec.template.spec.containers[*].name"), "side main");
  await patch("merge", { spec: { template: { spec: { containers: [{ name: "only", image: "only:1" }] } } } });
  t.is(await path(".spec.template.spec.containers[*].name"), "only");
  await patch("json", [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "only:2" }]);
  t.is(await path(".spec.template.spec.containers[*].image"), "only:2");

  await cluster.kubectlOutput(["scale", namespace, "deployment/deployment", "--replicas=7"]);
  t.is(await path(".spec.replicas"), "7");
  await cluster.kubectlOutput(["label", namespace, "deployment/deployment", "tier=front"]);
  await cluster.kubectlOutput(["annotate", namespace, "deployment/deployment", "note=hello"]);
  t.is(await path(".metadata.labels.tier"), "front");
  t.is(await path(".metadata.annotations.note"), "hello");

  const json = await cluster.kubectlOutput(["get", namespace, "configmap/cm", "-o", "json"]);
  const replaced = await cluster.kubectlOutput(["replace", "-f", "-"], {
    input: json.replace("blue", "green"),
  });
  t.is(replaced, "configmap/cm replaced\n");
  const stale = await cluster.kubectl(["replace", "-f", "-"], { input: json.replace("blue", "black") });
  t.is(stale.code, 1);
  t.regex(stale.stderr, /Conflict.*the object has been modified/);

  const editor = join(cluster.folder, "editor.sh");
  await writeFile(editor, '#!/bin/sh\nsed -i.bak "s/green/edited/" "$1"\n', { mode: 0o755 });
  const edited = await cluster.kubectlOutput(["edit", namespace, "configmap/cm"], {
    environment: { KUBE_EDITOR: editor },
  });
  t.is(edited, "configmap/cm edited\n");
  const color = ["get", namespace, "configmap/cm", "-o", "jsonpath={.data.color}"];
  t.is(await cluster.kubectlOutput(color, { member: "m2" }), "edited");
});

test("what get writes as a list can be applied again", async (t) => {
  const { namespace, many } = await inNamespace();
  await cluster.kubectlOutput(["apply", namespace, "-f", many]);
  const list = await cluster.kubectlOutput(["get", namespace, "configmap,service,role", "-o", "yaml"]);
  t.regex(list, /^kind: List$/m);
  await cluster.kubectlOutput(["delete", namespace, "configmap/cm", "service/service", "role/role"]);
  const withoutVersions = list.replace(/^ +(resourceVersion|uid): .*\n/gm, "");
  const applied = lines(await cluster.kubectlOutput(["apply", "-f", "-"], { input: withoutVersions }));
  for (const name of ["configmap/cm", "service/service", "role.rbac.authorization.k8s.io/role"]) {
    t.true(applied.includes(`${name} created`), applied.join("\n"));
  }
});

test("generateName gives every object a name of its own, and lists come in chunks", async (t) => {
  const { namespace } = await inNamespace();
  const object = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } });
  const created = await cluster.kubectlOutput(["create", namespace, "-f", "-", "-o", "name"], {
    input: Array.from({ length: 25 }, () => object).join("\n---\n"),
  });
  t.is(new Set(lines(created)).size, 25);
  t.true(lines(created).every((name) => /^configmap\/made-[a-z0-9]{5}$/.test(name)));
  const shown = await cluster.kubectl([
    "get",
    namespace,
    "configmaps",
    "--chunk-size=10",
    "-o",
    "name",
    "-v=6",
  ]);
  const names = lines(shown.stdout).filter((name) => name.startsWith("configmap/made-"));
  t.deepEqual(names.sort(), lines(created).sort());
  t.is(shown.stderr.match(/[?&]limit=10/g)?.length, 3);
});

test("a watch shows what comes, and wait ends with a condition and with a deletion", async (t) => {
  const { namespace } = await inNamespace();
  await cluster.kubectlOutput(["create", namespace, "configmap", "seen"]);
  const watching = cluster.followKubectl(
    ["get", namespace, "configmap/seen", "--watch", "--output-watch-events"],
    "m2",
  );
  await watching.until((line) => line.startsWith("ADDED"));
  await cluster.kubectlOutput(["label", namespace, "configmap/seen", "step=1"]);
  const job = ["create", namespace, "job", "work", "--image=busybox"];
  await cluster.kubectlOutput(job);
  const conditionMet = cluster.kubectlOutput(["wait", namespace, "job/work", "--for=condition=Complete"], {
    member: "m3",
  });
  const done = {
    startTime: "2026-01-01T00:00:00Z",
    completionTime: "2026-01-01T00:00:01Z",
    succeeded: 1,
    conditions: [
      { type: "SuccessCriteriaMet", status: "True" },
      { type: "Complete", status: "True" },
    ],
  };
  const body = JSON.stringify({ status: done });
  await cluster.kubectlOutput([
    "patch",
    namespace,
    "job/work",
    "--subresource=status",
    "--type=merge",
    "-p",
    body,
  ]);
  t.is(await conditionMet, "job.batch/work condition met\n");
  const gone = cluster.kubectlOutput(["wait", namespace, "job/work", "--for=delete"], { member: "m2" });
  await cluster.kubectlOutput(["delete", namespace, "job/work"]);
  await gone;
  await cluster.kubectlOutput(["delete", namespace, "configmap/seen"]);
  await watching.until((line) => line.startsWith("DELETED"));
  await watching.end();
  t.deepEqual(
    watching.lines.map((line) => line.split(/\s+/)[0]),
    ["EVENT", "ADDED", "MODIFIED", "DELETED"],
  );
});

test("deleting a namespace takes all that is in it", async (t) => {
  const { name, namespace, many } = await inNamespace();
  await cluster.kubectlOutput(["apply", namespace, "-f", many]);
  await cluster.kubectlOutput(["delete", "namespace", name], { member: "m2" });
  const all = await cluster.kubectlOutput(["get", namespace, "-f", many, "--ignore-not-found"]);
  t.is(all, "");
  const refused = await cluster.kubectl(["create", namespace, "configmap", "late"]);
  t.regex(refused.stderr, /namespaces "test-\d+" not found/);
});

test("an owner's deletion takes its dependents, in the background, in the foreground, or leaves them", async (t) => {
  const { namespace } = await inNamespace();
  const configMap = (name: string, owner?: { name: string; uid: string }) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      ...(owner && {
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", ...owner, blockOwnerDeletion: true }],
      }),
    },
  });
  const create = async (object: unknown) =>
    JSON.parse(
      await cluster.kubectlOutput(["create", namespace, "-o", "json", "-f", "-"], {
        input: JSON.stringify(object),
      }),
    ) as { metadata: { uid: string } };
  for (const cascade of ["background", "foreground", "orphan"]) {
    const owner = await create(configMap(`owner-${cascade}`));
    await create(configMap(`child-${cascade}`, { name: `owner-${cascade}`, uid: owner.metadata.uid }));
    await cluster.kubectlOutput(["delete", namespace, `configmap/owner-${cascade}`, `--cascade=${cascade}`]);
  }
  await cluster.kubectlOutput(["wait", namespace, "configmap/child-background", "--for=delete"]);
  t.is((await cluster.kubectl(["get", namespace, "configmap/child-foreground"])).code, 1);
  const owners = ["get", namespace, "configmap/child-orphan", "-o", "jsonpath={.metadata.ownerReferences}"];
  t.is(await cluster.kubectlOutput(owners), "");
});
