/**
 * A protobuf message as JSON of its type: any order of fields, unknown ones ignored, the last of a repeated
 * scalar wins, lists of numbers packed or not. The result is not normalised yet: zero values are in it.
 */
import { formatDuration, type JsonObject, type JsonValue } from "@quorate/object";
import { formatMicroseconds, formatSeconds } from "../decode/time-text.ts";
import type { TypeTable } from "../kind.ts";
import { badProtobuf, ForwardReader } from "./forward-reader.ts";
import {
  BYTES,
  type ProtoEntry,
  type ProtoPlan,
  type ProtoValue,
  protoPlanOf,
  type Resolve,
} from "./proto-plan.ts";

/** Bound: messages nested deeper than this are refused (only JSONSchemaProps can nest at all). */
const DEPTH_MAX = 1000;

/** Reads a whole message. Throws CodedError `BadProtobuf`. */
export function decodeMessage(type: TypeTable, bytes: Buffer, resolve: Resolve): JsonObject {
  const object: JsonObject = {};
  readStruct(new ForwardReader(bytes), bytes.length, protoPlanOf(type, resolve), object, 0);
  return object;
}

function readStruct(
  reader: ForwardReader,
  end: number,
  plan: ProtoPlan,
  into: JsonObject,
  depth: number,
): void {
  if (depth > DEPTH_MAX) throw badProtobuf("proto: message nested too deep");
  while (reader.at < end) {
    const tag = reader.unsigned(end);
    const entry = plan.byNumber.get(tag >>> 3);
    const wire = tag & 7;
    if (entry === undefined) {
      reader.skip(wire, end);
      continue;
    }
    const isPacked =
      wire === BYTES && entry.value.elem?.isNumber === true && entry.value.table.type === "list";
    if (wire !== (entry.tag & 7) && !isPacked) {
      throw badProtobuf(`proto: wrong wireType = ${wire} for field ${entry.name}`);
    }
    if (entry.field === undefined) {
      const until = reader.endOfValue(end);
      readStruct(reader, until, entry.value.struct, into, depth + 1);
    } else {
      readField(reader, end, entry, isPacked, into, depth);
    }
  }
}

function readField(
  reader: ForwardReader,
  end: number,
  entry: ProtoEntry,
  isPacked: boolean,
  into: JsonObject,
  depth: number,
): void {
  const { table, elem } = entry.value;
  if (table.type === "list" && !table.wrapped) {
    const list = (into[entry.name] as JsonValue[] | undefined) ?? [];
    into[entry.name] = list;
    if (!isPacked) {
      list.push(readValue(reader, end, elem!, depth));
      return;
    }
    const until = reader.endOfValue(end);
    while (reader.at < until) list.push(readValue(reader, until, elem!, depth));
    return;
  }
  if (table.type === "map") {
    const map = (into[entry.name] as JsonObject | undefined) ?? {};
    into[entry.name] = map;
    readMapEntry(reader, reader.endOfValue(end), elem!, map, depth);
    return;
  }
  into[entry.name] = readValue(reader, end, entry.value, depth);
}

function readMapEntry(
  reader: ForwardReader,
  end: number,
  elem: ProtoValue,
  map: JsonObject,
  depth: number,
): void {
  let key = "";
  let value: JsonValue = null;
  while (reader.at < end) {
    const tag = reader.unsigned(end);
    if (tag === 8 + BYTES) key = reader.string(end);
    else if (tag === 16 + elem.wire) value = readValue(reader, end, elem, depth);
    else reader.skip(tag & 7, end);
  }
  if (key === "__proto__") {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    map[key] = value;
  }
}

function readValue(reader: ForwardReader, end: number, of: ProtoValue, depth: number): JsonValue {
  switch (of.table.type) {
    case "string":
      return reader.string(end);
    case "bool":
      return reader.integer(end) !== 0;
    case "int32":
      return reader.integer(end) | 0;
    case "int64":
      return reader.integer(end);
    case "double":
      return reader.double(end);
    case "bytes":
      return reader.base64(end);
    default:
      return readMessage(reader, reader.endOfValue(end), of, depth);
  }
}

function readMessage(reader: ForwardReader, end: number, of: ProtoValue, depth: number): JsonValue {
  switch (of.table.type) {
    case "struct": {
      const object: JsonObject = {};
      readStruct(reader, end, of.struct, object, depth + 1);
      return object;
    }
    case "time":
    case "microTime":
      return readTime(reader, end, of.table.type === "microTime");
    case "quantity":
      return lastOf(reader, end, 1)?.toString("utf8") || "0";
    case "raw":
      return readRaw(lastOf(reader, end, 1));
    case "intOrString":
      return readIntOrString(reader, end);
    case "duration":
      return formatDuration(readNumbers(reader, end)[1] ?? 0);
    case "list": {
      const list: JsonValue[] = [];
      eachField(reader, end, (number) => {
        if (number !== 1) return false;
        list.push(readValue(reader, end, of.elem!, depth));
        return true;
      });
      return list;
    }
    default:
      return readUnion(reader, end, of, depth);
  }
}

/** Calls `read` for each field; it says whether it has read the value. */
function eachField(
  reader: ForwardReader,
  end: number,
  read: (number: number, wire: number) => boolean,
): void {
  while (reader.at < end) {
    const tag = reader.unsigned(end);
    if (!read(tag >>> 3, tag & 7)) reader.skip(tag & 7, end);
  }
}

function lastOf(reader: ForwardReader, end: number, wanted: number): Buffer | undefined {
  let found: Buffer | undefined;
  eachField(reader, end, (number, wire) => {
    if (number !== wanted || wire !== BYTES) return false;
    found = reader.bytes(end);
    return true;
  });
  return found;
}

/** The varint fields of a message by number. */
function readNumbers(reader: ForwardReader, end: number): Record<number, number> {
  const numbers: Record<number, number> = {};
  eachField(reader, end, (number, wire) => {
    if (wire !== 0) return false;
    numbers[number] = reader.integer(end);
    return true;
  });
  return numbers;
}

function readTime(reader: ForwardReader, end: number, isMicro: boolean): string | null {
  if (reader.at === end) return null;
  const { 1: seconds = 0, 2: nanos = 0 } = readNumbers(reader, end);
  return isMicro ? formatMicroseconds({ seconds, nanos }) : formatSeconds(seconds);
}

function readIntOrString(reader: ForwardReader, end: number): string | number {
  let isText = false;
  let number = 0;
  let text = "";
  eachField(reader, end, (field) => {
    if (field === 1) isText = reader.integer(end) === 1;
    else if (field === 2) number = reader.integer(end) | 0;
    else if (field === 3) text = reader.string(end);
    else return false;
    return true;
  });
  return isText ? text : number;
}

function readRaw(bytes: Buffer | undefined): JsonValue {
  if (bytes === undefined || bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    throw badProtobuf("an embedded object is no JSON");
  }
}

function readUnion(reader: ForwardReader, end: number, of: ProtoValue, depth: number): JsonValue {
  let isAllowed = false;
  let schema: JsonObject | undefined;
  const list: JsonValue[] = [];
  const kind = of.table.type;
  eachField(reader, end, (number, wire) => {
    if (kind === "schemaOrBool" && number === 1 && wire === 0) {
      isAllowed = reader.integer(end) !== 0;
      return true;
    }
    if (wire !== BYTES || number > 2) return false;
    if (kind === "schemaOrStrings" && number === 2) {
      list.push(reader.string(end));
      return true;
    }
    const object: JsonObject = {};
    readStruct(reader, reader.endOfValue(end), of.struct, object, depth + 1);
    if (kind === "schemaOrArray" && number === 2) list.push(object);
    else schema = object;
    return true;
  });
  if (schema !== undefined) return schema;
  return kind === "schemaOrBool" ? isAllowed : list;
}
