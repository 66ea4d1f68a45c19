/**
 * What strategic merge patch asks of a type, read from the kind tables: the PatchSchema port of package object.
 */
import { type PatchField, type PatchSchema, unknownPatchField } from "@quorate/object";
import type { FieldTable, TypeName, TypeTable, ValueTable } from "./kind.ts";

type Resolve = (ref: TypeName) => TypeTable;

const NO_STRATEGIES: readonly string[] = [];
const known = new WeakMap<TypeTable, StructPatchSchema>();

/** The patch schema of a struct; made once. */
export function patchSchemaOf(type: TypeTable, resolve: Resolve): PatchSchema {
  let schema = known.get(type);
  if (schema === undefined) {
    schema = new StructPatchSchema(type, resolve);
    known.set(type, schema);
  }
  return schema;
}

class StructPatchSchema implements PatchSchema {
  readonly #type: TypeTable;
  readonly #resolve: Resolve;
  readonly #fields = new Map<string, PatchField>();

  constructor(type: TypeTable, resolve: Resolve) {
    this.#type = type;
    this.#resolve = resolve;
  }

  field(name: string): PatchField {
    let field = this.#fields.get(name);
    if (field === undefined) {
      const table = this.#type.byName.get(name);
      if (table === undefined) throw unknownPatchField(name, this.#type.goName);
      field = this.#fieldOf(table);
      this.#fields.set(name, field);
    }
    return field;
  }

  #fieldOf(table: FieldTable): PatchField {
    return {
      strategies: table.patchStrategy ?? NO_STRATEGIES,
      mergeKey: table.patchMergeKey ?? "",
      schema: this.#schemaOf(table.value),
    };
  }

  #schemaOf(value: ValueTable): PatchSchema {
    if (value.type === "struct") return patchSchemaOf(this.#resolve(value.ref!), this.#resolve);
    if (value.type === "list") return this.#schemaOf(value.elem!);
    if (value.type === "map") return new FreePatchSchema(this.#schemaOf(value.elem!));
    return FREE;
  }
}

/** Keys that nothing is known of beforehand: those of maps and of free JSON. */
class FreePatchSchema implements PatchSchema {
  readonly #field: PatchField;

  constructor(values?: PatchSchema) {
    this.#field = { strategies: NO_STRATEGIES, mergeKey: "", schema: values ?? this };
  }

  field(_name: string): PatchField {
    return this.#field;
  }
}

const FREE = new FreePatchSchema();
