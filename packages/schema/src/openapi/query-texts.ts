/**
 * Texts of query parameters: those of the options type's fields, and of `pretty`, which belongs to no type.
 */
import type { SchemaRegistry } from "../schema-registry.ts";
import type { Descriptions } from "./descriptions.ts";
import type { QueryParameter } from "./operation.ts";

/** Text of the parameter `pretty`. */
export const PRETTY_TEXT =
  "If 'true', then the output is pretty printed. Defaults to 'false' unless the user-agent indicates a browser or " +
  "command-line HTTP tool (curl and wget).";

/** Texts of parameters by options type and name. */
export class QueryTexts {
  readonly #schema: SchemaRegistry;
  readonly #descriptions: Descriptions;
  readonly #byType = new Map<string, Map<string, string>>();

  constructor(schema: SchemaRegistry, descriptions: Descriptions) {
    this.#schema = schema;
    this.#descriptions = descriptions;
  }

  textOf(parameter: QueryParameter): string {
    let texts = this.#byType.get(parameter.from);
    if (texts === undefined) {
      const all = this.#descriptions.textsOf(parameter.from);
      const fields = this.#schema.resolve(parameter.from).fields;
      texts = new Map(fields.map((field, i) => [field.name, all[i + 1] ?? ""]));
      this.#byType.set(parameter.from, texts);
    }
    return texts.get(parameter.name) ?? "";
  }
}
