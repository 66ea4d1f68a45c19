/**
 * The body of a PATCH: JSON patch, merge patch or strategic merge patch, applied to an object in the version
 * of the request. A write that has to be tried again applies it anew.
 */
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  decodeJsonPatch,
  type GroupVersionKind,
  invalid,
  invalidObject,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  StatusError,
  unsupportedMediaType,
  unsupportedPatchType,
} from "@quorate/object";
import { apiVersionOf, patchSchemaOf } from "@quorate/schema";
import type { Api } from "../api.ts";
import type { Exchange } from "../exchange.ts";
import type { FieldValidation } from "../request/write-options.ts";
import { mediaName } from "./body-format.ts";
import { check, report, strictFindings, withDefaults } from "./decode-object.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { goJsonError } from "./go-json-error.ts";
import { goValueText } from "./go-value-text.ts";
import { requireShallow } from "./json-depth.ts";

/** The patches that are applied here; server-side apply is none of them. */
export type PatchType = "json" | "merge" | "strategic";

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};
const APPLY_TYPE = "application/apply-patch+yaml";

/** The patch type of a Content-Type; `takesStrategic` is false for custom resources. Throws a 415. */
export function patchTypeOf(contentType: string | undefined, takesStrategic: boolean): PatchType {
  const name = mediaName(contentType);
  const type = PATCH_TYPES[name];
  if (type !== undefined && (type !== "strategic" || takesStrategic)) return type;
  if (name !== APPLY_TYPE) throw unsupportedPatchType();
  const served = Object.keys(PATCH_TYPES).filter((key) => takesStrategic || PATCH_TYPES[key] !== "strategic");
  throw unsupportedMediaType(served);
}

/** Read once, applied as often as a write is tried. */
export class PatchBody {
  readonly #api: Api;
  readonly #exchange: Exchange;
  readonly #kind: GroupVersionKind;
  readonly #type: PatchType;
  readonly #text: string;
  readonly #validation: FieldValidation;
  #unused: unknown;

  /** Throws a 400 where `bytes` are no JSON. `kind` is that of the object that it is applied to. */
  constructor(
    api: Api,
    exchange: Exchange,
    patch: { readonly type: PatchType; readonly bytes: Buffer; readonly validation: FieldValidation },
    kind: GroupVersionKind,
  ) {
    this.#api = api;
    this.#exchange = exchange;
    this.#kind = kind;
    this.#type = patch.type;
    this.#text = patch.bytes.toString("utf8");
    this.#validation = patch.validation;
    requireShallow(this.#text, api.limits.jsonDepthMax);
    this.#unused = this.#parse();
    requireShape(patch.type, this.#unused);
    if (patch.type === "json") decodeJsonPatch(this.#unused);
  }

  /**
   * The patched object, checked and with defaults. `base` is decoded, in the version of the request; it is
   * changed.
   */
  apply(base: KubernetesObject): KubernetesObject {
    const { kind } = this.#kind;
    const patched = this.#patched(base as unknown as JsonObject);
    if (typeof patched !== "object" || patched === null || Array.isArray(patched)) {
      throw this.#refuse(patched, `the patched value is no ${kind}`);
    }
    const apiVersion = apiVersionOf(this.#kind.group, this.#kind.version);
    if (patched.kind !== kind || patched.apiVersion !== apiVersion) {
      throw this.#refuse(patched, `a patch can't change kind and apiVersion of a ${kind} of ${apiVersion}`);
    }
    const checked = check(this.#api, patched, this.#kind, (message, error) =>
      this.#refuse(patched, this.#type === "strategic" ? error.restoreMessage : message),
    );
    const findings = strictFindings(checked.unknownFields, this.#duplicates());
    if (findings.length > 0) {
      const refuse = (all: string) => this.#refuse(patched, `strict decoding error: ${all}`);
      report(this.#exchange, findings, this.#validation, refuse);
    }
    return withDefaults(this.#api, checked.object, this.#kind);
  }

  #patched(base: JsonObject): JsonValue {
    const patch = this.#unused ?? this.#parse();
    this.#unused = undefined;
    if (this.#type === "json") return applyJsonPatch(base, decodeJsonPatch(patch));
    if (this.#type === "merge") return applyMergePatch(base, patch);
    return this.#merged(base, patch);
  }

  /** Deviation: what the reference answers as a 500 without a reason is the client's to mend: a 400. */
  #merged(base: JsonObject, patch: unknown): JsonValue {
    const { schema, resolve } = this.#api;
    try {
      return applyStrategicMergePatch(base, patch, patchSchemaOf(schema.typeOf(this.#kind), resolve));
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 500) throw badRequest(error.message);
      throw error;
    }
  }

  #parse(): unknown {
    try {
      return JSON.parse(this.#text);
    } catch {
      if (this.#type === "merge") throw badRequest("invalid JSON patch");
      const why = goJsonError(this.#text);
      throw badRequest(this.#type === "strategic" ? why : `error decoding patch: ${why}`);
    }
  }

  #duplicates(): readonly string[] {
    if (this.#validation === "Ignore" || this.#type === "json") return [];
    return duplicateFields(this.#text, this.#parse());
  }

  /** Of a strategic patch the reference shows the patch, of the others the object that came of it. */
  #refuse(patched: unknown, why: string): StatusError {
    const shown = this.#type === "strategic" ? goValueText(this.#parse()) : JSON.stringify(patched);
    return invalidObject({ group: "", kind: "" }, "", [invalid("patch", shown, why)]);
  }
}

/** A JSON patch is a list, the others are objects. */
function requireShape(type: PatchType, patch: unknown): void {
  const isList = Array.isArray(patch);
  if (type === "json" ? isList : !isList && typeof patch === "object" && patch !== null) return;
  const given = isList ? "array" : patch === null ? "null" : typeof patch;
  const wanted = type === "json" ? "[]handlers.jsonPatchOp" : "map[string]interface {}";
  throw badRequest(`error decoding patch: json: cannot unmarshal ${given} into Go value of type ${wanted}`);
}
