/**
 * Messages of gnostic's OpenAPI documents, written of their JSON form by tables of fields. What a field's
 * message needs beyond JSON (a map as a list of named entries, a choice of two messages) is said by its
 * writer. All goes last to first, as the writer does.
 */
import type { JsonObject, JsonValue } from "@quorate/object";
import type { BackwardWriter } from "../protobuf/backward-writer.ts";

/** Writes a value as the field of a number. */
export type FieldWriter = (writer: BackwardWriter, number: number, value: JsonValue) => void;

/** `extensions` is the number of the vendor extensions (keys with `x-`); 0: none. */
export interface MessageTable {
  readonly fields: Readonly<Record<string, readonly [number: number, write: FieldWriter]>>;
  readonly extensions: number;
}

const LENGTH_DELIMITED = 2;
const FIXED64 = 1;

function tag(writer: BackwardWriter, field: number, wire: number): void {
  writer.unsigned(field * 8 + wire);
}

/** A field whose bytes `write` makes, with their length before them. */
export function nested(writer: BackwardWriter, field: number, write: () => void): void {
  const before = writer.length;
  write();
  writer.unsigned(writer.length - before);
  tag(writer, field, LENGTH_DELIMITED);
}

/** Last to first, as the writer goes. */
export function reversed<Value>(values: readonly Value[], each: (value: Value) => void): void {
  for (let i = values.length - 1; i >= 0; i--) each(values[i]!);
}

/** An entry of a map: its name, and what `value` writes behind it. */
export function named(writer: BackwardWriter, field: number, name: string, value: () => void): void {
  nested(writer, field, () => {
    value();
    string(writer, 1, name);
  });
}

/** Left out where it is empty, as protobuf does. */
export const string: FieldWriter = (writer, number, value) => {
  if (value === "") return;
  writer.string(value as string);
  tag(writer, number, LENGTH_DELIMITED);
};

/** Each of a list. */
export const strings: FieldWriter = (writer, number, value) =>
  reversed(value as string[], (one) => string(writer, number, one));

/** Left out where it is false. */
export const bool: FieldWriter = (writer, number, value) => {
  if (value !== true) return;
  writer.byte(1);
  tag(writer, number, 0);
};

/** An int64. */
export const integer: FieldWriter = (writer, number, value) => {
  writer.integer(value as number);
  tag(writer, number, 0);
};

/** A double. */
export const double: FieldWriter = (writer, number, value) => {
  writer.double(value as number);
  tag(writer, number, FIXED64);
};

/** Any: JSON is YAML too. */
export const any: FieldWriter = (writer, number, value) =>
  nested(writer, number, () => string(writer, 2, `${JSON.stringify(value)}\n`));

/** Each of a list. */
export const anys: FieldWriter = (writer, number, value) =>
  reversed(value as JsonValue[], (one) => any(writer, number, one));

/** A message; the table is asked for late, so that tables may name each other. */
export function message(table: () => MessageTable): FieldWriter {
  return (writer, number, value) =>
    nested(writer, number, () => writeMessage(writer, table(), value as JsonObject));
}

/** A choice: the thing itself under 1, or a reference to one under 2. */
export function orReference(inner: FieldWriter, reference: () => MessageTable): FieldWriter {
  return (writer, number, value) => {
    const isReference = typeof (value as JsonObject)["$ref"] === "string";
    nested(writer, number, () => {
      if (isReference) message(reference)(writer, 2, value);
      else inner(writer, 1, value);
    });
  };
}

/** A choice: the thing itself under 1, or true or false under 2. */
export function orBoolean(inner: FieldWriter): FieldWriter {
  return (writer, number, value) =>
    nested(writer, number, () => {
      if (typeof value === "boolean") bool(writer, 2, value);
      else inner(writer, 1, value);
    });
}

/** A message with nothing but one field. */
export function holding(inner: FieldWriter, field = 1): FieldWriter {
  return (writer, number, value) => nested(writer, number, () => inner(writer, field, value));
}

/** Each of a list. */
export function repeated(inner: FieldWriter): FieldWriter {
  return (writer, number, value) => reversed(value as JsonValue[], (one) => inner(writer, number, one));
}

/** A map as a list of { name = 1, value = 2 } under a field of a message of its own. */
export function namedMap(inner: FieldWriter, field = 1): FieldWriter {
  return (writer, number, value) =>
    nested(writer, number, () =>
      reversed(Object.entries(value as JsonObject), ([name, one]) =>
        named(writer, field, name, () => inner(writer, 2, one as JsonValue)),
      ),
    );
}

/** The fields of a message that its table knows, and its extensions; nothing around them. */
export function writeMessage(
  writer: BackwardWriter,
  { fields, extensions }: MessageTable,
  value: JsonObject,
): void {
  const entries = Object.entries(value);
  if (extensions > 0) {
    const vendor = entries.filter(([key]) => key.startsWith("x-"));
    reversed(vendor, ([key, content]) =>
      named(writer, extensions, key, () => any(writer, 2, content as JsonValue)),
    );
  }
  const known = entries.filter(([key, content]) => Object.hasOwn(fields, key) && content !== undefined);
  known.sort(([a], [b]) => fields[a]![0] - fields[b]![0]);
  reversed(known, ([key, content]) => fields[key]![1](writer, fields[key]![0], content as JsonValue));
}

/** As `namedMap`, one entry a slice, so that other work gets its turn between them. */
export function* namedSlices(
  writer: BackwardWriter,
  number: number,
  { inner, field }: { readonly inner: FieldWriter; readonly field: number },
  map: JsonObject,
): Generator<void, void> {
  const before = writer.length;
  for (const [name, value] of Object.entries(map).reverse()) {
    named(writer, field, name, () => inner(writer, 2, value as JsonValue));
    yield;
  }
  writer.unsigned(writer.length - before);
  tag(writer, number, LENGTH_DELIMITED);
}
