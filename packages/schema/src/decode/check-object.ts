/**
 * Reads decoded JSON as a type of the tables and gives the object as the reference would write it again:
 * wrong JSON types are refused, unknown fields dropped and reported, nulls and empty omitempty values left
 * out, zero values of required fields filled in, quantities, times and base64 in canonical text, fields and
 * map keys in order.
 *
 * One pass, a fresh object; the input is not changed (values of `raw` fields are shared with it).
 *
 *   { spec: { replicas: null, foo: 1, selector: {} } }  ->  { metadata: {}, spec: { selector: {}, template: ... } }
 *                                                           unknownFields: ["spec.foo"]
 */
import {
  formatDuration,
  type JsonObject,
  type JsonValue,
  parseDuration,
  QuantityError,
} from "@quorate/object";
import type { TypeTable } from "../kind.ts";
import { canonicalBase64 } from "./base64-text.ts";
import { DecodeError } from "./decode-error.ts";
import { quantityText } from "./quantity-text.ts";
import { restoreMessage } from "./restore-message.ts";
import { timeErrorText } from "./time-error.ts";
import { canonicalMicroTime, canonicalTime } from "./time-text.ts";
import type { FieldPlan, Resolve, TypePlan, ValuePlan } from "./type-plan.ts";
import * as plan from "./type-plan.ts";

/** What was read, and what was left out of it. */
export interface CheckedObject {
  readonly object: JsonObject;
  /** Paths of dropped fields, in document order, each once: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
}

/** Bound: structs nested deeper than this are refused (only JSONSchemaProps can nest at all). */
const DEPTH_MAX = 1000;
/** Bound: the reference reports no more than this. */
const UNKNOWN_FIELDS_MAX = 100;
const NONE = Symbol("left out");

type Checked = JsonValue | undefined | typeof NONE;

/**
 * Throws DecodeError at the first value that does not fit. `resolve` finds structs, as SchemaRegistry.resolve
 * does.
 */
export function checkObject(type: TypeTable, value: unknown, resolve: Resolve): CheckedObject {
  const reader = new Reader();
  const object = reader.struct(plan.planOf(type, resolve), value, type.name.split(".").slice(-2).join("."));
  return { object, unknownFields: reader.unknown === undefined ? [] : [...reader.unknown] };
}

class Reader {
  unknown: Set<string> | undefined;
  /** Fields, list positions and map keys on the way to the value. */
  readonly #path: (FieldPlan | string | number)[] = [];
  #depth = 0;
  #owner: TypePlan | undefined;

  struct(type: TypePlan, value: unknown, goType: string): JsonObject {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (value === null) return this.#zeroStruct(type);
      throw this.#mismatch(value, goType, plan.STRUCT);
    }
    if (++this.#depth > DEPTH_MAX) throw new DecodeError("exceeded max depth", this.#pathText());
    const outer = this.#owner;
    const out: JsonObject = {};
    let ordered = true;
    let last = -1;
    const source = value as Record<string, unknown>;
    for (const key in source) {
      const field = type.byName.get(key);
      if (field === undefined) {
        this.#reportUnknown(key);
        continue;
      }
      this.#owner = type;
      this.#path.push(field);
      const checked = this.#field(field, source[key]);
      this.#path.pop();
      if (checked === NONE) continue;
      if (field.index < last) ordered = false;
      last = field.index;
      out[key] = checked as JsonValue;
    }
    for (const field of type.always) {
      if (source[field.name] !== undefined) continue;
      if (field.index < last) ordered = false;
      else last = field.index;
      out[field.name] = this.#zero(field);
    }
    this.#owner = outer;
    this.#depth--;
    return ordered ? out : inOrder(type, out);
  }

  #field(field: FieldPlan, value: unknown): Checked {
    if (value === null || value === undefined) {
      return field.always ? this.#zero(field) : NONE;
    }
    const checked = this.#value(field, value);
    if (!field.omits || field.pointer) {
      return checked;
    }
    switch (field.code) {
      case plan.STRING:
      case plan.BYTES:
        return checked === "" ? NONE : checked;
      case plan.BOOL:
        return checked === false ? NONE : checked;
      case plan.INT:
      case plan.DOUBLE:
        return checked === 0 ? NONE : checked;
      case plan.LIST:
        return (checked as unknown[]).length === 0 ? NONE : checked;
      case plan.MAP:
        return isEmpty(checked as JsonObject) ? NONE : checked;
      default:
        return checked;
    }
  }

  /** `value` is neither null nor undefined. */
  #value(of: ValuePlan, value: unknown): JsonValue {
    switch (of.code) {
      case plan.STRING:
        if (typeof value === "string") return value;
        break;
      case plan.BOOL:
        if (typeof value === "boolean") return value;
        break;
      case plan.INT:
        if (typeof value === "number") return this.#integer(of, value);
        break;
      case plan.DOUBLE:
        if (typeof value === "number") return value;
        break;
      case plan.STRUCT:
        return this.struct(of.struct, value, of.table.goType);
      case plan.LIST:
        return this.#list(of, value);
      case plan.MAP:
        return this.#map(of, value);
      case plan.RAW:
        return value as JsonValue;
      default:
        return this.#text(of, value);
    }
    throw this.#mismatch(value, of.table.goType, of.code);
  }

  #integer(of: ValuePlan, value: number): number {
    if (Number.isInteger(value) && value >= of.min && value <= of.max) return value === 0 ? 0 : value;
    const goType = of.code === plan.INT ? of.table.goType : "int32";
    const field = `Go struct field ${this.#fieldText()}`;
    const message = `json: cannot unmarshal number ${value} into ${field} of type ${goType}`;
    const isFraction = of.code === plan.INT && !Number.isInteger(value);
    const restored = isFraction ? `cannot convert float64 to ${goType}` : message;
    throw new DecodeError(message, this.#pathText(), restored);
  }

  #list(of: ValuePlan, value: unknown): JsonValue {
    if (!Array.isArray(value)) throw this.#mismatch(value, of.table.goType, of.code);
    const elem = of.elem!;
    const owner = this.#owner;
    const out: JsonValue[] = new Array(value.length);
    const at = this.#path.length;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      this.#path[at] = i;
      this.#owner = owner;
      out[i] = item === null || item === undefined ? this.#zero(elem) : this.#value(elem, item);
    }
    this.#path.length = at;
    return out;
  }

  #map(of: ValuePlan, value: unknown): JsonValue {
    if (typeof value !== "object" || Array.isArray(value)) {
      throw this.#mismatch(value, of.table.goType, of.code);
    }
    const elem = of.elem!;
    const owner = this.#owner;
    const source = value as Record<string, unknown>;
    const keys = Object.keys(source);
    if (!isSorted(keys)) keys.sort(byCodePoint);
    const out: JsonObject = {};
    const at = this.#path.length;
    for (const key of keys) {
      const item = source[key];
      this.#path[at] = key;
      this.#owner = owner;
      const checked = item === null || item === undefined ? this.#zero(elem) : this.#value(elem, item);
      if (key === "__proto__") defineOwn(out, key, checked);
      else out[key] = checked;
    }
    this.#path.length = at;
    return out;
  }

  #text(of: ValuePlan, value: unknown): JsonValue {
    switch (of.code) {
      case plan.TIME:
      case plan.MICRO_TIME:
        return this.#time(of, value);
      case plan.QUANTITY:
        return this.#quantity(value);
      case plan.INT_OR_STRING:
        if (typeof value === "string") return value;
        if (typeof value === "number") return this.#integer(of, value);
        throw this.#mismatch(value, "int32");
      case plan.BYTES:
        return this.#bytes(of, value);
      case plan.DURATION:
        return this.#duration(value);
      default:
        return this.#union(of, value);
    }
  }

  #time(of: ValuePlan, value: unknown): string {
    if (typeof value !== "string") throw this.#mismatch(value, "string");
    const isMicro = of.code === plan.MICRO_TIME;
    const text = isMicro ? canonicalMicroTime(value) : canonicalTime(value);
    if (text !== undefined) return text;
    throw new DecodeError(timeErrorText(value, isMicro), this.#pathText());
  }

  #quantity(value: unknown): string {
    try {
      if (typeof value === "string" || typeof value === "number") return quantityText(value);
      return quantityText(JSON.stringify(value));
    } catch (error) {
      if (error instanceof QuantityError) throw new DecodeError(error.message, this.#pathText());
      throw error;
    }
  }

  #bytes(of: ValuePlan, value: unknown): string {
    if (typeof value !== "string") throw this.#mismatch(value, of.table.goType, plan.LIST);
    const text = canonicalBase64(value);
    if (typeof text === "string") return text;
    const why = `illegal base64 data at input byte ${text}`;
    throw new DecodeError(why, this.#pathText(), `error decoding from json: ${why}`);
  }

  #duration(value: unknown): string {
    if (typeof value !== "string") throw this.#mismatch(value, "string");
    const nanoseconds = parseDuration(value);
    if (!Number.isNaN(nanoseconds)) return formatDuration(nanoseconds);
    throw new DecodeError(`time: invalid duration ${JSON.stringify(value)}`, this.#pathText());
  }

  /** The unions of JSONSchemaProps: a schema, or a boolean, a list of schemas, a list of strings. */
  #union(of: ValuePlan, value: unknown): JsonValue {
    if (of.table.type === "schemaOrBool") {
      if (typeof value === "boolean") return value;
      if (typeof value === "object" && !Array.isArray(value)) return this.#schema(of, value);
      throw new DecodeError("boolean or JSON schema expected", this.#pathText());
    }
    if (!Array.isArray(value)) return this.#schema(of, value);
    if (of.table.type === "schemaOrArray") return value.map((item: unknown) => this.#schema(of, item));
    return value.map((item: unknown) => {
      if (typeof item === "string") return item;
      throw this.#mismatch(item, "string");
    });
  }

  #schema(of: ValuePlan, value: unknown): JsonObject {
    return this.struct(of.struct, value, "v1.JSONSchemaProps");
  }

  #zeroStruct(type: TypePlan): JsonObject {
    const out: JsonObject = {};
    for (const field of type.always) out[field.name] = this.#zero(field);
    return out;
  }

  /** What Go writes for a value that was never set; null for what can be nil. */
  #zero(of: ValuePlan): JsonValue {
    if (of instanceof plan.FieldPlan && of.pointer) return null;
    switch (of.code) {
      case plan.STRING:
        return "";
      case plan.BOOL:
        return false;
      case plan.INT:
      case plan.DOUBLE:
      case plan.INT_OR_STRING:
        return 0;
      case plan.QUANTITY:
        return "0";
      case plan.DURATION:
        return "0s";
      case plan.STRUCT:
        return this.#zeroStruct(of.struct);
      default:
        return null;
    }
  }

  #reportUnknown(key: string): void {
    this.unknown ??= new Set();
    if (this.unknown.size >= UNKNOWN_FIELDS_MAX) return;
    const path = this.#pathText();
    this.unknown.add(path === "" ? key : `${path}.${key}`);
  }

  /** `code` is what was wanted, where maps are restored without JSON. */
  #mismatch(value: unknown, goType: string, code?: number): DecodeError {
    if (this.#owner === undefined) return this.#plainMismatch(value, goType);
    const field = `Go struct field ${this.#fieldText()}`;
    const message = `json: cannot unmarshal ${jsonWord(value)} into ${field} of type ${goType}`;
    const restored = code === undefined ? message : restoreMessage(code, value, goType);
    return new DecodeError(message, this.#pathText(), restored);
  }

  #plainMismatch(value: unknown, goType: string): DecodeError {
    const message = `json: cannot unmarshal ${jsonWord(value)} into Go value of type ${goType}`;
    return new DecodeError(message, this.#pathText());
  }

  /** The struct and the path of field names, as Go names a field: `DeploymentSpec.spec.replicas`. */
  #fieldText(): string {
    const fields = this.#path.filter((part) => part instanceof plan.FieldPlan);
    return `${this.#owner?.type.goName ?? ""}.${fields.map((field) => field.goName).join(".")}`;
  }

  #pathText(): string {
    let text = "";
    for (const part of this.#path) {
      if (typeof part === "number") text += `[${part}]`;
      else text += `${text === "" ? "" : "."}${typeof part === "string" ? part : part.name}`;
    }
    return text;
  }
}

/** A copy with its fields in the order of the type. */
function inOrder(type: TypePlan, object: JsonObject): JsonObject {
  const fields: FieldPlan[] = [];
  for (const key in object) fields.push(type.byName.get(key)!);
  fields.sort(byIndex);
  const out: JsonObject = {};
  for (const field of fields) out[field.name] = object[field.name];
  return out;
}

function byIndex(a: FieldPlan, b: FieldPlan): number {
  return a.index - b.index;
}

function isEmpty(map: JsonObject): boolean {
  for (const _ in map) return false;
  return true;
}

function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return false;
  return true;
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An assignment to `__proto__` would change the prototype; JSON may hold such a key. */
function defineOwn(out: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
}

function jsonWord(value: unknown): string {
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "number";
    case "boolean":
      return "bool";
    default:
      return "object";
  }
}
