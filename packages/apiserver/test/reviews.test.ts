import { ApiClient } from "./support/api-client.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();
const AUTHORIZATION = "authorization.k8s.io/v1";
const AUTHENTICATION = "authentication.k8s.io/v1";

function review(kind: string, spec: Record<string, unknown>, apiVersion = AUTHORIZATION) {
  return { kind, apiVersion, spec };
}

test("a client learns who it is", async (t) => {
  const { admin } = t.context;
  const answer = await admin.post(`/apis/${AUTHENTICATION}/selfsubjectreviews`, {
    kind: "SelfSubjectReview",
    apiVersion: AUTHENTICATION,
  });
  t.is(answer.status, 201);
  t.is(answer.json.status.userInfo.username, "admin");
  t.deepEqual(answer.json.status.userInfo.groups, ["system:masters", "system:authenticated"]);
});

test("access is reviewed for the caller and for others", async (t) => {
  const { admin, started } = t.context;
  const resourceAttributes = { verb: "get", resource: "pods", namespace: "default" };
  const own = `/apis/${AUTHORIZATION}/selfsubjectaccessreviews`;
  const ofSelf = await admin.post(own, review("SelfSubjectAccessReview", { resourceAttributes }));
  t.is(ofSelf.json.status.allowed, true);
  const bob = new ApiClient(started.server.url, started.ca, await started.issue("CN=bob"));
  const ofBob = await bob.post(own, review("SelfSubjectAccessReview", { resourceAttributes }));
  t.is(ofBob.json.status.allowed, false);
  const path = `/apis/${AUTHORIZATION}/subjectaccessreviews`;
  const spec = { user: "bob", resourceAttributes };
  t.is((await admin.post(path, review("SubjectAccessReview", spec))).json.status.allowed, false);
  t.is((await bob.post(path, review("SubjectAccessReview", spec))).status, 403);
  bob.close();
});

test("a review that makes no sense is a 422", async (t) => {
  const { admin } = t.context;
  const empty = await admin.post(
    `/apis/${AUTHORIZATION}/selfsubjectaccessreviews`,
    review("SelfSubjectAccessReview", {}),
  );
  t.is(empty.status, 422);
  const local = review("LocalSubjectAccessReview", {
    user: "bob",
    resourceAttributes: { verb: "get", resource: "pods", namespace: "other" },
  });
  const path = `/apis/${AUTHORIZATION}/namespaces/default/localsubjectaccessreviews`;
  const elsewhere = await admin.post(path, local);
  t.is(elsewhere.status, 422);
  t.is(elsewhere.json.details.causes[0].field, "spec.resourceAttributes.namespace");
});

test("the caller's rules are listed", async (t) => {
  const { admin } = t.context;
  const path = `/apis/${AUTHORIZATION}/selfsubjectrulesreviews`;
  const answer = await admin.post(path, review("SelfSubjectRulesReview", { namespace: "default" }));
  t.deepEqual(answer.json.status.resourceRules[0], { verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
  t.is((await admin.post(path, review("SelfSubjectRulesReview", {}))).status, 400);
});

test("a token that nobody knows is not authenticated", async (t) => {
  const { admin } = t.context;
  const path = `/apis/${AUTHENTICATION}/tokenreviews`;
  const answer = await admin.post(path, review("TokenReview", { token: "abc" }, AUTHENTICATION));
  t.is(answer.status, 201);
  t.is(answer.json.status.authenticated, undefined);
  t.is(answer.json.status.error, "invalid bearer token");
});
