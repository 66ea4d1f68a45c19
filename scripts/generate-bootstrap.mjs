/**
 * Writes packages/controllers/src/generated/bootstrap-objects.json: what kube-apiserver makes at its first
 * start and keeps from then on (roles and their bindings, flow control, priority classes, APIServices of the
 * built-in groups). Reads them from a kube-apiserver that has just started on an empty store: `node
 * scripts/generate-bootstrap.mjs KUBECONFIG`, with kubectl on the PATH. Only a developer who moves to a new
 * Kubernetes release runs this.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OUTPUT = fileURLToPath(
  new URL("../packages/controllers/src/generated/bootstrap-objects.json", import.meta.url),
);

/** In the order in which they are made. */
const RESOURCES = [
  "apiservices.apiregistration.k8s.io",
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
  "flowschemas.flowcontrol.apiserver.k8s.io",
  "priorityclasses.scheduling.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
];

function list(resource) {
  const args = ["--kubeconfig", process.argv[2], "get", resource, "--all-namespaces", "-o", "json"];
  const run = spawnSync("kubectl", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return JSON.parse(run.stdout).items;
}

function withoutServerFields({ kind, apiVersion, metadata, status: _status, ...rest }) {
  const { name, namespace, labels, annotations } = metadata;
  return { kind, apiVersion, metadata: { name, namespace, labels, annotations }, ...rest };
}

const objects = RESOURCES.flatMap(list).map(withoutServerFields);
writeFileSync(OUTPUT, `[\n${objects.map((object) => JSON.stringify(object)).join(",\n")}\n]\n`);
process.stdout.write(`${objects.length} objects in ${OUTPUT}\n`);
