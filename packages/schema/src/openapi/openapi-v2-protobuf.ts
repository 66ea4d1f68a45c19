/**
 * The OpenAPI v2 document as protobuf, in gnostic's openapi.v2 messages: what kubectl asks for where it
 * validates kinds that no OpenAPI v3 document has, such as a List.
 */
import type { JsonObject, JsonValue } from "@quorate/object";
import { BackwardWriter } from "../protobuf/backward-writer.ts";
import {
  any,
  anys,
  bool,
  type FieldWriter,
  holding,
  type MessageTable,
  message,
  named,
  namedMap,
  namedSlices,
  nested,
  orBoolean,
  orReference,
  repeated,
  reversed,
  string,
  strings,
  writeMessage,
} from "./gnostic-writer.ts";

type Fields = MessageTable["fields"];

const operation = message(() => OPERATION);
const schema = message(() => SCHEMA);
const holdsSchema = holding(schema);

/** A parameter is the body's, or one of the others. */
const parameter: FieldWriter = (writer, number, value) => {
  const { in: place } = value as JsonObject;
  nested(writer, number, () => {
    if (place === "body") message(() => BODY_PARAMETER)(writer, 1, value);
    else if (place === "path")
      holding(
        message(() => PATH),
        4,
      )(writer, 2, value);
    else
      holding(
        message(() => QUERY),
        3,
      )(writer, 2, value);
  });
};

const parameters = repeated(orReference(parameter, () => REFERENCE));

const typeItem: FieldWriter = (writer, number, value) =>
  nested(writer, number, () => strings(writer, 1, Array.isArray(value) ? value : [value]));

const security = repeated((writer, number, value) =>
  nested(writer, number, () =>
    reversed(Object.entries(value as JsonObject), ([name, scopes]) =>
      named(writer, 1, name, () => nested(writer, 2, () => strings(writer, 1, scopes as JsonValue))),
    ),
  ),
);

/** Parameters of a path, and likewise of a header and of a form, differ in one field only. */
const PATH_PARAMETER: Fields = {
  required: [1, bool],
  in: [2, string],
  description: [3, string],
  name: [4, string],
  type: [5, string],
  format: [6, string],
  default: [9, any],
  uniqueItems: [19, bool],
};

const QUERY_PARAMETER: Fields = {
  required: [1, bool],
  in: [2, string],
  description: [3, string],
  name: [4, string],
  type: [6, string],
  format: [7, string],
  default: [10, any],
  uniqueItems: [20, bool],
};

const DOCUMENT: MessageTable = {
  fields: {
    swagger: [1, string],
    info: [2, message(() => INFO)],
    parameters: [10, namedMap(parameter)],
    security: [12, security],
    securityDefinitions: [
      13,
      namedMap(
        holding(
          message(() => API_KEY),
          2,
        ),
      ),
    ],
  },
  extensions: 16,
};

const INFO: MessageTable = {
  fields: { title: [1, string], version: [2, string], description: [3, string] },
  extensions: 7,
};

const PATH_ITEM: MessageTable = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, parameters],
  },
  extensions: 10,
};

const OPERATION: MessageTable = {
  fields: {
    tags: [1, strings],
    summary: [2, string],
    description: [3, string],
    operationId: [5, string],
    produces: [6, strings],
    consumes: [7, strings],
    parameters: [8, parameters],
    responses: [9, namedMap(holding(message(() => RESPONSE)), 1)],
    schemes: [10, strings],
    deprecated: [11, bool],
  },
  extensions: 13,
};

const BODY_PARAMETER: MessageTable = {
  fields: {
    description: [1, string],
    name: [2, string],
    in: [3, string],
    required: [4, bool],
    schema: [5, schema],
  },
  extensions: 6,
};

const PATH: MessageTable = { fields: PATH_PARAMETER, extensions: 22 };

const QUERY: MessageTable = { fields: QUERY_PARAMETER, extensions: 23 };

const REFERENCE: MessageTable = { fields: { $ref: [1, string], description: [2, string] }, extensions: 0 };

const RESPONSE: MessageTable = {
  fields: { description: [1, string], schema: [2, holdsSchema] },
  extensions: 5,
};

const SCHEMA: MessageTable = {
  fields: {
    $ref: [1, string],
    format: [2, string],
    title: [3, string],
    description: [4, string],
    default: [5, any],
    required: [19, strings],
    enum: [20, anys],
    additionalProperties: [21, orBoolean(schema)],
    type: [22, typeItem],
    items: [23, holdsSchema],
    properties: [25, namedMap(schema)],
  },
  extensions: 31,
};

const API_KEY: MessageTable = {
  fields: { type: [1, string], name: [2, string], in: [3, string], description: [4, string] },
  extensions: 5,
};

/**
 * The bytes of the document. Yields between its parts, so that the caller can give other work its turn; the
 * generator's return value is the result.
 */
export function* openApiV2Protobuf(document: JsonObject): Generator<void, Buffer> {
  const { swagger, info, paths, definitions, ...rest } = document;
  const writer = new BackwardWriter();
  writeMessage(writer, DOCUMENT, rest);
  yield* namedSlices(writer, 9, { inner: schema, field: 1 }, definitions as JsonObject);
  yield* namedSlices(writer, 8, { inner: message(() => PATH_ITEM), field: 2 }, paths as JsonObject);
  writeMessage(writer, DOCUMENT, { swagger, info });
  return writer.finish();
}
