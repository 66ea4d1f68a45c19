/**
 * OpenAPI v3: one document for each group/version and a few for discovery, built from the tables when asked
 * for.
 */
import type { JsonObject } from "@quorate/object";
import { parseApiVersion, type SchemaRegistry } from "../schema-registry.ts";
import type { Descriptions } from "./descriptions.ts";
import { kindNames } from "./kind-names.ts";
import { groupOperations, type Operation, operationsOf, ROOT_DOCUMENTS, rootOperation } from "./operation.ts";
import { byPath, entries } from "./pieces.ts";
import { PRETTY_TEXT, QueryTexts } from "./query-texts.ts";
import { SchemaCollector } from "./schema-model.ts";

/** `info.version` of the documents: the release they describe. */
const INFO = { title: "Kubernetes", version: "1.37" };
const MEDIA: Readonly<Record<Operation["media"], readonly string[]>> = {
  object: ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"],
  stream: [
    "application/json",
    "application/json;stream=watch",
    "application/vnd.kubernetes.protobuf",
    "application/vnd.kubernetes.protobuf;stream=watch",
    "application/yaml",
  ],
  log: ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml", "text/plain"],
  any: ["*/*"],
  json: ["application/json"],
  keys: ["application/jwk-set+json"],
};
const PATCHES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];
const SECURITY = {
  BearerToken: {
    type: "apiKey",
    description: "Bearer Token authentication",
    name: "authorization",
    in: "header",
  },
};
const ANSWERS: Readonly<Record<string, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };

/**
 * The paths under `/openapi/v3/`, sorted: `api`, `api/v1`, `apis`, `apis/apps`, `apis/apps/v1`, ...,
 * `version`.
 */
export function openApiV3Paths(schema: SchemaRegistry): string[] {
  const paths = Object.keys(ROOT_DOCUMENTS);
  for (const { group, versions } of schema.groups()) {
    const root = group === "" ? "api" : `apis/${group}`;
    paths.push(root, ...versions.map(({ version }) => `${root}/${version}`));
  }
  return paths.sort();
}

/**
 * The text of the document behind one of `openApiV3Paths`, in pieces: whoever joins them can let other work
 * in between, as no piece takes long to make. Undefined for any other path.
 */
export function openApiV3Text(
  schema: SchemaRegistry,
  descriptions: Descriptions,
  path: string,
): Iterable<string> | undefined {
  const operations = operationsAt(schema, path);
  if (operations === undefined) return undefined;
  const version = parseApiVersion(path.replace(/^apis?\//, ""));
  const isVersion = operations.length > 1 && version !== undefined;
  const collector = new SchemaCollector(
    schema,
    descriptions,
    "v3",
    kindNames(schema, isVersion ? [version] : []),
  );
  return pieces(operations, collector, new QueryTexts(schema, descriptions));
}

function* pieces(
  operations: readonly Operation[],
  collector: SchemaCollector,
  texts: QueryTexts,
): Iterable<string> {
  const writer = new PathWriter(collector, texts);
  yield `{"openapi":"3.0.0","info":${JSON.stringify(INFO)},"paths":{`;
  yield* entries(byPath(operations), (list) => writer.path(list));
  yield '},"components":{';
  if (Object.keys(collector.schemas).length > 0) {
    yield '"schemas":{';
    yield* entries(collector.schemas, (model) => model);
    yield "},";
  }
  yield `"securitySchemes":${JSON.stringify(SECURITY)}}}`;
}

/** The document as an object; undefined for a path that is none of `openApiV3Paths`. */
export function openApiV3Document(
  schema: SchemaRegistry,
  descriptions: Descriptions,
  path: string,
): JsonObject | undefined {
  const text = openApiV3Text(schema, descriptions, path);
  return text === undefined ? undefined : (JSON.parse([...text].join("")) as JsonObject);
}

function operationsAt(schema: SchemaRegistry, path: string): Operation[] | undefined {
  if (Object.hasOwn(ROOT_DOCUMENTS, path)) return [rootOperation(path)];
  if (!openApiV3Paths(schema).includes(path)) return undefined;
  const parts = path.split("/");
  if (parts[0] === "api")
    return parts.length === 1 ? groupOperations("") : operationsOf(schema, "", parts[1]!);
  return parts.length === 2 ? groupOperations(parts[1]!) : operationsOf(schema, parts[1]!, parts[2]!);
}

class PathWriter {
  readonly #collector: SchemaCollector;
  readonly #texts: QueryTexts;
  readonly #parameterModels = new Map<string, ParameterModel>();

  constructor(collector: SchemaCollector, texts: QueryTexts) {
    this.#collector = collector;
    this.#texts = texts;
  }

  /** Parameters that all operations of a path have are said once for the path. */
  path(operations: readonly Operation[]): JsonObject {
    const parameters = operations.map((operation) => this.#parameters(operation));
    const shared = parameters[0]!.filter((item) => parameters.every((list) => list.includes(item)));
    const out: JsonObject = {};
    operations.forEach((operation, i) => {
      const own =
        shared.length === 0 ? parameters[i]! : parameters[i]!.filter((item) => !shared.includes(item));
      out[operation.method] = this.#operation(operation, own);
    });
    if (shared.length > 0) out.parameters = shared;
    return out;
  }

  #operation(operation: Operation, parameters: readonly JsonObject[]): JsonObject {
    const out: JsonObject = {
      tags: [operation.tag],
      description: operation.description,
      operationId: operation.id,
    };
    if (parameters.length > 0) out.parameters = [...parameters];
    if (operation.body !== undefined) out.requestBody = this.#body(operation.body);
    const responses: JsonObject = {};
    for (const [code, model] of Object.entries(operation.answers)) {
      const schema = model === "string" ? { type: "string" } : this.#collector.reference(model);
      responses[code] = {
        description: ANSWERS[code]!,
        content: this.#content(MEDIA[operation.media], schema),
      };
    }
    responses["401"] = { description: "Unauthorized" };
    out.responses = responses;
    if (operation.action !== undefined) out["x-kubernetes-action"] = operation.action;
    if (operation.kind !== undefined) out["x-kubernetes-group-version-kind"] = { ...operation.kind };
    return out;
  }

  #body(body: NonNullable<Operation["body"]>): JsonObject {
    const media = body.model.endsWith(".Patch") ? PATCHES : ["*/*"];
    const out: JsonObject = { content: this.#content(media, this.#collector.reference(body.model)) };
    if (body.required) out.required = true;
    return out;
  }

  #content(media: readonly string[], schema: JsonObject): JsonObject {
    return Object.fromEntries(media.map((type) => [type, { schema }]));
  }

  /** Sorted by name; the same parameter is the same object, so that equal ones are found by identity. */
  #parameters(operation: Operation): ParameterModel[] {
    const out = operation.query.map((parameter) =>
      this.#once(`${parameter.from} ${parameter.name}`, () => ({
        name: parameter.name,
        in: "query",
        description: this.#texts.textOf(parameter),
        schema: { type: parameter.type, uniqueItems: true },
      })),
    );
    const string = { type: "string", uniqueItems: true };
    const pretty = { name: "pretty", in: "query", description: PRETTY_TEXT, schema: string };
    if (operation.isPretty) out.push(this.#once("pretty", () => pretty));
    for (const { name, description } of operation.inPath) {
      const parameter = { name, in: "path", description, required: true, schema: string };
      out.push(this.#once(`path ${name} ${description}`, () => parameter));
    }
    return out.sort((a, b) => byText(a.name, b.name) || byText(a.in, b.in));
  }

  #once(key: string, make: () => ParameterModel): ParameterModel {
    let parameter = this.#parameterModels.get(key);
    if (parameter === undefined) {
      parameter = make();
      const same = JSON.stringify(parameter);
      parameter = this.#parameterModels.get(same) ?? parameter;
      this.#parameterModels.set(key, parameter).set(same, parameter);
    }
    return parameter;
  }
}

interface ParameterModel extends JsonObject {
  name: string;
  in: string;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
