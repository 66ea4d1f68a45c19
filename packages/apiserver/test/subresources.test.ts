import type { Json } from "./support/api-client.ts";
import { DEPLOYMENTS, deployment, PODS, pod } from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

function binding(name: string, node: string) {
  return { kind: "Binding", apiVersion: "v1", metadata: { name }, target: { kind: "Node", name: node } };
}

function eviction(name: string) {
  return { kind: "Eviction", apiVersion: "policy/v1", metadata: { name } };
}

test("scale reads and writes the replicas and nothing else", async (t) => {
  const { admin } = t.context;
  await admin.post(DEPLOYMENTS, deployment("scaled"));
  const path = `${DEPLOYMENTS}/scaled/scale`;
  const read = await admin.get(path);
  t.is(read.json.kind, "Scale");
  t.is(read.json.spec.replicas, 2);
  t.is(read.json.status.selector, "app=scaled");
  const written = await admin.put(path, { ...read.json, spec: { replicas: 5 } });
  t.is(written.status, 200);
  t.is(written.json.spec.replicas, 5);
  t.is(
    (await admin.put(path, { ...read.json, spec: { replicas: 1 } })).status,
    409,
    "its version is old now",
  );
  const patched = await admin.patch(path, "merge", { spec: { replicas: 7 } });
  t.is(patched.json.spec.replicas, 7);
  const { json } = await admin.get(`${DEPLOYMENTS}/scaled`);
  t.is(json.spec.replicas, 7);
  t.is(json.metadata.generation, 3);
  const negative = await admin.patch(path, "merge", { spec: { replicas: -1 } });
  t.is(negative.status, 422);
  t.is(negative.json.details.causes[0].field, "spec.replicas");
});

test("a scale is shown as a table with the wanted and the present replicas", async (t) => {
  const { admin } = t.context;
  await admin.post(DEPLOYMENTS, deployment("shown"));
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const { json } = await admin.get(`${DEPLOYMENTS}/shown/scale`, { accept });
  t.is(json.kind, "Table");
  t.deepEqual(
    json.columnDefinitions.map((column: Json) => column.name),
    ["Name", "Desired", "Available", "Age"],
  );
  t.deepEqual(json.rows[0].cells.slice(0, 3), ["shown", 2, 0]);
});

test("a status write changes the status alone, any other write all but the status", async (t) => {
  const { admin } = t.context;
  await admin.post(DEPLOYMENTS, deployment("reported"));
  const path = `${DEPLOYMENTS}/reported`;
  const change = { spec: { replicas: 9 }, status: { replicas: 1, observedGeneration: 1 } };
  const reported = await admin.patch(`${path}/status`, "merge", change);
  t.deepEqual([reported.json.spec.replicas, reported.json.status.replicas], [2, 1]);
  const specified = await admin.patch(path, "merge", { spec: { replicas: 9 }, status: { replicas: 99 } });
  t.deepEqual([specified.json.spec.replicas, specified.json.status.replicas], [9, 1]);
});

test("a pod is bound once", async (t) => {
  const { admin } = t.context;
  await admin.post(PODS, pod("bound"));
  const first = await admin.post(`${PODS}/bound/binding`, binding("bound", "n1"));
  t.is(first.status, 201);
  t.is(first.json.status, "Success");
  const { json } = await admin.get(`${PODS}/bound`);
  t.is(json.spec.nodeName, "n1");
  t.is(json.status.conditions[0].type, "PodScheduled");
  const second = await admin.post(`${PODS}/bound/binding`, binding("bound", "n2"));
  t.is(second.status, 409);
  t.true(second.json.message.includes('pod bound is already assigned to node "n1"'));
  const mismatch = await admin.post(`${PODS}/bound/binding`, binding("other", "n1"));
  t.is(mismatch.status, 400);
  await admin.post(PODS, pod("legacy-bound"));
  const legacy = await admin.post("/api/v1/namespaces/default/bindings", binding("legacy-bound", "n1"));
  t.is(legacy.status, 201);
});

async function runningPod(admin: { post: Json; patch: Json }, name: string): Promise<void> {
  await admin.post(PODS, pod(name));
  await admin.post(`${PODS}/${name}/binding`, binding(name, "n1"));
  const conditions = [{ type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: null }];
  await admin.patch(`${PODS}/${name}/status`, "merge", { status: { phase: "Running", conditions } });
}

test("an eviction deletes a pod, unless its budget allows no disruption", async (t) => {
  const { admin } = t.context;
  await runningPod(admin, "guarded");
  const selector = { matchLabels: { app: "guarded" } };
  const metadata = { name: "guard" };
  await admin.post(BUDGETS, {
    kind: "PodDisruptionBudget",
    apiVersion: "policy/v1",
    metadata,
    spec: { selector, minAvailable: 1 },
  });
  const early = await admin.post(`${PODS}/guarded/eviction`, eviction("guarded"));
  t.is(early.status, 429, "the budget's state is not known yet");
  const status = { observedGeneration: 1, disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 1 };
  await admin.patch(`${BUDGETS}/guard/status`, "merge", { status });
  const refused = await admin.post(`${PODS}/guarded/eviction`, eviction("guarded"));
  t.is(refused.status, 429);
  const [cause] = refused.json.details.causes;
  t.deepEqual(cause, {
    reason: "DisruptionBudget",
    message: "The disruption budget guard needs 1 healthy pods and has 1 currently",
  });
  await admin.patch(`${BUDGETS}/guard/status`, "merge", { status: { ...status, disruptionsAllowed: 1 } });
  const evicted = await admin.post(`${PODS}/guarded/eviction`, eviction("guarded"));
  t.is(evicted.status, 201);
  const { json: gone } = await admin.get(`${PODS}/guarded`);
  t.truthy(gone.metadata.deletionTimestamp);
  t.is(gone.status.conditions.at(-1).type, "DisruptionTarget");
  const { json: budget } = await admin.get(`${BUDGETS}/guard`);
  t.is(budget.status.disruptionsAllowed, 0);
  t.deepEqual(Object.keys(budget.status.disruptedPods), ["guarded"]);
});

test("what ends at a kubelet says what is missing", async (t) => {
  const { admin } = t.context;
  await admin.post(PODS, pod("nowhere"));
  t.is((await admin.get(`${PODS}/nowhere/log`)).status, 204);
  t.is((await admin.get(`${PODS}/none/log`)).status, 404);
  const wrong = await admin.get(`${PODS}/nowhere/log?container=x`);
  t.is(wrong.json.message, "container x is not valid for pod nowhere");
  const exec = await admin.post(`${PODS}/nowhere/exec?command=ls`, "");
  t.is(exec.status, 400);
  t.is(exec.json.message, "pod nowhere does not have a host assigned");
});

test("a namespace's finalizers are changed by finalize alone", async (t) => {
  const { admin } = t.context;
  const namespace = { kind: "Namespace", apiVersion: "v1", metadata: { name: "final" } };
  const { json: made } = await admin.post("/api/v1/namespaces", namespace);
  t.deepEqual(made.spec.finalizers, ["kubernetes"]);
  const plain = await admin.put("/api/v1/namespaces/final", { ...made, spec: { finalizers: [] } });
  t.deepEqual(plain.json.spec.finalizers, ["kubernetes"]);
  const body = { ...made, spec: { finalizers: [] } };
  const finalized = await admin.put("/api/v1/namespaces/final/finalize", body);
  t.is(finalized.json.spec.finalizers, undefined);
});
