/** OpenAPI v3 in gnostic's messages. */
import type { JsonObject } from "@quorate/object";
import test from "ava";
import {
  builtinSchema,
  loadDescriptions,
  openApiV3Document,
  openApiV3Paths,
  openApiV3Protobuf,
} from "../src/index.ts";
import { fieldsOf, first } from "./support/protobuf-fields.ts";

const schema = builtinSchema();

async function documentAt(path: string): Promise<JsonObject> {
  return openApiV3Document(schema, await loadDescriptions(), path) as unknown as JsonObject;
}

function encode(document: JsonObject): Buffer {
  const writing = openApiV3Protobuf(document);
  for (;;) {
    const { done, value } = writing.next();
    if (done) return value;
  }
}

const names = (map: Buffer, number = 1) =>
  (fieldsOf(map).get(number) ?? []).map((entry) => first(entry, 1).toString());
const entryOf = (map: Buffer, name: string, number = 1) =>
  first(
    fieldsOf(map)
      .get(number)!
      .find((entry) => first(entry, 1).toString() === name)!,
    2,
  );

test("every document has its paths, and its schemas where it has some, in their order", async (t) => {
  for (const path of openApiV3Paths(schema)) {
    const document = await documentAt(path);
    const root = fieldsOf(encode(document));
    t.is(root.get(1)![0]!.toString(), document["openapi"] as string);
    t.deepEqual(names(root.get(4)![0]!), Object.keys(document["paths"] as JsonObject), path);
    const schemas = (document["components"] as JsonObject | undefined)?.["schemas"] as JsonObject | undefined;
    if (schemas) t.deepEqual(names(first(root.get(5)![0]!, 1)), Object.keys(schemas), path);
  }
});

test("an operation has its parameters, body and answers by media type", async (t) => {
  const root = encode(await documentAt("apis/apps/v1"));
  const item = fieldsOf(entryOf(first(root, 4), "/apis/apps/v1/namespaces/{namespace}/deployments"));
  const post = fieldsOf(item.get(6)![0]!);
  t.is(post.get(5)![0]!.toString(), "createAppsV1NamespacedDeployment");
  t.is(first(post.get(6)![0]!, 1, 1).toString(), "dryRun");
  const reference = "#/components/schemas/io.k8s.api.apps.v1.Deployment";
  t.is(first(entryOf(first(post.get(7)![0]!, 1, 2), "*/*"), 1, 2, 1).toString(), reference);
  const created = entryOf(post.get(8)![0]!, "201", 2);
  t.is(first(entryOf(first(created, 1, 3), "application/json"), 1, 2, 1).toString(), reference);
  t.true(post.get(13)!.some((extension) => first(extension, 1).toString() === "x-kubernetes-action"));
});

test("defaults have the form of their kind, and objects none", (t) => {
  const defaultOf = (value: unknown) => {
    const document = {
      openapi: "3.0.0",
      paths: {},
      components: { schemas: { a: { type: "object", default: value } } },
    };
    return [...first(entryOf(first(encode(document as JsonObject), 5, 1), "a"), 1, 33)];
  };
  t.deepEqual(defaultOf(1), [9, 0, 0, 0, 0, 0, 0, 240, 63]);
  t.deepEqual(defaultOf(false), [16, 0]);
  t.deepEqual(defaultOf(""), [26, 0]);
  t.deepEqual(defaultOf("x"), [26, 1, 120]);
  t.deepEqual(defaultOf({}), []);
});
