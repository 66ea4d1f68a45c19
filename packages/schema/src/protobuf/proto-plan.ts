/**
 * A TypeTable prepared for protobuf: tags instead of numbers, number codes instead of words, references
 * resolved on first use.
 */
import type { FieldTable, ProtoSlot, TypeName, TypeTable, ValueTable } from "../kind.ts";

/** Finds a struct by name. */
export type Resolve = (ref: TypeName) => TypeTable;

/** Wire types. */
export const VARINT = 0,
  FIXED64 = 1,
  BYTES = 2,
  FIXED32 = 5;

/** How one value is encoded. */
export class ProtoValue {
  readonly table: ValueTable;
  readonly elem: ProtoValue | undefined;
  readonly wire: number;
  /** A scalar of wire type varint or fixed64: a list of it may come packed. */
  readonly isNumber: boolean;
  readonly #resolve: Resolve;
  #struct: ProtoPlan | undefined;

  constructor(table: ValueTable, resolve: Resolve) {
    this.table = table;
    this.#resolve = resolve;
    this.elem = table.elem === undefined ? undefined : new ProtoValue(table.elem, resolve);
    const isVarint = table.type === "int32" || table.type === "int64" || table.type === "bool";
    this.isNumber = isVarint || table.type === "double";
    this.wire = isVarint ? VARINT : table.type === "double" ? FIXED64 : BYTES;
  }

  /** The struct, or JSONSchemaProps for the unions of apiextensions. */
  get struct(): ProtoPlan {
    if (this.#struct === undefined) {
      const ref = this.table.ref ?? "";
      const isStruct = this.table.type === "struct";
      const name = isStruct ? ref : ref.replace(/JSONSchemaPropsOr\w+$/, "JSONSchemaProps");
      this.#struct = protoPlanOf(this.#resolve(name), this.#resolve);
    }
    return this.#struct;
  }
}

/** One number of a message: a field, or an embedded struct whose fields are in the same JSON object. */
export class ProtoEntry {
  readonly number: number;
  readonly tag: number;
  readonly field: FieldTable | undefined;
  readonly value: ProtoValue;
  readonly name: string;
  readonly pointer: boolean;

  constructor(slot: ProtoSlot, resolve: Resolve) {
    const embedded: ValueTable = { type: "struct", ref: slot.embedded ?? "", goType: "" };
    this.number = slot.number;
    this.field = slot.field;
    this.value = new ProtoValue(slot.field?.value ?? embedded, resolve);
    this.name = slot.field?.name ?? "";
    this.pointer = slot.field?.pointer ?? false;
    const isRepeated = this.value.elem !== undefined && !this.value.table.wrapped;
    const isNumberList = isRepeated && this.value.table.type === "list" && this.value.elem!.isNumber;
    const wire = isNumberList ? this.value.elem!.wire : isRepeated ? BYTES : this.value.wire;
    this.tag = slot.number * 8 + wire;
  }
}

/** A message: its entries by number. */
export class ProtoPlan {
  readonly type: TypeTable;
  /** Ascending by number. */
  readonly entries: readonly ProtoEntry[];
  readonly byNumber = new Map<number, ProtoEntry>();

  constructor(type: TypeTable, resolve: Resolve) {
    this.type = type;
    this.entries = type.proto.map((slot) => new ProtoEntry(slot, resolve));
    for (const entry of this.entries) this.byNumber.set(entry.number, entry);
  }
}

const plans = new WeakMap<TypeTable, ProtoPlan>();

/** The plan of a struct, made on the first call. */
export function protoPlanOf(type: TypeTable, resolve: Resolve): ProtoPlan {
  let plan = plans.get(type);
  if (plan === undefined) {
    plan = new ProtoPlan(type, resolve);
    plans.set(type, plan);
  }
  return plan;
}
