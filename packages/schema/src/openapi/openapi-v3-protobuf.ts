/** A document of OpenAPI v3 as protobuf, in gnostic's openapi.v3 messages. */
import type { JsonObject } from "@quorate/object";
import { BackwardWriter } from "../protobuf/backward-writer.ts";
import {
  any,
  anys,
  bool,
  double,
  type FieldWriter,
  holding,
  integer,
  type MessageTable,
  message,
  namedMap,
  namedSlices,
  nested,
  orBoolean,
  orReference,
  repeated,
  string,
  strings,
  writeMessage,
} from "./gnostic-writer.ts";

const referable = (table: () => MessageTable) => orReference(message(table), () => REFERENCE);

const operation = message(() => OPERATION);
const schema = referable(() => SCHEMA);
const parameters = repeated(referable(() => PARAMETER));
const content = namedMap(message(() => MEDIA_TYPE));

/** DefaultType has no form for objects and lists: it is empty then, as the reference's. */
const defaultValue: FieldWriter = (writer, number, value) =>
  nested(writer, number, () => {
    if (typeof value === "number") double(writer, 1, value);
    else if (typeof value === "boolean") choice(writer, 2, value);
    else if (typeof value === "string") emptyOrText(writer, 3, value);
  });

/** In a choice `false` and "" are written too. */
const choice: FieldWriter = (writer, number, value) => integer(writer, number, value === true ? 1 : 0);
const emptyOrText: FieldWriter = (writer, number, value) =>
  nested(writer, number, () => writer.raw(Buffer.from(value as string)));

const DOCUMENT: MessageTable = {
  fields: {
    openapi: [1, string],
    info: [2, message(() => INFO)],
    components: [5, message(() => COMPONENTS)],
  },
  extensions: 9,
};

const INFO: MessageTable = {
  fields: { title: [1, string], description: [2, string], version: [6, string] },
  extensions: 7,
};

const COMPONENTS: MessageTable = {
  fields: {
    schemas: [1, namedMap(schema)],
    securitySchemes: [7, namedMap(referable(() => SECURITY_SCHEME))],
  },
  extensions: 10,
};

const SECURITY_SCHEME: MessageTable = {
  fields: { type: [1, string], description: [2, string], name: [3, string], in: [4, string] },
  extensions: 9,
};

const REFERENCE: MessageTable = { fields: { $ref: [1, string] }, extensions: 0 };

const PATH_ITEM: MessageTable = {
  fields: {
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    parameters: [13, parameters],
  },
  extensions: 14,
};

const OPERATION: MessageTable = {
  fields: {
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    parameters: [6, parameters],
    requestBody: [7, referable(() => REQUEST_BODY)],
    responses: [
      8,
      namedMap(
        referable(() => RESPONSE),
        2,
      ),
    ],
    deprecated: [10, bool],
  },
  extensions: 13,
};

const PARAMETER: MessageTable = {
  fields: {
    name: [1, string],
    in: [2, string],
    description: [3, string],
    required: [4, bool],
    schema: [10, schema],
  },
  extensions: 14,
};

const REQUEST_BODY: MessageTable = {
  fields: { description: [1, string], content: [2, content], required: [3, bool] },
  extensions: 4,
};

const RESPONSE: MessageTable = { fields: { description: [1, string], content: [3, content] }, extensions: 5 };
const MEDIA_TYPE: MessageTable = { fields: { schema: [1, schema] }, extensions: 5 };

const SCHEMA: MessageTable = {
  fields: {
    nullable: [1, bool],
    example: [7, any],
    title: [9, string],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, bool],
    minimum: [13, double],
    exclusiveMinimum: [14, bool],
    maxLength: [15, integer],
    minLength: [16, integer],
    pattern: [17, string],
    maxItems: [18, integer],
    minItems: [19, integer],
    uniqueItems: [20, bool],
    maxProperties: [21, integer],
    minProperties: [22, integer],
    required: [23, strings],
    enum: [24, anys],
    type: [25, string],
    allOf: [26, repeated(schema)],
    oneOf: [27, repeated(schema)],
    anyOf: [28, repeated(schema)],
    not: [29, message(() => SCHEMA)],
    items: [30, holding(schema)],
    properties: [31, namedMap(schema)],
    additionalProperties: [32, orBoolean(schema)],
    default: [33, defaultValue],
    description: [34, string],
    format: [35, string],
  },
  extensions: 36,
};

/**
 * The bytes of the document. Yields between its paths, so that the caller can give other work its turn; the
 * generator's return value is the result.
 */
export function* openApiV3Protobuf(document: JsonObject): Generator<void, Buffer> {
  const { paths, components, ...first } = document;
  const writer = new BackwardWriter();
  if (components !== undefined) writeMessage(writer, DOCUMENT, { components });
  yield* namedSlices(writer, 4, { inner: message(() => PATH_ITEM), field: 1 }, paths as JsonObject);
  writeMessage(writer, DOCUMENT, first);
  return writer.finish();
}
