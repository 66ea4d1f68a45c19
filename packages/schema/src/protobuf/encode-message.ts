/**
 * An object as a protobuf message, byte for byte as the reference's generated code writes it: plain scalars,
 * texts and structs always (zero where absent), pointers, lists and maps only when they are there, fields
 * ascending, map entries by key.
 */
import { type JsonObject, type JsonValue, parseDuration } from "@quorate/object";
import { parseInstant } from "../decode/time-text.ts";
import type { TypeTable } from "../kind.ts";
import { BackwardWriter } from "./backward-writer.ts";
import { type ProtoEntry, type ProtoPlan, type ProtoValue, protoPlanOf, type Resolve } from "./proto-plan.ts";

const TAG_1_BYTES = 0x0a;
const TAG_2_BYTES = 0x12;
const TAG_3_BYTES = 0x1a;
const TAG_1_VARINT = 0x08;
const TAG_2_VARINT = 0x10;
/** Where the reference's zero time would be: written as an empty message. */
const ZERO_TIME = "0001-01-01T00:00:00Z";

/** The message of a decoded, normalised object, without envelope. The caller owns the bytes. */
export function encodeMessage(type: TypeTable, object: JsonObject, resolve: Resolve): Buffer {
  const writer = new BackwardWriter();
  writeStruct(writer, protoPlanOf(type, resolve), object);
  return writer.finish();
}

function writeStruct(writer: BackwardWriter, plan: ProtoPlan, object: JsonObject): void {
  for (let i = plan.entries.length - 1; i >= 0; i--) {
    const entry = plan.entries[i]!;
    if (entry.field === undefined) {
      const before = writer.length;
      writeStruct(writer, entry.value.struct, object);
      writer.unsigned(writer.length - before);
      writer.unsigned(entry.tag);
      continue;
    }
    const value = object[entry.name];
    if (value === undefined || value === null) writeAbsent(writer, entry);
    else writePresent(writer, entry, value);
  }
}

/** What is not a pointer, list, map or byte string is written even when absent. */
function writeAbsent(writer: BackwardWriter, entry: ProtoEntry): void {
  if (entry.pointer) return;
  switch (entry.value.table.type) {
    case "list":
    case "map":
    case "bytes":
      return;
    default:
      writeValue(writer, entry.value, undefined);
      writer.unsigned(entry.tag);
  }
}

function writePresent(writer: BackwardWriter, entry: ProtoEntry, value: JsonValue): void {
  const { table, elem } = entry.value;
  if (table.type === "list" && !table.wrapped) {
    const list = value as JsonValue[];
    for (let i = list.length - 1; i >= 0; i--) {
      writeValue(writer, elem!, list[i] ?? undefined);
      writer.unsigned(entry.tag);
    }
    return;
  }
  if (table.type === "map") {
    writeMap(writer, entry, value as JsonObject);
    return;
  }
  writeValue(writer, entry.value, value);
  writer.unsigned(entry.tag);
}

function writeMap(writer: BackwardWriter, entry: ProtoEntry, map: JsonObject): void {
  const elem = entry.value.elem!;
  const keys = Object.keys(map).sort(byBytes);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i]!;
    const before = writer.length;
    const value = map[key] ?? undefined;
    if (value !== undefined || elem.table.type !== "bytes") {
      writeValue(writer, elem, value);
      writer.unsigned(2 * 8 + elem.wire);
    }
    writer.string(key);
    writer.byte(TAG_1_BYTES);
    writer.unsigned(writer.length - before);
    writer.unsigned(entry.tag);
  }
}

/** UTF-16 order is not byte order beyond the basic plane. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A value without its tag; undefined is Go's zero value. */
function writeValue(writer: BackwardWriter, of: ProtoValue, value: JsonValue | undefined): void {
  switch (of.table.type) {
    case "string":
      writer.string((value as string | undefined) ?? "");
      return;
    case "bool":
      writer.byte(value === true ? 1 : 0);
      return;
    case "int32":
    case "int64":
      writer.integer((value as number | undefined) ?? 0);
      return;
    case "double":
      writer.double((value as number | undefined) ?? 0);
      return;
    case "bytes":
      writer.base64((value as string | undefined) ?? "");
      return;
    default: {
      const before = writer.length;
      writeMessage(writer, of, value);
      writer.unsigned(writer.length - before);
    }
  }
}

function writeMessage(writer: BackwardWriter, of: ProtoValue, value: JsonValue | undefined): void {
  switch (of.table.type) {
    case "struct":
      writeStruct(writer, of.struct, (value as JsonObject | undefined) ?? {});
      return;
    case "time":
    case "microTime":
      writeTime(writer, value);
      return;
    case "quantity":
      writer.string((value as string | undefined) ?? "0");
      writer.byte(TAG_1_BYTES);
      return;
    case "intOrString":
      writeIntOrString(writer, value);
      return;
    case "duration":
      writer.integer(typeof value === "string" ? parseDuration(value) : 0);
      writer.byte(TAG_1_VARINT);
      return;
    case "raw":
      if (value === undefined) return;
      writer.string(JSON.stringify(value));
      writer.byte(TAG_1_BYTES);
      return;
    case "list":
      for (const item of [...((value as JsonValue[] | undefined) ?? [])].reverse()) {
        writeValue(writer, of.elem!, item ?? undefined);
        writer.byte(TAG_1_BYTES);
      }
      return;
    default:
      writeUnion(writer, of, value);
  }
}

function writeTime(writer: BackwardWriter, value: JsonValue | undefined): void {
  const instant = typeof value === "string" && value !== ZERO_TIME ? parseInstant(value) : undefined;
  if (instant === undefined) return;
  writer.integer(instant.nanos);
  writer.byte(TAG_2_VARINT);
  writer.integer(instant.seconds);
  writer.byte(TAG_1_VARINT);
}

function writeIntOrString(writer: BackwardWriter, value: JsonValue | undefined): void {
  const isText = typeof value === "string";
  writer.string(isText ? value : "");
  writer.byte(TAG_3_BYTES);
  writer.integer(typeof value === "number" ? value : 0);
  writer.byte(TAG_2_VARINT);
  writer.byte(isText ? 1 : 0);
  writer.byte(TAG_1_VARINT);
}

/**
 * JSONSchemaPropsOrBool { 1 allows, 2 schema }, …OrArray { 1 schema, 2 schemas }, …OrStringArray { 1 schema,
 * 2 texts }.
 */
function writeUnion(writer: BackwardWriter, of: ProtoValue, value: JsonValue | undefined): void {
  if (of.table.type === "schemaOrBool") {
    const isSchema = typeof value === "object" && value !== null;
    if (isSchema) writeSchema(writer, of, value, TAG_2_BYTES);
    writer.byte(isSchema || value === true ? 1 : 0);
    writer.byte(TAG_1_VARINT);
    return;
  }
  if (!Array.isArray(value)) {
    if (value !== undefined && value !== null) writeSchema(writer, of, value, TAG_1_BYTES);
    return;
  }
  for (const item of [...value].reverse()) {
    if (typeof item !== "string") {
      writeSchema(writer, of, item, TAG_2_BYTES);
      continue;
    }
    writer.string(item);
    writer.byte(TAG_2_BYTES);
  }
}

function writeSchema(writer: BackwardWriter, of: ProtoValue, value: JsonValue, tag: number): void {
  const before = writer.length;
  writeStruct(writer, of.struct, value as JsonObject);
  writer.unsigned(writer.length - before);
  writer.byte(tag);
}
