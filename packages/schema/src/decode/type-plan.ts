/**
 * A TypeTable prepared for the decoder: number codes instead of words, references resolved, and what is
 * written when a field is absent. Made on first use and kept as long as its table.
 */
import type { FieldTable, TypeName, TypeTable, ValueTable, ValueType } from "../kind.ts";

/** Codes of the value types, ordered: TIME to STRUCT are what Go makes structs of. */
export const STRING = 0,
  BOOL = 1,
  INT = 2,
  DOUBLE = 3,
  BYTES = 4,
  TIME = 5,
  MICRO_TIME = 6,
  DURATION = 7,
  QUANTITY = 8,
  INT_OR_STRING = 9,
  RAW = 10,
  UNION = 11,
  STRUCT = 12,
  LIST = 13,
  MAP = 14;

const CODES: Readonly<Record<ValueType, number>> = {
  string: STRING,
  bool: BOOL,
  int32: INT,
  int64: INT,
  double: DOUBLE,
  bytes: BYTES,
  time: TIME,
  microTime: MICRO_TIME,
  duration: DURATION,
  quantity: QUANTITY,
  intOrString: INT_OR_STRING,
  raw: RAW,
  schemaOrBool: UNION,
  schemaOrArray: UNION,
  schemaOrStrings: UNION,
  struct: STRUCT,
  list: LIST,
  map: MAP,
};

/** Finds a struct by name. */
export type Resolve = (ref: TypeName) => TypeTable;

/** How one value is read. */
export class ValuePlan {
  readonly code: number;
  readonly table: ValueTable;
  readonly elem: ValuePlan | undefined;
  /** Bounds of an integer, inclusive. */
  readonly min: number;
  readonly max: number;
  readonly #resolve: Resolve;
  #struct: TypePlan | undefined;

  constructor(table: ValueTable, resolve: Resolve) {
    this.code = CODES[table.type];
    this.table = table;
    this.elem = table.elem === undefined ? undefined : new ValuePlan(table.elem, resolve);
    this.min = table.type === "int64" ? -(2 ** 63) : -(2 ** 31);
    this.max = table.type === "int64" ? 2 ** 63 : 2 ** 31 - 1;
    this.#resolve = resolve;
  }

  /** The plan of the struct it refers to (of JSONSchemaProps, for the unions). */
  get struct(): TypePlan {
    this.#struct ??= planOf(this.#resolve(structRef(this.table)), this.#resolve);
    return this.#struct;
  }
}

function structRef(table: ValueTable): TypeName {
  const ref = table.ref ?? "";
  return table.type === "struct" ? ref : `${ref.slice(0, ref.lastIndexOf("JSONSchemaProps"))}JSONSchemaProps`;
}

/** How one field is read, and whether it is left out. */
export class FieldPlan extends ValuePlan {
  readonly name: string;
  /** As Go names it in errors: embedded structs before it. */
  readonly goName: string;
  readonly index: number;
  readonly pointer: boolean;
  /** Zero and empty values are left out. */
  readonly omits: boolean;
  readonly omitsZeroTime: boolean;
  /** Something is written even where the field is absent. */
  readonly always: boolean;

  constructor(field: FieldTable, index: number, resolve: Resolve) {
    super(field.value, resolve);
    this.name = field.name;
    this.goName = field.embeddedIn === undefined ? field.name : `${field.embeddedIn}.${field.name}`;
    this.index = index;
    this.pointer = field.pointer;
    this.omits = field.omitEmpty;
    this.omitsZeroTime = field.omitZero;
    this.always = !field.omitZero && (field.omitEmpty ? !field.pointer && isGoStruct(this.code) : true);
  }
}

/** Go's omitempty never leaves out a struct, whatever JSON it is written as. */
function isGoStruct(code: number): boolean {
  return code >= TIME && code <= STRUCT;
}

/** How a struct is read. */
export class TypePlan {
  readonly type: TypeTable;
  readonly byName = new Map<string, FieldPlan>();
  /** Fields that are written even where they are absent, in order. */
  readonly always: FieldPlan[] = [];

  constructor(type: TypeTable, resolve: Resolve) {
    this.type = type;
    type.fields.forEach((field, index) => {
      const plan = new FieldPlan(field, index, resolve);
      this.byName.set(field.name, plan);
      if (plan.always) this.always.push(plan);
    });
  }
}

const plans = new WeakMap<TypeTable, TypePlan>();

/** The plan of a struct, made on the first call. */
export function planOf(type: TypeTable, resolve: Resolve): TypePlan {
  let plan = plans.get(type);
  if (plan === undefined) {
    plan = new TypePlan(type, resolve);
    plans.set(type, plan);
  }
  return plan;
}
