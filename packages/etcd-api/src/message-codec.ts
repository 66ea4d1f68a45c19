/**
 * Protobuf messages by the generated table. A decoded message has every field: what is absent is its zero
 * value, an empty list, or undefined for messages and members of a oneof. 64-bit fields that name something
 * (leases, members) are bigint, the others numbers; a number beyond 2^53 loses its last digits, which no
 * revision or count ever reaches.
 *
 * Byte strings of a decoded message are views of its bytes.
 */
import Long from "long";
import protobuf from "protobufjs/minimal.js";
import { ENUMS, type FieldEntry, MESSAGES } from "./generated/etcd-messages.ts";
import type { MessageTypes } from "./generated/etcd-types.ts";

// Without it 64-bit fields would be read as doubles, before anyone could look at their halves.
protobuf.util.Long = Long;
protobuf.configure();

/** A message's full name. */
export type MessageName = keyof MessageTypes;

/** What may be encoded: fields may be left out. */
export type Partially<Value> = Value extends Uint8Array | bigint | string | number | boolean | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Partially<Item>[]
    : { readonly [Name in keyof Value]?: Partially<Value[Name]> };

/** A message to encode, or the bytes of one that is encoded already. */
export type Encodable<Name extends MessageName> = Partially<MessageTypes[Name]> | Uint8Array;

/** How one message is read and written. */
export interface MessageCodec<Name extends MessageName> {
  encode(message: Encodable<Name>): Buffer;
  decode(bytes: Uint8Array): MessageTypes[Name];
}

type Kind = "bool" | "bytes" | "string" | "int32" | "id" | "number" | "message";

/** A field, ready for the loops below. */
export interface FieldPlan {
  readonly name: string;
  readonly id: number;
  readonly type: string;
  readonly kind: Kind;
  readonly unsigned: boolean;
  readonly repeated: boolean;
  readonly oneof: string | undefined;
  readonly wireType: number;
}

/** A message, ready for the loops below; plans of the messages within are found when they are met. */
export interface MessagePlan {
  readonly fields: readonly FieldPlan[];
  readonly byId: readonly (FieldPlan | undefined)[];
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly empty: Readonly<Record<string, unknown>>;
}

type Loose = Record<string, unknown>;

/** As in the generator: bigint in the types. */
const ID_FIELDS = new Set(["lease", "ID", "cluster_id", "member_id", "memberID", "leader", "targetID"]);
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const NO_BYTES = Buffer.alloc(0);
/** Bound: messages within messages; a txn in a txn costs two. */
const DEPTH_MAX = 100;

const plans = new Map<string, MessagePlan>();

/** The plan of a message by its full name. */
export function planOf(name: string): MessagePlan {
  const known = plans.get(name);
  if (known) return known;
  const entries = MESSAGES[name];
  if (!entries) throw new Error(`no message is called ${name}`);
  const fields = Object.entries(entries).map(([field, entry]) => planField(field, entry));
  fields.sort((a, b) => a.id - b.id);
  const byId: (FieldPlan | undefined)[] = [];
  for (const field of fields) byId[field.id] = field;
  const plan = {
    fields,
    byId,
    byName: new Map(fields.map((field) => [field.name, field])),
    empty: Object.fromEntries(fields.map((field) => [field.name, zeroOf(field)])),
  };
  plans.set(name, plan);
  return plan;
}

function planField(name: string, entry: FieldEntry): FieldPlan {
  const kind = kindOf(name, entry.type);
  return {
    name,
    id: entry.id,
    type: entry.type,
    kind,
    unsigned: entry.type.startsWith("uint"),
    repeated: entry.repeated === true,
    oneof: entry.oneof,
    wireType: kind === "bytes" || kind === "string" || kind === "message" ? WIRE_BYTES : WIRE_VARINT,
  };
}

function kindOf(name: string, type: string): Kind {
  if (type === "bool" || type === "bytes" || type === "string") return type;
  if (type.endsWith("int64")) return ID_FIELDS.has(name) ? "id" : "number";
  return type.endsWith("int32") || type in ENUMS ? "int32" : "message";
}

function zeroOf({ kind, repeated, oneof }: FieldPlan): unknown {
  if (repeated) return [];
  if (oneof !== undefined || kind === "message") return undefined;
  switch (kind) {
    case "bool":
      return false;
    case "bytes":
      return NO_BYTES;
    case "string":
      return "";
    case "id":
      return 0n;
    default:
      return 0;
  }
}

/** The codec of a message by its full name. */
export function messageCodec<Name extends MessageName>(name: Name): MessageCodec<Name> {
  const plan = planOf(name);
  return {
    encode(message) {
      if (message instanceof Uint8Array) return Buffer.isBuffer(message) ? message : Buffer.from(message);
      const writer = protobuf.Writer.create();
      writeMessage(writer, plan, message as Loose);
      return writer.finish() as Buffer;
    },
    decode(bytes) {
      const reader = protobuf.Reader.create(bytes);
      return readMessage(reader, plan, bytes.length, 0) as unknown as MessageTypes[Name];
    },
  };
}

function writeMessage(writer: protobuf.Writer, plan: MessagePlan, message: Loose): void {
  for (const field of plan.fields) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (field.repeated) writeList(writer, field, value as readonly unknown[]);
    else if (field.oneof !== undefined || !isZero(field.kind, value)) writeField(writer, field, value);
  }
}

function isZero(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "bytes":
      return (value as Uint8Array).length === 0;
    case "id":
      return value === 0n;
    case "message":
      return false;
    default:
      return !value;
  }
}

function writeList(writer: protobuf.Writer, field: FieldPlan, values: readonly unknown[]): void {
  if (values.length === 0) return;
  if (field.wireType === WIRE_BYTES) {
    for (const value of values) writeField(writer, field, value);
    return;
  }
  writer.uint32((field.id << 3) | WIRE_BYTES).fork();
  for (const value of values) writeScalar(writer, field, value);
  writer.ldelim();
}

function writeField(writer: protobuf.Writer, field: FieldPlan, value: unknown): void {
  writer.uint32((field.id << 3) | field.wireType);
  if (field.kind !== "message") {
    writeScalar(writer, field, value);
    return;
  }
  writer.fork();
  writeMessage(writer, planOf(field.type), value as Loose);
  writer.ldelim();
}

function writeScalar(writer: protobuf.Writer, field: FieldPlan, value: unknown): void {
  switch (field.kind) {
    case "bool":
      writer.bool(value as boolean);
      break;
    case "bytes":
      writer.bytes(value as Uint8Array);
      break;
    case "string":
      writer.string(value as string);
      break;
    case "int32":
      if (field.unsigned) writer.uint32(value as number);
      else writer.int32(value as number);
      break;
    case "number":
      writer.int64(value as number);
      break;
    default:
      writer.uint64(bitsOf(BigInt(value as bigint)));
  }
}

/** The two halves, as the writer takes them. */
function bitsOf(value: bigint): never {
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low: Number(BigInt.asIntN(32, value)), high, unsigned: true } as never;
}

function readMessage(reader: protobuf.Reader, plan: MessagePlan, end: number, depth: number): Loose {
  if (depth > DEPTH_MAX) throw new RangeError("a message is nested too deeply");
  const message: Loose = { ...plan.empty };
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = plan.byId[tag >>> 3];
    if (!field) {
      reader.skipType(tag & 7);
      continue;
    }
    if (field.oneof !== undefined) clearOneof(message, plan, field);
    readField(reader, field, message, tag & 7, depth);
  }
  if (reader.pos !== end) throw new RangeError("a message is longer than its length");
  return message;
}

function readField(
  reader: protobuf.Reader,
  field: FieldPlan,
  into: Loose,
  wireType: number,
  depth: number,
): void {
  if (field.repeated && wireType === WIRE_BYTES && field.wireType === WIRE_VARINT) {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) push(into, field, readScalar(reader, field));
    return;
  }
  if (wireType !== field.wireType) {
    reader.skipType(wireType);
    return;
  }
  const value = field.kind === "message" ? readNested(reader, field, depth) : readScalar(reader, field);
  if (field.repeated) push(into, field, value);
  else into[field.name] = value;
}

function readNested(reader: protobuf.Reader, field: FieldPlan, depth: number): Loose {
  const length = reader.uint32();
  if (length > reader.len - reader.pos) throw new RangeError("a message is cut short");
  return readMessage(reader, planOf(field.type), reader.pos + length, depth + 1);
}

function push(into: Loose, field: FieldPlan, value: unknown): void {
  const list = into[field.name] as unknown[];
  // The empty list is shared by all messages.
  if (list.length === 0) into[field.name] = [value];
  else list.push(value);
}

/** Of a oneof, the last on the wire stands. */
function clearOneof(into: Loose, plan: MessagePlan, field: FieldPlan): void {
  for (const other of plan.fields) if (other.oneof === field.oneof) into[other.name] = undefined;
}

function readScalar(reader: protobuf.Reader, field: FieldPlan): unknown {
  switch (field.kind) {
    case "bool":
      return reader.bool();
    case "bytes":
      return reader.bytes();
    case "string":
      return reader.string();
    case "int32":
      return field.unsigned ? reader.uint32() : reader.int32();
    default: {
      const { low, high } = reader.int64() as unknown as { low: number; high: number };
      // Ids are unsigned throughout, though etcd declares some as int64: the bits are the same.
      if (field.kind === "id") return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      return (field.unsigned ? high >>> 0 : high) * 0x1_0000_0000 + (low >>> 0);
    }
  }
}
