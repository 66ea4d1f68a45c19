import test from "ava";
import { MemberClient, type RawRequest } from "./support/member-client.ts";
import { TestCluster } from "./support/test-cluster.ts";

const PATH = "/api/v1/namespaces/default/configmaps";
const JSON_TYPE = { "content-type": "application/json" };
const MERGE_PATCH = { "content-type": "application/merge-patch+json" };

let cluster: TestCluster;
let client: MemberClient;

test.before(async () => {
  cluster = await TestCluster.start({ members: 1 });
  [client] = (await MemberClient.forAll(cluster.kubeconfig)) as [MemberClient];
  await client.request("POST", PATH, { metadata: { name: "there" } });
});

test.after.always(async () => {
  client?.close();
  await cluster?.close();
});

const post = (body: unknown, headers = JSON_TYPE, path = PATH): RawRequest => ({
  method: "POST",
  path,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

interface Row {
  readonly title: string;
  readonly request: RawRequest;
  readonly code: number;
  readonly reason: string;
  /** What the message has to name. */
  readonly names: RegExp;
  /** Fields of the causes. */
  readonly fields?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    title: "malformed JSON",
    request: post('{"metadata":'),
    code: 400,
    reason: "BadRequest",
    names: /json|unexpected end/i,
  },
  {
    title: "an unknown path",
    request: { method: "GET", path: "/apis/nothing/v1/nobodies" },
    code: 404,
    reason: "NotFound",
    names: /could not find the requested resource/,
  },
  {
    title: "an object that is not there",
    request: { method: "GET", path: `${PATH}/absent` },
    code: 404,
    reason: "NotFound",
    names: /configmaps "absent" not found/,
  },
  {
    title: "a verb that the path does not have",
    request: { method: "PUT", path: PATH, headers: JSON_TYPE, body: "{}" },
    code: 405,
    reason: "MethodNotAllowed",
    names: /does not allow this method/,
  },
  {
    title: "a form that nobody can give",
    request: { method: "GET", path: `${PATH}/there`, headers: { accept: "image/png" } },
    code: 406,
    reason: "NotAcceptable",
    names: /application\/json/,
  },
  {
    title: "a body above the limit",
    request: post({ metadata: { name: "large" }, data: { a: "x".repeat(3 * 1024 * 1024) } }),
    code: 413,
    reason: "RequestEntityTooLarge",
    names: /limit is 3145728/,
  },
  {
    title: "a body of an unknown type",
    request: post("name: there", { "content-type": "text/csv" }),
    code: 415,
    reason: "UnsupportedMediaType",
    names: /application\/json/,
  },
  {
    title: "a name that can't be one",
    request: post({ metadata: { name: "Not_A_Name" } }),
    code: 422,
    reason: "Invalid",
    names: /metadata\.name: Invalid value: "Not_A_Name"/,
    fields: ["metadata.name"],
  },
  {
    title: "a required field that is missing",
    request: post({ metadata: { name: "pod" }, spec: {} }, JSON_TYPE, "/api/v1/namespaces/default/pods"),
    code: 422,
    reason: "Invalid",
    names: /spec\.containers: Required value/,
    fields: ["spec.containers"],
  },
  {
    title: "a body whose name is not the path's",
    request: {
      method: "PUT",
      path: `${PATH}/there`,
      headers: JSON_TYPE,
      body: JSON.stringify({ metadata: { name: "other" } }),
    },
    code: 400,
    reason: "BadRequest",
    names: /the name of the object \(other\) does not match the name on the URL \(there\)/,
  },
  {
    title: "a stale resourceVersion",
    request: {
      method: "PUT",
      path: `${PATH}/there`,
      headers: JSON_TYPE,
      body: JSON.stringify({ metadata: { name: "there", resourceVersion: "1" } }),
    },
    code: 409,
    reason: "Conflict",
    names: /the object has been modified/,
  },
  {
    title: "an object that exists",
    request: post({ metadata: { name: "there" } }),
    code: 409,
    reason: "AlreadyExists",
    names: /configmaps "there" already exists/,
  },
  {
    title: "a namespace that does not exist",
    request: post({ metadata: { name: "a" } }, JSON_TYPE, "/api/v1/namespaces/nowhere/configmaps"),
    code: 404,
    reason: "NotFound",
    names: /namespaces "nowhere" not found/,
  },
  {
    title: "a patch that is none",
    request: { method: "PATCH", path: `${PATH}/there`, headers: MERGE_PATCH, body: "[" },
    code: 400,
    reason: "BadRequest",
    names: /./,
  },
  {
    title: "a resourceVersion that is none",
    request: { method: "GET", path: `${PATH}?resourceVersion=new` },
    code: 400,
    reason: "BadRequest",
    names: /resourceVersion/,
  },
];

interface StatusBody {
  readonly kind?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly field?: string }[] };
}

for (const { title, request, code, reason, names, fields } of ROWS) {
  test(`${title} is answered with ${code} ${reason}`, async (t) => {
    const answer = await client.send(request);
    const body = answer.body as StatusBody;
    t.is(answer.status, code, body.message);
    t.is(body.kind, "Status");
    t.is(body.status, "Failure");
    t.is(body.reason, reason);
    t.is(body.code, code);
    t.regex(body.message ?? "", names);
    if (fields) {
      t.deepEqual(
        body.details?.causes?.map(({ field }) => field),
        fields,
      );
    }
  });
}
