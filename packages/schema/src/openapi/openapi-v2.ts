/**
 * OpenAPI v2: one document for everything that is served, for clients older than v3. Parameters that occur
 * again and again are said once (`#/parameters/<name>-<hash of their text>`).
 */
import type { JsonObject } from "@quorate/object";
import type { SchemaRegistry } from "../schema-registry.ts";
import type { Descriptions } from "./descriptions.ts";
import { kindNames } from "./kind-names.ts";
import { groupOperations, type Operation, operationsOf, ROOT_DOCUMENTS, rootOperation } from "./operation.ts";
import { byPath, entries } from "./pieces.ts";
import { PRETTY_TEXT, QueryTexts } from "./query-texts.ts";
import { referenceTo, SchemaCollector } from "./schema-model.ts";

const INFO = { title: "Kubernetes", version: "1.37" };
const OBJECT = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const STREAMS = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const PRODUCED: Readonly<Record<Operation["media"], readonly string[]>> = {
  object: OBJECT,
  stream: [...OBJECT, ...STREAMS],
  log: ["text/plain", ...OBJECT],
  any: ["*/*"],
  json: ["application/json"],
  keys: ["application/jwk-set+json"],
};
const PATCHES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const ANSWERS: Readonly<Record<string, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };
const SECURITY = {
  BearerToken: {
    description: "Bearer Token authentication",
    type: "apiKey",
    name: "authorization",
    in: "header",
  },
};

/** The text of the document, in pieces: whoever joins them can let other work in between. */
export function* openApiV2Text(schema: SchemaRegistry, descriptions: Descriptions): Iterable<string> {
  const versions = schema.groups().flatMap(({ group, versions: list }) => {
    return list.map(({ version }) => ({ group, version }));
  });
  const collector = new SchemaCollector(schema, descriptions, "v2", kindNames(schema, versions));
  const writer = new PathWriter(collector, new QueryTexts(schema, descriptions));
  const operations = Object.keys(ROOT_DOCUMENTS).map(rootOperation);
  for (const { group } of schema.groups()) operations.push(...groupOperations(group));
  for (const { group, version } of versions) operations.push(...operationsOf(schema, group, version));
  yield `{"swagger":"2.0","info":${JSON.stringify(INFO)},"paths":{`;
  yield* entries(byPath(operations), (list) => writer.path(list));
  yield '},"definitions":{';
  yield* entries(collector.schemas, (model) => model);
  yield '},"parameters":{';
  yield* entries(writer.shared, (parameter) => parameter);
  yield `},"securityDefinitions":${JSON.stringify(SECURITY)},"security":[{"BearerToken":[]}]}`;
}

/** The document as an object. */
export function openApiV2Document(schema: SchemaRegistry, descriptions: Descriptions): JsonObject {
  return JSON.parse([...openApiV2Text(schema, descriptions)].join("")) as JsonObject;
}

class PathWriter {
  readonly shared: Record<string, JsonObject> = {};
  readonly #collector: SchemaCollector;
  readonly #texts: QueryTexts;
  readonly #references = new Map<string, JsonObject>();

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
      const own = parameters[i]!.filter((item) => !shared.includes(item));
      if (operation.body !== undefined) own.unshift(this.#body(operation.body));
      out[operation.method] = this.#operation(operation, own);
    });
    if (shared.length > 0) out.parameters = shared;
    return out;
  }

  #operation(operation: Operation, parameters: readonly JsonObject[]): JsonObject {
    const isPatch = operation.method === "patch" && operation.body !== undefined;
    const out: JsonObject = { description: operation.description };
    const consumes = isPatch ? PATCHES : operation.action === undefined ? OBJECT : ["*/*"];
    if (operation.media !== "json" && operation.media !== "keys") out.consumes = [...consumes];
    else if (operation.media === "json" && operation.tag === "version") out.consumes = ["application/json"];
    out.produces = [...PRODUCED[operation.media]];
    out.schemes = ["https"];
    out.tags = [operation.tag];
    out.operationId = operation.id;
    if (parameters.length > 0) out.parameters = [...parameters];
    const responses: JsonObject = {};
    for (const [code, model] of Object.entries(operation.answers)) {
      const schema = model === "string" ? { type: "string" } : this.#collector.reference(model);
      responses[code] = { description: ANSWERS[code]!, schema };
    }
    responses["401"] = { description: "Unauthorized" };
    out.responses = responses;
    if (operation.action !== undefined) out["x-kubernetes-action"] = operation.action;
    if (operation.kind !== undefined) out["x-kubernetes-group-version-kind"] = { ...operation.kind };
    return out;
  }

  /**
   * By name, without the body; the same parameter is the same object, so that equal ones are found by
   * identity.
   */
  #parameters(operation: Operation): JsonObject[] {
    const out: { name: string; parameter: JsonObject }[] = [];
    for (const { name, description } of operation.inPath) {
      const parameter = { uniqueItems: true, type: "string", description, name, in: "path", required: true };
      out.push({ name, parameter: this.#once(parameter) });
    }
    for (const query of operation.query) {
      const { name, type } = query;
      const parameter = {
        uniqueItems: true,
        type,
        description: this.#texts.textOf(query),
        name,
        in: "query",
      };
      out.push({ name, parameter: this.#once(parameter) });
    }
    if (operation.isPretty) {
      const pretty = {
        uniqueItems: true,
        type: "string",
        description: PRETTY_TEXT,
        name: "pretty",
        in: "query",
      };
      out.push({ name: "pretty", parameter: this.#once(pretty) });
    }
    out.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return out.map(({ parameter }) => parameter);
  }

  #body(body: NonNullable<Operation["body"]>): JsonObject {
    this.#collector.reference(body.model);
    const schema = referenceTo(body.model, "v2");
    const parameter: JsonObject = { name: "body", in: "body" };
    if (body.required) parameter.required = true;
    parameter.schema = schema;
    return this.#once(parameter);
  }

  #once(parameter: JsonObject): JsonObject {
    const text = JSON.stringify(parameter);
    let reference = this.#references.get(text);
    if (reference === undefined) {
      const name = `${parameter.name}-${textHash(text)}`;
      this.shared[name] = parameter;
      reference = { $ref: `#/parameters/${name}` };
      this.#references.set(text, reference);
    }
    return reference;
  }
}

/** FNV-1a over 32 bits, twice with different starts: a short name, not a safeguard. */
function textHash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
