import test from "ava";
import {
  alreadyExists,
  badRequest,
  conflict,
  decodeContinue,
  encodeContinue,
  expiredContinue,
  forbiddenAccess,
  internalError,
  invalid,
  invalidObject,
  jsonEqual,
  notFound,
  notSupported,
  omitted,
  required,
  StatusError,
  serverTimeout,
  success,
  tooLarge,
  tooLargeResourceVersion,
  tooMany,
  tooManyRequests,
  unclassified,
} from "../src/index.ts";

const PODS = { group: "", resource: "pods" };
const DEPLOYMENTS = { group: "apps", resource: "deployments" };

test("every failure has the reference's code, reason and message", (t) => {
  const rows: readonly (readonly [StatusError, number, string, string])[] = [
    [notFound(PODS, "a"), 404, "NotFound", 'pods "a" not found'],
    [notFound(DEPLOYMENTS, "a"), 404, "NotFound", 'deployments.apps "a" not found'],
    [alreadyExists(PODS, "a"), 409, "AlreadyExists", 'pods "a" already exists'],
    [conflict(PODS, "a", "why"), 409, "Conflict", 'Operation cannot be fulfilled on pods "a": why'],
    [badRequest("no"), 400, "BadRequest", "no"],
    [forbiddenAccess(PODS, "a", "why"), 403, "Forbidden", 'pods "a" is forbidden: why'],
    [forbiddenAccess(PODS, "", "why"), 403, "Forbidden", "pods is forbidden: why"],
    [forbiddenAccess({ group: "", resource: "" }, "", "why"), 403, "Forbidden", "forbidden: why"],
    [tooLarge(5), 413, "RequestEntityTooLarge", "Request entity too large: limit is 5"],
    [
      serverTimeout(PODS, "list", 2),
      500,
      "ServerTimeout",
      "The list operation against pods could not be completed at this time, please try again.",
    ],
    [tooManyRequests("slow down", 3), 429, "TooManyRequests", "slow down"],
    [tooLargeResourceVersion(9, 5), 504, "Timeout", "Timeout: Too large resource version: 9, current: 5"],
    [internalError("x"), 500, "InternalError", "Internal error occurred: x"],
    [unclassified("x"), 500, "", "x"],
  ];
  for (const [error, code, reason, message] of rows) {
    t.is(error.status.code, code, message);
    t.is(String(error.status.reason ?? ""), reason, message);
    t.is(error.status.message, message);
    t.is(error.message, message);
  }
});

test("details name what the failure is about, and nothing empty", (t) => {
  t.deepEqual(notFound(DEPLOYMENTS, "a").status.details, { name: "a", group: "apps", kind: "deployments" });
  t.deepEqual(tooManyRequests("x", 3).status.details, { retryAfterSeconds: 3 });
  t.deepEqual(success(PODS, "a", "u"), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "a", kind: "pods", uid: "u" },
  });
});

test("findings become causes; one alone stands bare, several in brackets, equal ones once", (t) => {
  const kind = { group: "apps", kind: "Deployment" };
  const one = invalidObject(kind, "a", [required("spec.x", "must be set")]);
  t.is(one.message, 'Deployment.apps "a" is invalid: spec.x: Required value: must be set');
  const findings = [
    invalid("spec.n", -1, "must be positive"),
    invalid("spec.n", -1, "must be positive"),
    notSupported("spec.t", "z", ["a", "b"]),
    tooMany("spec.l", 5, 3),
    invalid("spec.s", omitted, "is secret"),
  ];
  const many = invalidObject(kind, "a", findings);
  t.is(
    many.message,
    'Deployment.apps "a" is invalid: [spec.n: Invalid value: -1: must be positive, ' +
      'spec.t: Unsupported value: "z": supported values: "a", "b", ' +
      "spec.l: Too many: 5: must have at most 3 items, " +
      "spec.s: Invalid value: is secret]",
  );
  t.is(many.status.details?.causes?.length, 5);
  t.deepEqual(many.status.details?.causes?.[2], {
    reason: "FieldValueNotSupported",
    message: 'Unsupported value: "z": supported values: "a", "b"',
    field: "spec.t",
  });
});

test("a continue token has the reference's form and comes back as it went", (t) => {
  const token = encodeContinue({ revision: 17, start: "ns/a\0" });
  const json = '{"v":"meta.k8s.io/v1","rv":17,"start":"ns/a\\u0000"}';
  t.is(Buffer.from(token, "base64url").toString(), json);
  t.deepEqual(decodeContinue(token), { revision: 17, start: "ns/a\0" });
  t.deepEqual(decodeContinue(encodeContinue({ revision: -1, start: "é" })), { revision: -1, start: "é" });
});

test("a token that nobody made is a 400 that says what is wrong with it", (t) => {
  const of = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const rows: readonly (readonly [string, RegExp])[] = [
    ["a=b", /illegal base64 data at input byte 1$/],
    ["AAAA", /is not valid/],
    [of([]), /is not valid/],
    [
      of({ v: "meta.k8s.io/v2", rv: 1, start: "a" }),
      /server does not recognize this encoded version "meta.k8s.io\/v2"$/,
    ],
    [of({ v: "meta.k8s.io/v1", start: "a" }), /incorrect encoded start resourceVersion/],
    [of({ v: "meta.k8s.io/v1", rv: 1 }), /encoded start key empty/],
    [of({ v: "meta.k8s.io/v1", rv: 1, start: "../secrets/" }), /is not valid/],
    [of({ v: "meta.k8s.io/v1", rv: 1.5, start: "a" }), /is not valid/],
  ];
  for (const [token, message] of rows) {
    const thrown = t.throws(() => decodeContinue(token), { instanceOf: StatusError }, token);
    t.is(thrown?.status.code, 400);
    t.regex(thrown?.message ?? "", message);
    t.regex(thrown?.message ?? "", /^invalid continue token: continue key is not valid: /);
  }
});

test("an expired continue carries the token to go on with", (t) => {
  const { status } = expiredContinue("too old", "token");
  t.like(status, { code: 410, reason: "Expired", metadata: { continue: "token" } });
});

test("JSON values are equal by structure; absent and undefined are the same, null is not", (t) => {
  t.true(jsonEqual({ a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] }));
  t.false(jsonEqual({ a: null }, {}));
  t.false(jsonEqual([1, 2], [2, 1]));
  t.false(jsonEqual({ toString: 1 }, {}));
  t.false(jsonEqual([], {}));
});
