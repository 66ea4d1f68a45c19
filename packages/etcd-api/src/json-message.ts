/**
 * Messages as the JSON of etcd's gateway: field names as in the .proto (camelCase is understood too), bytes
 * as base64, 64-bit numbers as strings, enums by name; zero values are left out and unknown fields passed
 * over.
 */
import { ENUMS } from "./generated/etcd-messages.ts";
import { type FieldPlan, type MessagePlan, planOf } from "./message-codec.ts";
import { GRPC, RpcError } from "./rpc-error.ts";

type Json = Record<string, unknown>;

/** Bound: messages within messages. */
const DEPTH_MAX = 100;

/** A decoded message as JSON. */
export function toJson(name: string, message: object): Json {
  const json: Json = {};
  for (const field of planOf(name).fields) {
    const value = (message as Json)[field.name];
    if (value === undefined || value === null) continue;
    if (field.repeated) {
      const list = value as readonly unknown[];
      if (list.length > 0) json[field.name] = list.map((item) => valueToJson(field, item));
    } else if (field.oneof !== undefined || !isZero(value)) json[field.name] = valueToJson(field, value);
  }
  return json;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return !value;
}

function valueToJson(field: FieldPlan, value: unknown): unknown {
  switch (field.kind) {
    case "bytes":
      return Buffer.from(value as Uint8Array).toString("base64");
    case "id":
      return (
        field.unsigned ? BigInt(value as bigint) : BigInt.asIntN(64, BigInt(value as bigint))
      ).toString();
    case "number":
      return String(value);
    case "int32": {
      const names = ENUMS[field.type];
      if (!names) return value;
      return Object.keys(names).find((name) => names[name] === value) ?? value;
    }
    case "message":
      return toJson(field.type, value as object);
    default:
      return value;
  }
}

/** A message of JSON, every field of it. Throws INVALID_ARGUMENT naming the field. */
export function fromJson(name: string, json: unknown, path = "", depth = 0): object {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalid(path || "the body", "must be an object");
  }
  if (depth > DEPTH_MAX) throw invalid(path, "is nested too deeply");
  const plan = planOf(name);
  const message: Json = { ...plan.empty };
  for (const [key, value] of Object.entries(json)) {
    const field = plan.byName.get(key) ?? byJsonName(plan).get(key);
    if (!field || value === null) continue;
    const where = path ? `${path}.${key}` : key;
    if (!field.repeated) message[field.name] = valueFromJson(field, value, where, depth);
    else {
      if (!Array.isArray(value)) throw invalid(where, "must be a list");
      message[field.name] = value.map((item, at) => valueFromJson(field, item, `${where}[${at}]`, depth));
    }
  }
  return message;
}

const jsonNames = new WeakMap<MessagePlan, Map<string, FieldPlan>>();

function byJsonName(plan: MessagePlan): Map<string, FieldPlan> {
  const known = jsonNames.get(plan);
  if (known) return known;
  const camel = (name: string) =>
    name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const names = new Map(plan.fields.map((field) => [camel(field.name), field]));
  jsonNames.set(plan, names);
  return names;
}

function valueFromJson(field: FieldPlan, value: unknown, where: string, depth: number): unknown {
  switch (field.kind) {
    case "bytes":
      if (typeof value !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
        throw invalid(where, "must be base64");
      return Buffer.from(value, "base64");
    case "bool":
      if (typeof value !== "boolean") throw invalid(where, "must be true or false");
      return value;
    case "string":
      if (typeof value !== "string") throw invalid(where, "must be a string");
      return value;
    case "message":
      return fromJson(field.type, value, where, depth + 1);
    case "int32":
      return enumOrNumber(field, value, where);
    default: {
      if (!/^-?\d{1,20}$/.test(String(value))) throw invalid(where, "must be an integer");
      const integer = BigInt(String(value));
      return field.kind === "id" ? BigInt.asUintN(64, integer) : Number(integer);
    }
  }
}

function enumOrNumber(field: FieldPlan, value: unknown, where: string): number {
  const named = typeof value === "string" ? ENUMS[field.type]?.[value] : undefined;
  const number = named ?? Number(value);
  if (!Number.isInteger(number))
    throw invalid(where, `must be one of ${Object.keys(ENUMS[field.type] ?? {}).join(", ")}`);
  return number;
}

function invalid(where: string, what: string): RpcError {
  return new RpcError(GRPC.INVALID_ARGUMENT, `proto: ${where} ${what}`);
}
