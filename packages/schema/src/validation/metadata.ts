/**
 * Metadata rules of every kind, in the reference's order of findings: names, namespace, labels, annotations, owners,
 * finalizers, managed fields; on update also what may not change.
 */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPathSegment,
  checkQualifiedName,
  type FieldError,
  forbidden,
  invalid,
  jsonEqual,
  maskTrailingDash,
  notSupported,
  type ObjectMeta,
  type OwnerReference,
  required,
  tooLong,
} from "@quorate/object";

/** What is wrong with a name; `isPrefix` for generateName, to which characters will be appended. */
export type NameCheck = (name: string, isPrefix: boolean) => string[];

export const subdomainName: NameCheck = (name, isPrefix) =>
  checkDns1123Subdomain(isPrefix ? maskTrailingDash(name) : name);
export const labelName: NameCheck = (name, isPrefix) =>
  checkDns1123Label(isPrefix ? maskTrailingDash(name) : name);
export const pathSegmentName: NameCheck = (name, isPrefix) => (isPrefix ? [] : checkPathSegment(name));
export const anyName: NameCheck = () => [];

/** Bound: keys and values of all annotations together. */
export const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const MANAGER_BYTES_MAX = 128;
const SUBRESOURCE_BYTES_MAX = 256;

export const IMMUTABLE = "field is immutable";

/** Metadata of an object that is created (also run on update, with `pathSegmentName`). */
export function validateMetadata(meta: ObjectMeta, namespaced: boolean, checkName: NameCheck): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const text of checkName(meta.generateName, true)) {
      errors.push(invalid("metadata.generateName", meta.generateName, text));
    }
  }
  if (!meta.name) errors.push(required("metadata.name", "name or generateName is required"));
  else for (const text of checkName(meta.name, false)) errors.push(invalid("metadata.name", meta.name, text));
  validateNamespace(meta, namespaced, errors);
  validateGeneration(meta, errors);
  validateLabels(meta.labels, "metadata.labels", errors);
  validateAnnotations(meta.annotations, "metadata.annotations", errors);
  validateOwners(meta.ownerReferences, errors);
  validateFinalizers(meta.finalizers, errors);
  validateManagedFields(meta, errors);
  return errors;
}

/** What an update may not change in the metadata. */
export function validateMetadataUpdate(next: ObjectMeta, current: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (current.deletionTimestamp) {
    const known = new Set(current.finalizers);
    const added = (next.finalizers ?? []).filter((name) => !known.has(name));
    if (added.length > 0) {
      const list = [...new Set(added)].sort().map((name) => JSON.stringify(name));
      const found = `found new finalizers []string{${list.join(", ")}}`;
      const text = `no new finalizers can be added if the object is being deleted, ${found}`;
      errors.push(forbidden("metadata.finalizers", text));
    }
  }
  if (!next.resourceVersion) {
    errors.push(
      invalid("metadata.resourceVersion", next.resourceVersion ?? "", "must be specified for an update"),
    );
  }
  validateGeneration(next, errors);
  if ((next.generation ?? 0) < (current.generation ?? 0)) {
    errors.push(invalid("metadata.generation", next.generation ?? 0, "must not be decremented"));
  }
  const fixed = ["name", "namespace", "uid", "creationTimestamp"] as const;
  for (const key of [...fixed, "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const empty = key === "name" || key === "namespace" || key === "uid" ? "" : null;
    const value = next[key] ?? empty;
    if (value !== (current[key] ?? empty)) errors.push(invalid(`metadata.${key}`, value, IMMUTABLE));
  }
  validateLabels(next.labels, "metadata.labels", errors);
  validateAnnotations(next.annotations, "metadata.annotations", errors);
  validateOwners(next.ownerReferences, errors);
  validateManagedFields(next, errors);
  return errors;
}

function validateNamespace(meta: ObjectMeta, namespaced: boolean, errors: FieldError[]): void {
  const field = "metadata.namespace";
  if (!namespaced) {
    if (meta.namespace) errors.push(forbidden(field, "not allowed on this type"));
  } else if (!meta.namespace) errors.push(required(field));
  else
    for (const text of checkDns1123Label(meta.namespace)) errors.push(invalid(field, meta.namespace, text));
}

function validateGeneration(meta: ObjectMeta, errors: FieldError[]): void {
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalid("metadata.generation", meta.generation, "must be greater than or equal to 0"));
  }
}

/** Keys and values of labels, wherever they stand. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (!labels) return;
  for (const key of Object.keys(labels)) {
    for (const text of checkQualifiedName(key)) errors.push(invalid(field, key, text));
    const value = labels[key]!;
    for (const text of checkLabelValue(value)) errors.push(invalid(field, value, text));
  }
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (!annotations) return;
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    for (const text of checkQualifiedName(key.toLowerCase())) errors.push(invalid(field, key, text));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(field, ANNOTATIONS_BYTES_MAX));
}

function validateOwners(owners: readonly OwnerReference[] | undefined, errors: FieldError[]): void {
  if (!owners) return;
  let controller = "";
  owners.forEach((owner, index) => {
    const field = `metadata.ownerReferences[${index}]`;
    const parts = (owner.apiVersion ?? "").split("/");
    if (!owner.apiVersion) errors.push(required(`${field}.apiVersion`, "must not be empty"));
    else if (parts.length > 2 || parts.at(-1) === "") {
      errors.push(invalid(`${field}.apiVersion`, owner.apiVersion, "must be <group>/<version> or <version>"));
    }
    for (const key of ["kind", "name", "uid"] as const) {
      if (!owner[key]) errors.push(required(`${field}.${key}`, "must not be empty"));
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      errors.push(invalid(field, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (!owner.controller) return;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === "") controller = name;
    else {
      const found = `Found "true" in references for ${controller} and ${name}`;
      const text = `Only one reference can have Controller set to true. ${found}`;
      errors.push(invalid("metadata.ownerReferences", owners, text));
    }
  });
}

function validateFinalizers(finalizers: readonly string[] | undefined, errors: FieldError[]): void {
  if (!finalizers) return;
  const field = "metadata.finalizers";
  for (const name of finalizers) {
    for (const text of checkQualifiedName(name)) errors.push(invalid(field, name, text));
  }
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const text = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(invalid(field, finalizers, text));
  }
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Finalizers of built-in kinds: one that Kubernetes knows, or one with a domain. */
export function validateFinalizerNames(
  finalizers: readonly string[] | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  finalizers?.forEach((name, index) => {
    if (name.includes("/") || STANDARD_FINALIZERS.has(name)) return;
    const text = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(invalid(`${field}[${index}]`, name, text));
  });
  return errors;
}

function validateManagedFields(meta: ObjectMeta, errors: FieldError[]): void {
  (meta.managedFields ?? []).forEach((entry, index) => {
    const field = `metadata.managedFields[${index}]`;
    const operation: string = entry.operation ?? "";
    if (operation === "") errors.push(required(`${field}.operation`, "must not be empty"));
    else if (operation !== "Apply" && operation !== "Update") {
      errors.push(notSupported(`${field}.operation`, operation, ["Apply", "Update"]));
    }
    if (entry.fieldsType && entry.fieldsType !== "FieldsV1") {
      errors.push(invalid(`${field}.fieldsType`, entry.fieldsType, "must be `FieldsV1`"));
    }
    validateManager(entry.manager ?? "", `${field}.manager`, errors);
    if (Buffer.byteLength(entry.subresource ?? "") > SUBRESOURCE_BYTES_MAX) {
      errors.push(tooLong(`${field}.subresource`, SUBRESOURCE_BYTES_MAX));
    }
  });
}

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** The name of a field manager (also the query parameter fieldManager). */
export function validateManager(manager: string, field: string, errors: FieldError[]): void {
  if (Buffer.byteLength(manager) > MANAGER_BYTES_MAX) errors.push(tooLong(field, MANAGER_BYTES_MAX));
  let position = 0;
  for (const char of manager) {
    if (UNPRINTABLE.test(char)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      errors.push(invalid(field, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(char);
  }
}

/** One finding where a value that may not change has changed. */
export function requireUnchanged(next: unknown, current: unknown, field: string, errors: FieldError[]): void {
  if (!jsonEqual(next, current)) errors.push(invalid(field, next ?? null, IMMUTABLE));
}
