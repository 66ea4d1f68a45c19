/**
 * A struct of the tables as an OpenAPI schema, in the two dialects that are published: v3 (defaults, `allOf`
 * around a reference with company) and v2 (no defaults, company beside the reference).
 */
import type { JsonObject, JsonValue } from "@quorate/object";
import type { FieldTable, TypeName, TypeTable, ValueTable } from "../kind.ts";
import type { SchemaRegistry } from "../schema-registry.ts";
import type { Descriptions } from "./descriptions.ts";

/** The OpenAPI version that is written. */
export type Dialect = "v2" | "v3";

const REFERENCE_PREFIX: Readonly<Record<Dialect, string>> = {
  v2: "#/definitions/",
  v3: "#/components/schemas/",
};

/** `{ $ref }` to a model. */
export function referenceTo(model: TypeName, dialect: Dialect): JsonObject {
  return { $ref: REFERENCE_PREFIX[dialect] + model };
}

/** Collects the schemas of models and of everything they refer to. */
export class SchemaCollector {
  readonly schemas: Record<string, JsonObject> = {};
  readonly #schema: SchemaRegistry;
  readonly #descriptions: Descriptions;
  readonly #dialect: Dialect;
  readonly #kinds: ReadonlyMap<TypeName, readonly JsonObject[]>;

  constructor(
    schema: SchemaRegistry,
    descriptions: Descriptions,
    dialect: Dialect,
    kinds: ReadonlyMap<TypeName, readonly JsonObject[]>,
  ) {
    this.#schema = schema;
    this.#descriptions = descriptions;
    this.#dialect = dialect;
    this.#kinds = kinds;
  }

  /** Adds a model unless it is there, and gives a reference to it. */
  reference(model: TypeName): JsonObject {
    if (!Object.hasOwn(this.schemas, model)) {
      this.schemas[model] = {};
      this.schemas[model] = this.#leaf(model) ?? this.#struct(this.#schema.resolve(model));
    }
    return referenceTo(model, this.#dialect);
  }

  #leaf(model: TypeName): JsonObject | undefined {
    const leaf = this.#descriptions.leaf(model, this.#dialect);
    return leaf === undefined ? undefined : { ...leaf };
  }

  #struct(type: TypeTable): JsonObject {
    const out: JsonObject = {};
    const texts = this.#textsOf(type);
    if (texts.own !== "") out.description = texts.own;
    out.type = "object";
    const required = type.fields.filter((field) => field.required).map((field) => field.name);
    if (required.length > 0) out.required = required;
    const properties: JsonObject = {};
    for (const field of [...type.fields].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      properties[field.name] = this.#property(field, texts.fields.get(field.name) ?? "");
    }
    if (type.fields.length > 0) out.properties = properties;
    const kinds = this.#kinds.get(type.name);
    if (kinds !== undefined) out["x-kubernetes-group-version-kind"] = [...kinds];
    if (type.mapType !== undefined) out["x-kubernetes-map-type"] = type.mapType;
    if (type.unions !== undefined) out["x-kubernetes-unions"] = type.unions as JsonValue;
    return out;
  }

  /**
   * Texts of own fields come in the order of the table; embedded fields have theirs with the embedded struct.
   */
  #textsOf(type: TypeTable): { own: string; fields: Map<string, string> } {
    const texts = this.#descriptions.textsOf(type.name);
    const fields = new Map<string, string>();
    let position = 1;
    for (const field of type.fields) {
      if (field.embeddedIn === undefined) fields.set(field.name, texts[position++] ?? "");
    }
    for (const slot of type.embedded) {
      for (const [name, text] of this.#textsOf(this.#schema.resolve(slot)).fields) fields.set(name, text);
    }
    return { own: texts[0] ?? "", fields };
  }

  #property(field: FieldTable, description: string): JsonObject {
    const out: JsonObject = {};
    if (description !== "") out.description = description;
    const isV3 = this.#dialect === "v3";
    Object.assign(out, this.#value(field.value));
    const isDefaulted = isV3 && field.openApiDefault !== undefined;
    if (isDefaulted) out.default = field.openApiDefault as JsonValue;
    if (field.enum !== undefined) this.#addEnum(out, field.enum);
    if (field.listMapKeys !== undefined) out["x-kubernetes-list-map-keys"] = [...field.listMapKeys];
    if (field.listType !== undefined) out["x-kubernetes-list-type"] = field.listType;
    if (field.mapType !== undefined) out["x-kubernetes-map-type"] = field.mapType;
    if (field.patchMergeKey !== undefined) out["x-kubernetes-patch-merge-key"] = field.patchMergeKey;
    if (field.patchStrategy !== undefined) out["x-kubernetes-patch-strategy"] = field.patchStrategy.join(",");
    const reference = out.$ref;
    if (isV3 && reference !== undefined && Object.keys(out).length > 1) {
      delete out.$ref;
      out.allOf = [{ $ref: reference }];
    }
    return out;
  }

  #addEnum(out: JsonObject, texts: readonly string[]): void {
    const holder = (out.items ?? out.additionalProperties ?? out) as JsonObject;
    holder.enum = [...texts];
  }

  #value(value: ValueTable): JsonObject {
    switch (value.type) {
      case "string":
        return { type: "string" };
      case "bool":
        return { type: "boolean" };
      case "int32":
      case "int64":
        return { type: "integer", format: value.type };
      case "double":
        return { type: "number", format: "double" };
      case "bytes":
        return { type: "string", format: "byte" };
      case "list":
        return { type: "array", items: this.#value(value.elem!) };
      case "map":
        return { type: "object", additionalProperties: this.#value(value.elem!) };
      default:
        return value.ref === undefined ? { type: "object" } : this.reference(value.ref);
    }
  }
}
