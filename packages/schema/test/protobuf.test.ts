import type { JsonObject } from "@quorate/object";
import test from "ava";
import {
  builtinSchema,
  checkObject,
  decodeProtobuf,
  encodeMessage,
  encodeProtobuf,
  encodeProtobufList,
  encodeWatchFrame,
  hasProtobuf,
  parseApiVersion,
  unwrapProtobuf,
} from "../src/index.ts";
import { type CodecRow, type DecodeRow, readFixture } from "./support/fixture.ts";

const schema = builtinSchema();
const resolve = (ref: string) => schema.resolve(ref);

function gvkOf(object: JsonObject) {
  return { ...parseApiVersion(object.apiVersion as string)!, kind: object.kind as string };
}

for (const row of readFixture<CodecRow>("codec")) {
  const object = JSON.parse(row.json) as JsonObject;
  const title = `${object.apiVersion} ${object.kind}`;
  test(`a filled ${title} is encoded to the reference's bytes`, (t) => {
    t.is(encodeProtobuf(schema, gvkOf(object), object).toString("base64"), row.proto);
  });
  test(`a filled ${title} is read from the reference's bytes`, (t) => {
    const read = decodeProtobuf(schema, Buffer.from(row.proto, "base64"));
    t.is(JSON.stringify(read), JSON.stringify(object));
  });
}

for (const [i, row] of readFixture<DecodeRow>("decode").entries()) {
  if (row.decoded === undefined || row.proto === undefined) continue;
  const object = checkObject(
    schema.typeOf(gvkOf(JSON.parse(row.input))),
    JSON.parse(row.input),
    resolve,
  ).object;
  const title = `${i}: ${row.input.slice(0, 120)}`;
  test(`input ${title} is encoded to the reference's bytes`, (t) => {
    t.is(encodeProtobuf(schema, gvkOf(object), object).toString("base64"), row.proto!);
  });
  test(`bytes of input ${title} are read and give the same bytes again`, (t) => {
    const read = decodeProtobuf(schema, Buffer.from(row.proto!, "base64"));
    t.is(encodeProtobuf(schema, gvkOf(read), read).toString("base64"), row.proto!);
  });
}

const configMap = { group: "", version: "v1", kind: "ConfigMap" };
const small: JsonObject = { metadata: { name: "a", uid: "x" }, data: { k: "v" } };

test("a list made of encoded items has the bytes of the list encoded at once", (t) => {
  const list = { group: "", version: "v1", kind: "ConfigMapList" };
  const metadata = { resourceVersion: "7", continue: "c" };
  const item = encodeMessage(schema.typeOf(configMap), small, resolve);
  const whole = encodeProtobuf(schema, list, { metadata, items: [small, small] });
  t.deepEqual(encodeProtobufList(schema, list, metadata, [item, item]), whole);
});

test("a watch frame is a length, then an event around the object", (t) => {
  const object = encodeProtobuf(schema, configMap, small);
  const frame = encodeWatchFrame("ADDED", object);
  t.is(frame.readUInt32BE(0), frame.length - 4);
  t.is(frame.subarray(4, 11).toString("latin1"), "\n\u0005ADDED");
  t.deepEqual(frame.subarray(frame.length - object.length), object);
});

test("unknown fields are passed over", (t) => {
  const { message } = unwrapProtobuf(encodeProtobuf(schema, configMap, small));
  const extra = Buffer.from([0xfa, 0x3f, 2, 1, 2, 0xf0, 0x3f, 0x96, 1]);
  const wrapped = Buffer.concat([
    Buffer.from("k8s\0"),
    Buffer.from([0x12]),
    lengthOf(message.length + extra.length),
    extra,
    message,
  ]);
  const read = decodeProtobuf(schema, wrapped, configMap);
  t.deepEqual(read.data, { k: "v" });
});

function lengthOf(length: number): Buffer {
  return length < 128 ? Buffer.from([length]) : Buffer.from([(length & 127) | 128, length >> 7]);
}

test("every cut of a message is refused or read, never more", (t) => {
  const bytes = encodeProtobuf(schema, configMap, small);
  for (let end = 0; end < bytes.length; end++) {
    try {
      decodeProtobuf(schema, bytes.subarray(0, end), configMap);
    } catch (error) {
      t.is((error as { code?: string }).code, "BadProtobuf", String(error));
    }
  }
  t.throws(() => decodeProtobuf(schema, Buffer.from("{}")), { code: "BadProtobuf" });
});

test("kinds without field numbers have no protobuf", (t) => {
  t.false(hasProtobuf(schema, { group: "meta.k8s.io", version: "v1", kind: "Table" }));
  t.true(hasProtobuf(schema, configMap));
});
