import type { ExecutionContext } from "ava";
import type { Answer } from "./support/api-client.ts";
import { ApiClient } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap, PODS, pod } from "./support/objects.ts";
import { type ServerContext, testWithServer } from "./support/with-server.ts";

const test = testWithServer();

function isFailure(t: ExecutionContext<ServerContext>, answer: Answer, code: number, reason: string): void {
  t.is(answer.status, code, answer.text);
  const { kind, apiVersion, status, code: said, reason: why } = answer.json;
  t.deepEqual(
    { kind, apiVersion, status, said, why },
    { kind: "Status", apiVersion: "v1", status: "Failure", said: code, why: reason },
  );
}

test("unknown paths are a 404 Status", async (t) => {
  const { admin } = t.context;
  for (const path of [
    "/nope",
    "/apis/nope/v1/things",
    "/api/v1/nope",
    "/api/v1/pods/x",
    "/api/v1/namespaces/default/nodes",
    `${CONFIG_MAPS}/x/status`,
    `${PODS}/x/status/more`,
  ]) {
    isFailure(t, await admin.get(path), 404, "NotFound");
  }
});

test("the wrong verb is a 405", async (t) => {
  const { admin } = t.context;
  isFailure(t, await admin.post(`${CONFIG_MAPS}/x`, configMap("x")), 405, "MethodNotAllowed");
  isFailure(t, await admin.put(CONFIG_MAPS, configMap("x")), 405, "MethodNotAllowed");
  isFailure(t, await admin.post("/api/v1/configmaps", configMap("x")), 405, "MethodNotAllowed");
  isFailure(t, await admin.delete("/api/v1/namespaces"), 405, "MethodNotAllowed");
  isFailure(t, await admin.post("/version", {}), 405, "MethodNotAllowed");
});

test("malformed bodies are a 400 that says where", async (t) => {
  const { admin } = t.context;
  const truncated = await admin.post(CONFIG_MAPS, "{");
  isFailure(t, truncated, 400, "BadRequest");
  t.true(truncated.json.message.includes("unexpected end of JSON input"));
  const typed = await admin.post(CONFIG_MAPS, { ...configMap("x"), data: { a: 1 } });
  isFailure(t, typed, 400, "BadRequest");
  t.true(
    typed.json.message.includes("cannot unmarshal number into Go struct field ConfigMap.data of type string"),
  );
  isFailure(t, await admin.post(CONFIG_MAPS, pod("x")), 400, "BadRequest");
  isFailure(t, await admin.post(CONFIG_MAPS, { ...configMap("x"), apiVersion: "v2" }), 400, "BadRequest");
});

test("a content type that nobody reads is a 415, an answer that nobody can have a 406", async (t) => {
  const { admin } = t.context;
  const text = await admin.post(CONFIG_MAPS, configMap("x"), { "content-type": "text/plain" });
  isFailure(t, text, 415, "UnsupportedMediaType");
  const patch = await admin.request("PATCH", `${CONFIG_MAPS}/x`, {}, { "content-type": "application/json" });
  isFailure(t, patch, 415, "UnsupportedMediaType");
  isFailure(t, await admin.get(CONFIG_MAPS, { accept: "text/html" }), 406, "NotAcceptable");
  const form = "application/json;as=Other;g=meta.k8s.io;v=v1";
  isFailure(t, await admin.get(CONFIG_MAPS, { accept: form }), 406, "NotAcceptable");
});

test("a strategic patch of wrong types is refused with the patch and the reference's words", async (t) => {
  const { admin } = t.context;
  await admin.post(PODS, pod("typed"));
  const cases: [unknown, string, string][] = [
    [{ metadata: { labels: "no" } }, "map[metadata:map[labels:no]]", "cannot restore map from string"],
    [{ spec: { dnsConfig: 1 } }, "map[spec:map[dnsConfig:1]]", "cannot restore struct from: int64"],
    [{ spec: { hostNetwork: "x" } }, "map[spec:map[hostNetwork:x]]", "unrecognized type: bool"],
    [
      { spec: { activeDeadlineSeconds: 1.5 } },
      "map[spec:map[activeDeadlineSeconds:1.5]]",
      "cannot convert float64 to int64",
    ],
    [
      { spec: { restartPolicy: 1 } },
      "map[spec:map[restartPolicy:1]]",
      "cannot convert int64 to v1.RestartPolicy",
    ],
  ];
  for (const [patch, shown, why] of cases) {
    const answer = await admin.patch(`${PODS}/typed`, "strategic-merge", patch);
    isFailure(t, answer, 422, "Invalid");
    t.is(answer.json.message, ` "" is invalid: patch: Invalid value: "${shown}": ${why}`);
  }
});

test("a strategic patch that can't be merged is a 400 with the reference's words", async (t) => {
  const { admin } = t.context;
  await admin.post(PODS, pod("merged"));
  const answer = await admin.patch(`${PODS}/merged`, "strategic-merge", { spec: { containers: ["main"] } });
  isFailure(t, answer, 400, "BadRequest");
  t.regex(answer.json.message, /list element types are not identical/);
});

test("server-side apply is refused with the patch types that are served", async (t) => {
  const { admin } = t.context;
  const headers = { "content-type": "application/apply-patch+yaml" };
  const answer = await admin.request("PATCH", `${CONFIG_MAPS}/x?fieldManager=m`, configMap("x"), headers);
  isFailure(t, answer, 415, "UnsupportedMediaType");
  t.true(answer.json.message.includes("application/strategic-merge-patch+json"));
});

test("an invalid object is a 422 with a cause for each finding", async (t) => {
  const { admin } = t.context;
  const answer = await admin.post(PODS, { ...pod("Bad_Name"), spec: { containers: [] } });
  isFailure(t, answer, 422, "Invalid");
  const fields = answer.json.details.causes.map((cause: { field: string }) => cause.field);
  t.deepEqual(fields, ["metadata.name", "spec.containers"]);
});

test("names and namespaces that contradict the URL are a 400", async (t) => {
  const { admin } = t.context;
  await admin.post(CONFIG_MAPS, configMap("real"));
  const foreign = { ...configMap("real"), metadata: { name: "real", namespace: "other" } };
  isFailure(t, await admin.post(CONFIG_MAPS, foreign), 400, "BadRequest");
  isFailure(t, await admin.put(`${CONFIG_MAPS}/real`, configMap("unreal")), 400, "BadRequest");
  isFailure(t, await admin.put(`${CONFIG_MAPS}/real`, configMap("")), 400, "BadRequest");
  const renamed = await admin.patch(`${CONFIG_MAPS}/real`, "merge", { metadata: { name: "unreal" } });
  isFailure(t, renamed, 400, "BadRequest");
});

test("unknown and duplicate fields are warnings, a 400 for the strict, or nothing", async (t) => {
  const { admin } = t.context;
  const body =
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"f"},"data":{"a":"1","a":"2"},"odd":1}';
  const path = `${CONFIG_MAPS}?dryRun=All&fieldValidation`;
  const warned = await admin.post(`${path}=Warn`, body);
  t.is(warned.status, 201);
  const warnings = String(warned.headers["warning"]);
  t.true(warnings.includes('299 - "unknown field \\"odd\\""'));
  t.true(warnings.includes('299 - "duplicate field \\"data.a\\""'));
  const strict = await admin.post(`${path}=Strict`, body);
  isFailure(t, strict, 400, "BadRequest");
  t.true(
    strict.json.message.includes('strict decoding error: unknown field "odd", duplicate field "data.a"'),
  );
  const ignored = await admin.post(`${path}=Ignore`, body);
  t.is(ignored.status, 201);
  t.is(ignored.headers["warning"], undefined);
});

test("bad options name the option", async (t) => {
  const { admin } = t.context;
  isFailure(t, await admin.get(`${CONFIG_MAPS}?limit=many`), 400, "BadRequest");
  isFailure(t, await admin.get(`${CONFIG_MAPS}?labelSelector=a%20b%20c`), 400, "BadRequest");
  isFailure(t, await admin.get(`${CONFIG_MAPS}?fieldSelector=nope%3D1`), 400, "BadRequest");
  isFailure(t, await admin.get(`${CONFIG_MAPS}?timeout=soon`), 400, "BadRequest");
  isFailure(t, await admin.get(`${CONFIG_MAPS}?resourceVersionMatch=Exact`), 422, "Invalid");
  isFailure(t, await admin.post(`${CONFIG_MAPS}?dryRun=Some`, configMap("x")), 422, "Invalid");
});

test("without a valid certificate there is a 401, and health all the same", async (t) => {
  const { started } = t.context;
  const stranger = new ApiClient(started.server.url, started.ca);
  isFailure(t, await stranger.get(CONFIG_MAPS), 401, "Unauthorized");
  stranger.close();
  const prober = new ApiClient(started.server.url, started.ca);
  t.is((await prober.get("/readyz")).text, "ok");
  prober.close();
});

test("who may not is told who he is and what he wanted", async (t) => {
  const { started } = t.context;
  const bob = new ApiClient(started.server.url, started.ca, await started.issue("O=devs, CN=bob"));
  const answer = await bob.get(`${CONFIG_MAPS}/x`);
  isFailure(t, answer, 403, "Forbidden");
  const what = 'User "bob" cannot get resource "configmaps" in API group "" in the namespace "default"';
  t.is(answer.json.message, `configmaps "x" is forbidden: ${what}`);
  t.is((await bob.get("/apis")).status, 200);
  bob.close();
});

test("who may acts as another, and nobody else does", async (t) => {
  const { admin, started } = t.context;
  const asBob = { "impersonate-user": "bob", "impersonate-group": "devs" };
  const who = { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1" };
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const { json } = await admin.post(path, who, asBob);
  t.deepEqual(json.status.userInfo, { username: "bob", groups: ["devs", "system:authenticated"] });
  isFailure(t, await admin.get(CONFIG_MAPS, asBob), 403, "Forbidden");
  isFailure(t, await admin.get(CONFIG_MAPS, { "impersonate-group": "devs" }), 400, "BadRequest");
  const bob = new ApiClient(started.server.url, started.ca, await started.issue("CN=bob"));
  const refused = await bob.get("/version", { "impersonate-user": "admin" });
  isFailure(t, refused, 403, "Forbidden");
  const what = 'User "bob" cannot impersonate resource "users" in API group "" at the cluster scope';
  t.is(refused.json.message, `users "admin" is forbidden: ${what}`);
  bob.close();
});

test("every answer carries an Audit-ID, the client's where it sent one", async (t) => {
  const { admin } = t.context;
  t.regex(String((await admin.get("/version")).headers["audit-id"]), /^[0-9a-f-]{36}$/);
  t.is((await admin.get("/nope", { "audit-id": "mine" })).headers["audit-id"], "mine");
});
