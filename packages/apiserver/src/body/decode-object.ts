/**
 * From the bytes of a body to a checked object of the kind that the endpoint takes: parse, kind and version,
 * types, unknown and duplicate fields (fieldValidation), defaults, conversion to the version that is stored.
 * The texts are those that the reference's decoder gives.
 */
import { hasCode } from "@quorate/base";
import {
  badRequest,
  formatTime,
  type GroupVersionKind,
  goJson,
  type JsonObject,
  type KubernetesObject,
  type StatusError,
} from "@quorate/object";
import {
  apiVersionOf,
  applyDefaults,
  checkObject,
  convert,
  DecodeError,
  decodeProtobuf,
  isProtobuf,
  parseApiVersion,
  type ResourceTable,
  unwrapProtobuf,
} from "@quorate/schema";
import type { Api } from "../api.ts";
import type { Exchange } from "../exchange.ts";
import type { FieldValidation } from "../request/write-options.ts";
import type { Encoding } from "../response/media-type.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { goJsonError } from "./go-json-error.ts";
import { requireShallow } from "./json-depth.ts";
import { parseYaml } from "./parse-yaml.ts";

/** Bound: characters of a body that an error message shows. */
const SHOWN_CHARACTERS_MAX = 30;

/** A body as plain JSON, not yet checked against a type. */
export interface ParsedBody {
  readonly value: JsonObject;
  /** Paths of keys that stand twice, where they were looked for. */
  readonly duplicates: readonly string[];
}

/** Parses JSON or YAML to an object; `what` is the kind in messages. */
export function parseBody(
  api: Api,
  bytes: Buffer,
  encoding: Encoding,
  what: string,
  validation: FieldValidation,
): ParsedBody {
  const text = bytes.toString("utf8");
  if (encoding === "yaml") {
    const { value, duplicates } = parseYaml(text);
    return { value: requireObject(value, text, what), duplicates };
  }
  requireShallow(text, api.limits.jsonDepthMax);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unrecognized(what, text, `json parse error: ${goJsonError(text)}`);
  }
  const object = requireObject(value, text, what);
  return { value: object, duplicates: validation === "Ignore" ? [] : duplicateFields(text, object) };
}

function requireObject(value: unknown, text: string, what: string): JsonObject {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as JsonObject;
  const type = Array.isArray(value) ? "array" : typeof value;
  const shape =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  throw unrecognized(
    what,
    text,
    `json parse error: json: cannot unmarshal ${type} into Go value of type ${shape}`,
  );
}

function unrecognized(what: string, text: string, why: string): StatusError {
  const head = `the object provided is unrecognized (must be of type ${what})`;
  return badRequest(`${head}: couldn't get version/kind; ${why} (${summary(text)})`);
}

/** Compat: what does not begin like an object is shown in hex. */
function summary(text: string): string {
  if (text === "") return "<empty>";
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  const part = text.slice(0, SHOWN_CHARACTERS_MAX);
  return `${text.startsWith("{") ? part : Buffer.from(part).toString("hex")}${isLong ? " ..." : ""}`;
}

/**
 * The object in the version of the request, checked and with defaults; `kind` is what the endpoint takes.
 * Findings of field validation become warnings, or a 400 where the client wants it strict.
 */
export function decodeObject(
  api: Api,
  exchange: Exchange,
  bytes: Buffer,
  encoding: Encoding,
  kind: GroupVersionKind,
  validation: FieldValidation,
): KubernetesObject {
  if (encoding === "protobuf") return withDefaults(api, decodeBinary(api, bytes, kind), kind);
  const { value, duplicates } = parseBody(api, bytes, encoding, kind.kind, validation);
  requireKind(api, value, kind);
  const { object, unknownFields } = check(api, value, kind, (message) => unhandled(kind, kind, message));
  const findings = strictFindings(unknownFields, duplicates);
  if (findings.length > 0) {
    report(exchange, findings, validation, (all) => unhandled(kind, kind, `strict decoding error: ${all}`));
  }
  return withDefaults(api, object, kind);
}

/** Checks a value against the type of a kind; `refuse` makes the error from what the decoder says. */
export function check(
  api: Api,
  value: JsonObject,
  kind: GroupVersionKind,
  refuse: (message: string, error: DecodeError) => Error,
): { object: JsonObject; unknownFields: readonly string[] } {
  try {
    return checkObject(api.schema.typeOf(kind), value, api.resolve);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message, error);
    throw error;
  }
}

/** The findings of field validation in the reference's words, unknown fields first. */
export function strictFindings(
  unknownFields: readonly string[],
  duplicates: readonly string[],
): readonly string[] {
  if (unknownFields.length === 0 && duplicates.length === 0) return unknownFields;
  return [
    ...unknownFields.map((field) => `unknown field ${goJson(field)}`),
    ...duplicates.map((field) => `duplicate field ${goJson(field)}`),
  ];
}

/** Warnings, nothing, or an error, as the client wants. */
export function report(
  exchange: Exchange,
  findings: readonly string[],
  validation: FieldValidation,
  refuse: (all: string) => Error,
): void {
  if (validation === "Strict") throw refuse(findings.join(", "));
  if (validation === "Warn") for (const finding of findings) exchange.warn(finding);
}

/** Fills in defaults, in place; `object` has been checked. */
export function withDefaults(api: Api, object: JsonObject, kind: GroupVersionKind): KubernetesObject {
  applyDefaults(api.schema.typeOf(kind), object, api.resolve, { now: formatTime(api.clock.wallMs()) });
  return object as unknown as KubernetesObject;
}

/** The object in the version in which it is stored; the same one where that is the version it has. */
export function toStorage(api: Api, object: KubernetesObject, resource: ResourceTable): KubernetesObject {
  const { storage } = resource;
  if (storage.version === resource.version && storage.group === resource.group) return object;
  return convert(api.schema, object as unknown as JsonObject, storage) as unknown as KubernetesObject;
}

/** The kind of the body must be the endpoint's; a body without one is taken for it. */
function requireKind(api: Api, value: JsonObject, kind: GroupVersionKind): void {
  const apiVersion = apiVersionOf(kind.group, kind.version);
  const givenKind = value.kind ?? "";
  const givenVersion = value.apiVersion ?? "";
  if (typeof givenKind !== "string" || typeof givenVersion !== "string") {
    throw badRequest("Object 'Kind' and 'apiVersion' must be strings");
  }
  if (givenKind === "") value.kind = kind.kind;
  if (givenVersion === "") value.apiVersion = apiVersion;
  if (value.kind === kind.kind && value.apiVersion === apiVersion) return;
  throw wrongKind(api, String(value.kind), String(value.apiVersion), kind);
}

function wrongKind(api: Api, givenKind: string, givenVersion: string, kind: GroupVersionKind): StatusError {
  const given = parseApiVersion(givenVersion);
  if (given === undefined) return badRequest(`unexpected GroupVersion string: ${givenVersion}`);
  const body = { ...given, kind: givenKind };
  const names = { kind: givenKind, version: given.version };
  if (api.schema.findKind(body.group, body.version, body.kind) === undefined) {
    const quoted = `no kind ${goJson(givenKind)} is registered for version ${goJson(givenVersion)} in scheme`;
    return unhandled(names, kind, `${quoted} "pkg/runtime/scheme.go:111"`);
  }
  if (givenKind === kind.kind) {
    const expected = apiVersionOf(kind.group, kind.version);
    return badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${expected})`,
    );
  }
  const from = `${goPackage(given.group, given.version)}.${givenKind}`;
  const to = `${kind.group === "" ? "core" : kind.group.split(".")[0]}.${kind.kind}`;
  return unhandled(names, kind, `converting (${from}) to (${to}): unknown conversion`);
}

function goPackage(_group: string, version: string): string {
  return version;
}

function unhandled(
  given: { readonly kind: string; readonly version: string },
  wanted: GroupVersionKind,
  why: string,
): StatusError {
  const version = goJson(given.version);
  return badRequest(`${given.kind} in version ${version} cannot be handled as a ${wanted.kind}: ${why}`);
}

function decodeBinary(api: Api, bytes: Buffer, kind: GroupVersionKind): JsonObject {
  try {
    if (bytes.length === 0 || !isProtobuf(bytes)) {
      const why = "provided data does not appear to be a protobuf message";
      throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why}`);
    }
    const head = unwrapProtobuf(bytes);
    const given = { kind: head.kind || kind.kind, apiVersion: head.apiVersion };
    if (given.apiVersion === "") given.apiVersion = apiVersionOf(kind.group, kind.version);
    if (given.kind !== kind.kind || given.apiVersion !== apiVersionOf(kind.group, kind.version)) {
      throw wrongKind(api, given.kind, given.apiVersion, kind);
    }
    return decodeProtobuf(api.schema, bytes, kind);
  } catch (error) {
    if (hasCode(error, "BadProtobuf", "BadValue")) throw unhandled(kind, kind, error.message);
    throw error;
  }
}
