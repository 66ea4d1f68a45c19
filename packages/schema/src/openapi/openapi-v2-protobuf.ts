/**
 * The OpenAPI v2 document as protobuf, in gnostic's openapi.v2 messages: what kubectl asks for where it
 * validates kinds that no OpenAPI v3 document has, such as a List. Made of the JSON document by a table of
 * fields; what a field's message needs beyond that (a map as a list of named entries, a choice of two
 * messages) is said by its type.
 */
import type { JsonObject, JsonValue } from "@quorate/object";
import { BackwardWriter } from "../protobuf/backward-writer.ts";

/** A message of the table, or one of the forms that JSON has and protobuf writes in another way. */
type FieldType =
  | "string"
  | "strings"
  | "bool"
  | "any"
  | "anys"
  | "typeItem"
  | "items"
  | "additionalProperties"
  | "parameters"
  | "parameter"
  | "schemaItem"
  | "responses"
  | "security"
  | { readonly message: string }
  /** A map as a list of { name = 1, value = 2 } under field 1 of a message of its own. */
  | { readonly named: FieldType };

type Fields = Readonly<Record<string, readonly [number: number, type: FieldType]>>;

/** `extensions` is the number of the vendor extensions (keys with `x-`); 0: none. */
interface MessageTable {
  readonly fields: Fields;
  readonly extensions: number;
}

/** Parameters of a path, and likewise of a header and of a form, differ in one field only. */
const PATH_PARAMETER: Fields = {
  required: [1, "bool"],
  in: [2, "string"],
  description: [3, "string"],
  name: [4, "string"],
  type: [5, "string"],
  format: [6, "string"],
  default: [9, "any"],
  uniqueItems: [19, "bool"],
};

const QUERY_PARAMETER: Fields = {
  required: [1, "bool"],
  in: [2, "string"],
  description: [3, "string"],
  name: [4, "string"],
  type: [6, "string"],
  format: [7, "string"],
  default: [10, "any"],
  uniqueItems: [20, "bool"],
};

const OPERATION = { message: "Operation" } as const;
const SCHEMA = { message: "Schema" } as const;

const MESSAGES: Readonly<Record<string, MessageTable>> = {
  Document: {
    fields: {
      swagger: [1, "string"],
      info: [2, { message: "Info" }],
      parameters: [10, { named: "parameter" }],
      security: [12, "security"],
      securityDefinitions: [13, { named: { message: "SecurityDefinition" } }],
    },
    extensions: 16,
  },
  Info: {
    fields: { title: [1, "string"], version: [2, "string"], description: [3, "string"] },
    extensions: 7,
  },
  PathItem: {
    fields: {
      get: [2, OPERATION],
      put: [3, OPERATION],
      post: [4, OPERATION],
      delete: [5, OPERATION],
      options: [6, OPERATION],
      head: [7, OPERATION],
      patch: [8, OPERATION],
      parameters: [9, "parameters"],
    },
    extensions: 10,
  },
  Operation: {
    fields: {
      tags: [1, "strings"],
      summary: [2, "string"],
      description: [3, "string"],
      operationId: [5, "string"],
      produces: [6, "strings"],
      consumes: [7, "strings"],
      parameters: [8, "parameters"],
      responses: [9, "responses"],
      schemes: [10, "strings"],
      deprecated: [11, "bool"],
    },
    extensions: 13,
  },
  BodyParameter: {
    fields: {
      description: [1, "string"],
      name: [2, "string"],
      in: [3, "string"],
      required: [4, "bool"],
      schema: [5, SCHEMA],
    },
    extensions: 6,
  },
  PathParameter: { fields: PATH_PARAMETER, extensions: 22 },
  QueryParameter: { fields: QUERY_PARAMETER, extensions: 23 },
  JsonReference: { fields: { $ref: [1, "string"], description: [2, "string"] }, extensions: 0 },
  Response: { fields: { description: [1, "string"], schema: [2, "schemaItem"] }, extensions: 5 },
  Schema: {
    fields: {
      $ref: [1, "string"],
      format: [2, "string"],
      title: [3, "string"],
      description: [4, "string"],
      default: [5, "any"],
      required: [19, "strings"],
      enum: [20, "anys"],
      additionalProperties: [21, "additionalProperties"],
      type: [22, "typeItem"],
      items: [23, "items"],
      properties: [25, { named: SCHEMA }],
    },
    extensions: 31,
  },
  ApiKey: {
    fields: { type: [1, "string"], name: [2, "string"], in: [3, "string"], description: [4, "string"] },
    extensions: 5,
  },
};

/** The two large maps: number in the document, of an entry in its message, and what an entry holds. */
const PATHS = [8, 2, { message: "PathItem" }] as const;
const DEFINITIONS = [9, 1, SCHEMA] as const;
const LENGTH_DELIMITED = 2;

type Write = (writer: BackwardWriter) => void;

function tag(writer: BackwardWriter, field: number, wire: number): void {
  writer.unsigned(field * 8 + wire);
}

/** A field whose bytes `write` makes, with their length before them. */
function nested(writer: BackwardWriter, field: number, write: Write): void {
  const before = writer.length;
  write(writer);
  writer.unsigned(writer.length - before);
  tag(writer, field, LENGTH_DELIMITED);
}

function text(writer: BackwardWriter, field: number, value: string): void {
  if (value === "") return;
  writer.string(value);
  tag(writer, field, LENGTH_DELIMITED);
}

/** Any: JSON is YAML too. */
function any(writer: BackwardWriter, field: number, value: unknown): void {
  nested(writer, field, () => text(writer, 2, `${JSON.stringify(value)}\n`));
}

/** Last to first, as the writer goes. */
function reversed<Value>(values: readonly Value[], each: (value: Value) => void): void {
  for (let i = values.length - 1; i >= 0; i--) each(values[i]!);
}

function named(writer: BackwardWriter, field: number, name: string, value: Write): void {
  nested(writer, field, () => {
    value(writer);
    text(writer, 1, name);
  });
}

function namedEntries(writer: BackwardWriter, map: JsonObject, type: FieldType): void {
  reversed(Object.entries(map), ([name, value]) => {
    named(writer, 1, name, () => field(writer, 2, type, value as JsonValue));
  });
}

/** Parameter: the body's, or one of the others by where it is. */
function parameter(writer: BackwardWriter, value: JsonObject): void {
  if (value["in"] === "body") {
    nested(writer, 1, () => message(writer, "BodyParameter", value));
    return;
  }
  nested(writer, 2, () => {
    if (value["in"] === "path") nested(writer, 4, () => message(writer, "PathParameter", value));
    else nested(writer, 3, () => message(writer, "QueryParameter", value));
  });
}

function parameterItem(writer: BackwardWriter, fieldNumber: number, value: JsonObject): void {
  nested(writer, fieldNumber, () => {
    if (typeof value["$ref"] === "string") nested(writer, 2, () => message(writer, "JsonReference", value));
    else nested(writer, 1, () => parameter(writer, value));
  });
}

function responses(writer: BackwardWriter, map: JsonObject): void {
  reversed(Object.entries(map), ([code, value]) => {
    named(writer, 1, code, () =>
      nested(writer, 2, () => nested(writer, 1, () => message(writer, "Response", value as JsonObject))),
    );
  });
}

function security(writer: BackwardWriter, fieldNumber: number, list: readonly JsonObject[]): void {
  reversed(list, (requirement) =>
    nested(writer, fieldNumber, () =>
      reversed(Object.entries(requirement), ([name, scopes]) =>
        named(writer, 1, name, () =>
          nested(writer, 2, () => reversed(scopes as string[], (scope) => text(writer, 1, scope))),
        ),
      ),
    ),
  );
}

type FieldWriter = (writer: BackwardWriter, number: number, value: JsonValue) => void;

/** A message that holds nothing but a schema, under field 1. */
const holdsSchema: FieldWriter = (writer, number, value) =>
  nested(writer, number, () => field(writer, 1, SCHEMA, value));

const WRITERS: Readonly<Record<Extract<FieldType, string>, FieldWriter>> = {
  string: (writer, number, value) => text(writer, number, value as string),
  strings: (writer, number, value) => reversed(value as string[], (one) => text(writer, number, one)),
  bool: (writer, number, value) => {
    if (value !== true) return;
    writer.byte(1);
    tag(writer, number, 0);
  },
  any,
  anys: (writer, number, value) => reversed(value as JsonValue[], (one) => any(writer, number, one)),
  typeItem: (writer, number, value) => {
    const names = Array.isArray(value) ? (value as string[]) : [value as string];
    nested(writer, number, () => reversed(names, (one) => text(writer, 1, one)));
  },
  items: holdsSchema,
  schemaItem: holdsSchema,
  additionalProperties: (writer, number, value) => {
    if (typeof value === "boolean") nested(writer, number, () => field(writer, 2, "bool", value));
    else holdsSchema(writer, number, value);
  },
  parameter: (writer, number, value) => nested(writer, number, () => parameter(writer, value as JsonObject)),
  parameters: (writer, number, value) =>
    reversed(value as JsonObject[], (one) => parameterItem(writer, number, one)),
  responses: (writer, number, value) => nested(writer, number, () => responses(writer, value as JsonObject)),
  security: (writer, number, value) => security(writer, number, value as JsonObject[]),
};

function field(writer: BackwardWriter, number: number, type: FieldType, value: JsonValue): void {
  if (typeof type === "string") WRITERS[type](writer, number, value);
  else if ("named" in type) {
    nested(writer, number, () => namedEntries(writer, value as JsonObject, type.named));
  } else {
    nested(writer, number, () => message(writer, type.message, value as JsonObject));
  }
}

function message(writer: BackwardWriter, name: string, value: JsonObject): void {
  // SecurityDefinitionsItem is a choice; an API key is the only kind that is published.
  if (name === "SecurityDefinition") {
    nested(writer, 2, () => message(writer, "ApiKey", value));
    return;
  }
  const { fields, extensions } = MESSAGES[name]!;
  const entries = Object.entries(value);
  if (extensions > 0) {
    const vendor = entries.filter(([key]) => key.startsWith("x-"));
    reversed(vendor, ([key, content]) => named(writer, extensions, key, () => any(writer, 2, content)));
  }
  const known = entries.filter(([key, content]) => key in fields && content !== undefined);
  known.sort(([a], [b]) => fields[a]![0] - fields[b]![0]);
  reversed(known, ([key, content]) => field(writer, fields[key]![0], fields[key]![1], content as JsonValue));
}

/** A large map, one entry a slice. */
function* slices(
  writer: BackwardWriter,
  [number, entryNumber, type]: readonly [number: number, entryNumber: number, type: FieldType],
  map: JsonObject,
): Generator<void, void> {
  const before = writer.length;
  for (const [name, value] of Object.entries(map).reverse()) {
    named(writer, entryNumber, name, () => field(writer, 2, type, value as JsonValue));
    yield;
  }
  writer.unsigned(writer.length - before);
  tag(writer, number, LENGTH_DELIMITED);
}

/**
 * The bytes of the document. Yields between its parts, so that the caller can give other work its turn; the
 * generator's return value is the result.
 */
export function* openApiV2Protobuf(document: JsonObject): Generator<void, Buffer> {
  const { swagger, info, paths, definitions, ...rest } = document;
  const writer = new BackwardWriter();
  message(writer, "Document", rest);
  yield* slices(writer, DEFINITIONS, definitions as JsonObject);
  yield* slices(writer, PATHS, paths as JsonObject);
  message(writer, "Document", { swagger, info });
  return writer.finish();
}
