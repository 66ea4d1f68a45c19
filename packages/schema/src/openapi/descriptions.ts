/**
 * The texts of OpenAPI: descriptions of types and fields, and the published schemas of types with an encoding
 * of their own. Only OpenAPI needs them, so the (large) file is read when OpenAPI is first asked for and kept
 * from then on.
 */
import type { JsonObject } from "@quorate/object";
import type { TypeName } from "../kind.ts";

interface DescriptionFile {
  readonly texts: readonly string[];
  /** Numbers of texts: of the type itself, then of its own (not embedded) fields in order. */
  readonly types: Readonly<Record<string, string>>;
  readonly leaves: Readonly<Record<string, { readonly v3: JsonObject; readonly v2?: JsonObject }>>;
}

/** Texts by type and field. */
export class Descriptions {
  readonly #file: DescriptionFile;

  constructor(file: DescriptionFile) {
    this.#file = file;
  }

  /**
   * Texts of a type: its own first, then one for each own field in the order of the tables; "" where there is
   * none.
   */
  textsOf(type: TypeName): readonly string[] {
    const numbers = this.#file.types[type];
    return numbers === undefined
      ? []
      : numbers.split(" ").map((number) => this.#file.texts[Number(number)] ?? "");
  }

  /** The published schema of a type with an encoding of its own (Time, Quantity, Patch, ...). */
  leaf(type: TypeName, dialect: "v2" | "v3"): JsonObject | undefined {
    const leaf = this.#file.leaves[type];
    return dialect === "v2" ? (leaf?.v2 ?? leaf?.v3) : leaf?.v3;
  }
}

let loading: Promise<Descriptions> | undefined;

/** Reads the texts once; later calls share them. */
export function loadDescriptions(): Promise<Descriptions> {
  loading ??= import("../generated/descriptions.json", { with: { type: "json" } }).then(
    (module) => new Descriptions(module.default as DescriptionFile),
  );
  return loading;
}
