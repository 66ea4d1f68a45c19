import test from "ava";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  cloneJson,
  decodeJsonPatch,
  JSON_PATCH_COPY_BYTES_MAX,
  JSON_PATCH_OPERATIONS_MAX,
  type JsonObject,
  type PatchField,
  type PatchSchema,
  StatusError,
  unknownPatchField,
} from "../src/index.ts";
import { type PatchInput, type Row, reference } from "./support/reference.ts";

/** The patch strategies of the fields that the inputs touch, as they stand in the struct tags of a Pod. */
const STRATEGIES: Readonly<Record<string, readonly [string, string]>> = {
  containers: ["merge", "name"],
  initContainers: ["merge", "name"],
  env: ["merge", "name"],
  ports: ["merge", "containerPort"],
  volumes: ["merge,retainKeys", "name"],
  finalizers: ["merge", ""],
  ownerReferences: ["merge", "uid"],
};
const PLAIN = [
  "metadata",
  "labels",
  "spec",
  "command",
  "tolerations",
  "nodeSelector",
  "emptyDir",
  "hostPath",
];
const LEAVES = [
  "name",
  "image",
  "value",
  "containerPort",
  "protocol",
  "key",
  "operator",
  "uid",
  "path",
  "nodeName",
];

const schema: PatchSchema = {
  field(name: string): PatchField {
    const [strategies, mergeKey] = STRATEGIES[name] ?? ["", ""];
    if (!STRATEGIES[name] && !PLAIN.includes(name) && !LEAVES.includes(name))
      throw unknownPatchField(name, "v1.Pod");
    return { strategies: strategies === "" ? [] : strategies.split(","), mergeKey, schema };
  },
};

const apply = {
  json: ({ document, patch }: PatchInput) => applyJsonPatch(document, decodeJsonPatch(patch)),
  merge: ({ document, patch }: PatchInput) => applyMergePatch(document, patch),
  strategic: ({ document, patch }: PatchInput) => applyStrategicMergePatch(document, patch, schema),
};

for (const [kind, rows] of Object.entries(reference.patches)) {
  test(`${kind} patches do what the reference's do, and fail where they fail`, (t) => {
    for (const { input, output, error } of rows as readonly Row<PatchInput, JsonObject>[]) {
      const label = JSON.stringify(input.patch);
      const run = () => apply[kind as keyof typeof apply](cloneJson(input as never) as unknown as PatchInput);
      if (error !== undefined) t.throws(run, { instanceOf: StatusError }, `${label}: ${error}`);
      else t.deepEqual(run(), output!, label);
    }
  });
}

test("a JSON patch that can't be decoded is a 400, one that can't be applied a 422 that says why", (t) => {
  for (const body of [{}, "x", [1], [{ op: 1 }]]) {
    t.is(
      t.throws(() => decodeJsonPatch(body), { instanceOf: StatusError })?.status.code,
      400,
      JSON.stringify(body),
    );
  }
  const failed = t.throws(() => applyJsonPatch({}, [{ op: "remove", path: "/x" }]), {
    instanceOf: StatusError,
  });
  t.is(failed?.status.code, 422);
  t.regex(failed?.status.details?.causes?.[0]?.message ?? "", /remove operation|for path: '\/x'/);
});

test("a JSON patch is bounded in operations and in what it copies", (t) => {
  const many = Array.from({ length: JSON_PATCH_OPERATIONS_MAX + 1 }, () => ({
    op: "test",
    path: "/a",
    value: 1,
  }));
  t.is(t.throws(() => decodeJsonPatch(many), { instanceOf: StatusError })?.status.code, 413);
  const document = { a: "x".repeat(JSON_PATCH_COPY_BYTES_MAX / 2) };
  const copy = (to: string) => ({ op: "copy", from: "/a", path: to });
  t.throws(() => applyJsonPatch(document, [copy("/b"), copy("/c"), copy("/d")]), { instanceOf: StatusError });
});

test("no patch reaches a prototype", (t) => {
  const patch = JSON.parse(
    '{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}',
  ) as JsonObject;
  applyMergePatch({}, cloneJson(patch));
  applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  t.is(({} as JsonObject).polluted, undefined);
});

test("patches that are no objects are refused", (t) => {
  for (const patch of [[], "x", 1, null]) {
    t.is(t.throws(() => applyMergePatch({}, patch), { instanceOf: StatusError })?.status.code, 400);
    t.is(
      t.throws(() => applyStrategicMergePatch({}, patch, schema), { instanceOf: StatusError })?.status.code,
      400,
    );
  }
});
