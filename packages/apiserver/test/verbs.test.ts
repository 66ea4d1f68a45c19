import { answerOf } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment } from "./support/objects.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();

test("an object is created with the system's metadata and served again as it was answered", async (t) => {
  const { admin } = t.context;
  const created = await admin.post(CONFIG_MAPS, configMap("made"));
  t.is(created.status, 201);
  const { metadata } = created.json;
  t.regex(metadata.uid, /^[0-9a-f-]{36}$/);
  t.regex(metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.is(metadata.namespace, "default");
  t.true(Number(metadata.resourceVersion) > 0);
  const read = await admin.get(`${CONFIG_MAPS}/made`);
  t.is(read.status, 200);
  t.is(read.text, created.text);
});

test("generateName makes distinct names", async (t) => {
  const { admin } = t.context;
  const body = { ...configMap(""), metadata: { generateName: "gen-" } };
  const [one, two] = await Promise.all([admin.post(CONFIG_MAPS, body), admin.post(CONFIG_MAPS, body)]);
  t.regex(one.json.metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  t.not(one.json.metadata.name, two.json.metadata.name);
});

test("a second create of the same name is a 409 AlreadyExists", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("twice"));
  const again = await admin.post(CONFIG_MAPS, configMap("twice"));
  t.is(again.status, 409);
  t.is(again.json.reason, "AlreadyExists");
  t.is(again.json.message, 'configmaps "twice" already exists');
});

test("a client that waits to be asked for its body is asked", async (t) => {
  const { admin } = t.context;
  const stream = admin.session.request({
    ":method": "POST",
    ":path": CONFIG_MAPS,
    "content-type": "application/json",
    expect: "100-continue",
  });
  stream.once("continue", () => stream.end(JSON.stringify(configMap("asked"))));
  t.is((await answerOf(stream)).status, 201);
});

test("a dry run answers like a create and keeps nothing", async (t) => {
  const { admin } = t.context;
  const dry = await admin.post(`${CONFIG_MAPS}?dryRun=All`, configMap("dry"));
  t.is(dry.status, 201);
  t.truthy(dry.json.metadata.uid);
  t.is((await admin.get(`${CONFIG_MAPS}/dry`)).status, 404);
});

test("an update replaces, and one with a stale resourceVersion is a 409 Conflict", async (t) => {
  const { admin } = t.context;
  const { json: first } = await admin.post(CONFIG_MAPS, configMap("changed"));
  const second = await admin.put(`${CONFIG_MAPS}/changed`, { ...first, data: { other: "2" } });
  t.is(second.status, 200);
  t.deepEqual(second.json.data, { other: "2" });
  const stale = await admin.put(`${CONFIG_MAPS}/changed`, { ...first, data: { other: "3" } });
  t.is(stale.status, 409);
  t.is(stale.json.reason, "Conflict");
  const unconditional = await admin.put(`${CONFIG_MAPS}/changed`, configMap("changed", { last: "4" }));
  t.is(unconditional.status, 200);
  t.deepEqual(unconditional.json.data, { last: "4" });
});

test("an update that names another uid is a 409 and changes nothing", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("mine"));
  const foreign = { ...configMap("mine", { a: "2" }), metadata: { name: "mine", uid: "other" } };
  const answer = await admin.put(`${CONFIG_MAPS}/mine`, foreign);
  t.is(answer.status, 409);
  t.true(answer.json.message.includes("UID in precondition: other"));
  t.deepEqual((await admin.get(`${CONFIG_MAPS}/mine`)).json.data, { key: "value" });
});

test("kinds with createOnUpdate are created by a PUT, others are a 404", async (t) => {
  const { admin } = t.context;
  const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const lease = { kind: "Lease", apiVersion: "coordination.k8s.io/v1", metadata: { name: "put" } };
  t.is((await admin.put(`${leases}/put`, lease)).status, 201);
  t.is((await admin.put(`${CONFIG_MAPS}/absent`, configMap("absent"))).status, 404);
});

test("the three patch types change what they name", async (t) => {
  const { admin } = t.context;
  await admin.post(DEPLOYMENTS, deployment("patched"));
  const path = `${DEPLOYMENTS}/patched`;
  const merged = await admin.patch(path, "merge", {
    metadata: { labels: { a: "1" } },
    spec: { replicas: 3 },
  });
  t.is(merged.status, 200);
  t.is(merged.json.spec.replicas, 3);
  const sidecar = { name: "side", image: "busybox" };
  const strategic = await admin.patch(path, "strategic-merge", {
    spec: { template: { spec: { containers: [sidecar] } } },
  });
  const names = strategic.json.spec.template.spec.containers.map(
    (container: { name: string }) => container.name,
  );
  t.deepEqual(names, ["side", "main"]);
  const operations = [
    { op: "test", path: "/spec/replicas", value: 3 },
    { op: "replace", path: "/spec/replicas", value: 4 },
  ];
  const patched = await admin.patch(path, "json", operations);
  t.is(patched.json.spec.replicas, 4);
  t.is((await admin.patch(path, "json", operations)).status, 422);
  t.is((await admin.get(path)).json.spec.replicas, 4);
});

test("concurrent patches of one object are all applied", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("busy", {}));
  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
  const answers = await Promise.all(
    keys.map((key) => admin.patch(`${CONFIG_MAPS}/busy`, "merge", { data: { [key]: "x" } })),
  );
  t.true(answers.every(({ status }) => status === 200));
  const { data } = (await admin.get(`${CONFIG_MAPS}/busy`)).json;
  t.deepEqual(Object.keys(data).sort(), keys.sort());
});

test("a delete answers with a Success Status, or with the object for kinds that do so", async (t) => {
  const { admin } = t.context;
  const { json: made } = await admin.post(CONFIG_MAPS, configMap("gone"));
  const deleted = await admin.delete(`${CONFIG_MAPS}/gone`);
  t.is(deleted.status, 200);
  t.is(deleted.json.status, "Success");
  t.deepEqual(deleted.json.details, { name: "gone", kind: "configmaps", uid: made.metadata.uid });
  t.is((await admin.get(`${CONFIG_MAPS}/gone`)).status, 404);
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  await admin.post(accounts, { kind: "ServiceAccount", apiVersion: "v1", metadata: { name: "gone" } });
  t.is((await admin.delete(`${accounts}/gone`)).json.kind, "ServiceAccount");
});

test("a delete whose precondition fails is a 409 and deletes nothing", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("kept"));
  const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "other" } };
  t.is((await admin.delete(`${CONFIG_MAPS}/kept`, options)).status, 409);
  t.is((await admin.get(`${CONFIG_MAPS}/kept`)).status, 200);
});

test("a finalizer holds a deleted object until it is taken away", async (t) => {
  const { admin } = t.context;
  const held = { ...configMap("held"), metadata: { name: "held", finalizers: ["example.com/hold"] } };
  await admin.post(CONFIG_MAPS, held);
  const deleted = await admin.delete(`${CONFIG_MAPS}/held`);
  t.truthy(deleted.json.metadata.deletionTimestamp);
  t.is((await admin.get(`${CONFIG_MAPS}/held`)).status, 200);
  await admin.patch(`${CONFIG_MAPS}/held`, "merge", { metadata: { finalizers: null } });
  t.is((await admin.get(`${CONFIG_MAPS}/held`)).status, 404);
});

test("deletecollection deletes what the selector chooses and nothing else", async (t) => {
  const { admin } = t.context;
  for (const name of ["c1", "c2", "c3"]) {
    const labels = { pick: name === "c3" ? "no" : "yes" };
    await admin.post(CONFIG_MAPS, { ...configMap(name), metadata: { name, labels } });
  }
  const answer = await admin.delete(`${CONFIG_MAPS}?labelSelector=pick%3Dyes`);
  t.is(answer.status, 200);
  t.is(answer.json.kind, "ConfigMapList");
  t.is(answer.json.items.length, 2);
  t.is((await admin.get(`${CONFIG_MAPS}/c1`)).status, 404);
  t.is((await admin.get(`${CONFIG_MAPS}/c3`)).status, 200);
});
