import type { JsonObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, loadDescriptions, openApiV2Document, openApiV2Protobuf } from "../src/index.ts";
import { fieldsOf, first } from "./support/protobuf-fields.ts";

function encode(document: JsonObject): Buffer {
  const writing = openApiV2Protobuf(document);
  for (;;) {
    const { done, value } = writing.next();
    if (done) return value;
  }
}

test("the protobuf document has every path, definition and parameter of the JSON one, in its order", async (t) => {
  const document = openApiV2Document(builtinSchema(), await loadDescriptions());
  const root = fieldsOf(encode(document));
  t.is(root.get(1)![0]!.toString(), "2.0");
  const names = (section: Buffer, number: number) =>
    fieldsOf(section)
      .get(number)!
      .map((entry) => first(entry, 1).toString());
  t.deepEqual(names(root.get(8)![0]!, 2), Object.keys(document["paths"] as JsonObject));
  t.deepEqual(names(root.get(9)![0]!, 1), Object.keys(document["definitions"] as JsonObject));
  t.deepEqual(names(root.get(10)![0]!, 1), Object.keys(document["parameters"] as JsonObject));
});

test("a definition keeps its kinds, fields, references and required fields", async (t) => {
  const document = openApiV2Document(builtinSchema(), await loadDescriptions());
  const name = "io.k8s.api.core.v1.PodList";
  const definition = (document["definitions"] as JsonObject)[name] as JsonObject;
  const root = fieldsOf(encode(document));
  const entry = fieldsOf(root.get(9)![0]!)
    .get(1)!
    .find((one) => first(one, 1).toString() === name)!;
  const schema = fieldsOf(first(entry, 2));
  t.is(schema.get(4)![0]!.toString(), definition["description"] as string);
  t.deepEqual(
    schema.get(19)!.map((field) => field.toString()),
    definition["required"],
  );
  t.is(first(schema.get(22)![0]!, 1).toString(), "object");
  const extension = schema.get(31)![0]!;
  t.is(first(extension, 1).toString(), "x-kubernetes-group-version-kind");
  t.deepEqual(JSON.parse(first(extension, 2, 2).toString()), definition["x-kubernetes-group-version-kind"]);
  const items = fieldsOf(schema.get(25)![0]!)
    .get(1)!
    .find((field) => first(field, 1).toString() === "items")!;
  t.is(first(items, 2, 23, 1, 1).toString(), "#/definitions/io.k8s.api.core.v1.Pod");
});
