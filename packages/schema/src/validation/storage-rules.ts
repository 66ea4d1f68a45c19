/** Rules of volumes, claims, classes and drivers. */
import {
  checkDns1123Subdomain,
  checkQualifiedName,
  cloneJson,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { VOLUME_MODES, validateAccessModes, validateClaimSpec } from "./claim-rules.ts";
import { Findings, POINTER } from "./findings.ts";
import { validateLabelSelector } from "./label-selector-rules.ts";
import { validateNodeSelector } from "./scheduling-rules.ts";
import { PERSISTENT_SOURCE_KEYS, validatePersistentSource } from "./volume-rules.ts";

const RECLAIM = ["Delete", "Recycle", "Retain"];

export function validatePersistentVolume(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const modes = stringsIn(spec, "accessModes");
  if (modes.length === 0) findings.required("spec.accessModes");
  validateAccessModes(modes, "spec.accessModes", findings);
  validateCapacity(spec, findings);
  findings.oneOf(spec, "persistentVolumeReclaimPolicy", "spec", RECLAIM, { optional: true });
  const affinity = objectIn(spec, "nodeAffinity");
  if (hasField(affinity, "required")) {
    validateNodeSelector(objectIn(affinity, "required"), "spec.nodeAffinity.required", findings);
  } else if (hasField(spec, "nodeAffinity")) {
    findings.required("spec.nodeAffinity.required", "must specify required node constraints");
  }
  validatePersistentSource(spec, "spec", findings);
  if (hasField(spec, "local") && !hasField(affinity, "required")) {
    findings.required("spec.nodeAffinity", "Local volume requires node affinity");
  }
  const isRoot = /^\/+$/.test(stringIn(objectIn(spec, "hostPath"), "path"));
  if (isRoot && stringIn(spec, "persistentVolumeReclaimPolicy") === "Recycle") {
    const text = "may not be 'recycle' for a hostPath mount of '/'";
    findings.forbidden("spec.persistentVolumeReclaimPolicy", text);
  }
  findings.optionalText(spec, "storageClassName", "spec", checkDns1123Subdomain);
  findings.oneOf(spec, "volumeMode", "spec", VOLUME_MODES, POINTER);
  validateMountOptions(object, findings);
  return findings.list;
}

const MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options";
const SOURCES_WITH_MOUNT_OPTIONS = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
];

/** Of the annotation; the field of the spec is taken from every source. */
function validateMountOptions({ metadata, spec = {} }: KubernetesObject, findings: Findings): void {
  if (metadata.annotations?.[MOUNT_OPTIONS] === undefined) return;
  if (findings.countSet(spec, SOURCES_WITH_MOUNT_OPTIONS) > 0) return;
  const field = `metadata.annotations.${MOUNT_OPTIONS}`;
  findings.forbidden(field, "may not specify mount options for this volume type");
}

function validateCapacity(spec: JsonObject, findings: Findings): void {
  const capacity = objectIn(spec, "capacity");
  const names = Object.keys(capacity);
  if (names.length === 0) findings.required("spec.capacity");
  if (!hasField(capacity, "storage") || names.length > 1) {
    findings.notSupported("spec.capacity", names.length === 0 ? null : capacity, ["storage"]);
  }
  for (const name of names) {
    const amount = Quantity.parse(capacity[name] as string);
    const path = `spec.capacity[${name}]`;
    if (amount.sign < 0) findings.invalid(path, Number(amount.value()), "must be a valid resource quantity");
    if (amount.sign <= 0) findings.invalid(path, amount.toString(), "must be greater than zero");
  }
}

export function validatePersistentVolumeUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
): FieldError[] {
  const findings = new Findings();
  const changed = PERSISTENT_SOURCE_KEYS.filter(
    (key) => !jsonEqual(sourceOf(next, current, key), fieldOf(current.spec, key)),
  );
  if (changed.length > 0) {
    const list = changed.map((key) => `spec.${key}`).join(", ");
    const text = `spec.persistentvolumesource is immutable after creation\nchanged: ${list}`;
    findings.forbidden("spec.persistentvolumesource", text);
  }
  findings.immutable(fieldOf(next.spec, "volumeMode"), fieldOf(current.spec, "volumeMode"), "volumeMode");
  const affinity = fieldOf(current.spec, "nodeAffinity");
  if (affinity !== undefined) {
    findings.immutable(fieldOf(next.spec, "nodeAffinity"), affinity, "nodeAffinity");
  }
  return [...validatePersistentVolume(next), ...findings.list];
}

/** A secret for expansion may be added to a CSI volume later. */
function sourceOf(next: KubernetesObject, current: KubernetesObject, key: string): unknown {
  const source = fieldOf(next.spec, key);
  if (key !== "csi" || source === undefined) return source;
  if (hasField(objectIn(current.spec, "csi"), "controllerExpandSecretRef")) return source;
  const { controllerExpandSecretRef: _, ...rest } = source as JsonObject;
  return rest;
}

export function validateClaim(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateClaimSpec(object.spec ?? {}, "spec", findings);
  return findings.list;
}

/** A bound claim may grow and change its attributes class, nothing else; an unbound one may be bound. */
export function validateClaimUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateClaimSpec(next.spec ?? {}, "spec", findings);
  const old = current.spec ?? {};
  const munged = cloneJson(next.spec ?? {});
  const isBound = stringIn(next.status, "phase") === "Bound";
  if (stringIn(old, "volumeName") === "") copyField(munged, old, "volumeName");
  if (isBound) {
    copyField(munged, old, "volumeAttributesClassName");
    munged.resources = { ...objectIn(munged, "resources") };
    copyField(munged.resources as JsonObject, objectIn(old, "resources"), "requests");
  }
  if (!hasField(old, "storageClassName")) copyField(munged, old, "storageClassName");
  if (!jsonEqual(munged, old)) {
    const keys = Object.keys({ ...munged, ...old }).filter((key) => !jsonEqual(munged[key], old[key]));
    const allowed = "resources.requests and volumeAttributesClassName for bound claims";
    const list = keys
      .sort()
      .map((key) => `spec.${key}`)
      .join(", ");
    findings.forbidden("spec", `spec is immutable after creation except ${allowed}\nchanged: ${list}`);
  }
  validateShrink(next, current, findings);
  findings.immutable(fieldOf(next.spec, "volumeMode"), fieldOf(old, "volumeMode"), "volumeMode");
  return findings.list;
}

function copyField(to: JsonObject, from: JsonObject, key: string): void {
  if (from[key] === undefined) delete to[key];
  else to[key] = from[key];
}

function storageOf(holder: unknown, part: string): Quantity {
  const value = fieldOf(objectIn(holder, part), "storage");
  return value === undefined ? Quantity.zero : Quantity.parse(value as string);
}

function validateShrink(next: KubernetesObject, current: KubernetesObject, findings: Findings): void {
  const size = storageOf(objectIn(next.spec, "resources"), "requests");
  const before = storageOf(objectIn(current.spec, "resources"), "requests");
  if (size.compare(before) >= 0) return;
  const path = "spec.resources.requests.storage";
  const capacity = storageOf(current.status, "capacity");
  if (size.compare(capacity) <= 0) findings.forbidden(path, "field can not be less than status.capacity");
}

export function validateStorageClass(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const provisioner = stringIn(object, "provisioner");
  if (provisioner !== "") findings.text("provisioner", provisioner.toLowerCase(), checkQualifiedName);
  validateParameters(object, true, findings);
  optionalTop(object, "reclaimPolicy", ["Delete", "Retain"], findings);
  const mode = stringIn(object, "volumeBindingMode");
  if (!hasField(object, "volumeBindingMode")) findings.required("volumeBindingMode");
  else if (mode !== "Immediate" && mode !== "WaitForFirstConsumer") {
    findings.notSupported("volumeBindingMode", mode, ["Immediate", "WaitForFirstConsumer"]);
  }
  validateTopologies(objectsIn(object, "allowedTopologies"), findings);
  if (provisioner === "") findings.required("provisioner");
  return findings.list;
}

/** No two topologies say the same, and each has keys of its own. */
function validateTopologies(topologies: readonly JsonObject[], findings: Findings): void {
  const seen: string[] = [JSON.stringify([])];
  topologies.forEach((topology, index) => {
    const path = `allowedTopologies[${index}].matchLabelExpressions`;
    const byKey = new Map<string, string[]>();
    objectsIn(topology, "matchLabelExpressions").forEach((expression, position) => {
      const at = `${path}[${position}]`;
      const key = stringIn(expression, "key");
      const values = stringsIn(expression, "values");
      if (values.length === 0) findings.required(`${at}.values`);
      values.forEach((value, valueIndex) => {
        if (values.indexOf(value) < valueIndex) findings.duplicate(`${at}.values[${valueIndex}]`, value);
      });
      findings.text(`${at}.key`, key, checkQualifiedName);
      if (byKey.has(key)) findings.duplicate(`${at}.key`, key);
      byKey.set(key, [...new Set(values)].sort());
    });
    const text = JSON.stringify([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (seen.includes(text)) findings.duplicate(path, "");
    seen.push(text);
  });
}

/** Capacity is counted for a class, on the nodes that a selector may name. */
export function validateStorageCapacity(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.text("storageClassName", stringIn(object, "storageClassName"), checkDns1123Subdomain);
  for (const key of ["capacity", "maximumVolumeSize"]) {
    const value = fieldOf(object, key);
    if (value !== undefined && Quantity.parse(value as string).sign < 0) {
      findings.invalid(key, value, "must be greater than or equal to 0");
    }
  }
  if (hasField(object, "nodeTopology")) {
    validateLabelSelector(objectIn(object, "nodeTopology"), "nodeTopology", findings);
  }
  return findings.list;
}

/** What is counted may change, not what it is counted for. */
export function validateStorageCapacityUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
): FieldError[] {
  const findings = new Findings();
  for (const key of ["nodeTopology", "storageClassName"]) {
    findings.immutable(fieldOf(next, key), fieldOf(current, key), key);
  }
  return [...validateStorageCapacity(next), ...findings.list];
}

function optionalTop(object: unknown, key: string, supported: readonly string[], findings: Findings): void {
  const value = stringIn(object, key);
  if (value !== "" && !supported.includes(value)) findings.notSupported(key, value, supported);
}

const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;

function validateParameters(object: unknown, allowEmpty: boolean, findings: Findings): void {
  const entries = Object.entries(stringMapIn(object, "parameters"));
  if (entries.length > PARAMETERS_MAX) findings.tooLong("parameters", PARAMETERS_MAX);
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === "") findings.invalid("parameters", key, "field can not be empty.");
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > PARAMETERS_BYTES_MAX) findings.tooLong("parameters", PARAMETERS_BYTES_MAX);
  if (!allowEmpty && entries.length === 0) {
    findings.required("parameters", "must contain at least one key/value pair");
  }
}

export function validateStorageClassUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  for (const key of ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]) {
    const isSame = jsonEqual(fieldOf(next, key) ?? null, fieldOf(current, key) ?? null);
    // Compat: the reference's check by declaration does not say the value.
    if (!isSame) findings.invalid(key, null, "field is immutable");
  }
  return [...validateStorageClass(next), ...findings.list];
}

export function validateVolumeAttributesClass(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const driver = stringIn(object, "driverName");
  if (driver === "") findings.required("driverName", driver);
  else findings.text("driverName", driver.toLowerCase(), checkQualifiedName);
  validateParameters(object, false, findings);
  return findings.list;
}

export function validateVolumeAttributesClassUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
): FieldError[] {
  const findings = new Findings();
  for (const key of ["driverName", "parameters"]) {
    if (!jsonEqual(fieldOf(next, key), fieldOf(current, key))) {
      findings.forbidden(key, `updates to ${key} are forbidden.`);
    }
  }
  return [...validateVolumeAttributesClass(next), ...findings.list];
}

export function validateVolumeAttachment(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const attacher = stringIn(spec, "attacher");
  if (attacher === "") findings.required("spec.attacher");
  else findings.text("spec.attacher", attacher.toLowerCase(), checkDns1123Subdomain);
  const source = objectIn(spec, "source");
  const count = findings.countSet(source, ["inlineVolumeSpec", "persistentVolumeName"]);
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (count === 0) findings.required("spec.source", text);
  else if (count === 2) findings.forbidden("spec.source", text);
  else if (hasField(source, "persistentVolumeName")) {
    const name = stringIn(source, "persistentVolumeName");
    const path = "spec.source.persistentVolumeName";
    if (name === "") findings.required(path, "must specify non empty persistentVolumeName");
    findings.text(path, name, checkDns1123Subdomain);
  }
  findings.text("spec.nodeName", stringIn(spec, "nodeName"), checkDns1123Subdomain);
  return findings.list;
}

export function validateImmutableSpec(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(next.spec, current.spec, "spec");
  return findings.list;
}

const UPDATE_SECONDS_MIN = 10;
const LIFECYCLES = ["Ephemeral", "Persistent"];

export function validateCsiDriver(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const { spec } = object;
  for (const key of ["attachRequired", "podInfoOnMount", "storageCapacity"]) {
    if (!hasField(spec, key)) findings.required(`spec.${key}`);
  }
  const policies = ["File", "None", "ReadWriteOnceWithFSType"];
  findings.oneOf(spec ?? {}, "fsGroupPolicy", "spec", policies, POINTER);
  const seconds = numberIn(spec, "nodeAllocatableUpdatePeriodSeconds");
  if (hasField(spec, "nodeAllocatableUpdatePeriodSeconds") && seconds < UPDATE_SECONDS_MIN) {
    const text = `must be greater than or equal to ${UPDATE_SECONDS_MIN} seconds`;
    findings.invalid("spec.nodeAllocatableUpdatePeriodSeconds", seconds, text);
  }
  for (const mode of stringsIn(spec, "volumeLifecycleModes")) {
    if (!LIFECYCLES.includes(mode))
      findings.notSupported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"]);
  }
  const audiences = new Set<string>();
  objectsIn(spec, "tokenRequests").forEach((request, index) => {
    const at = `spec.tokenRequests[${index}]`;
    const audience = stringIn(request, "audience");
    if (audiences.has(audience)) findings.duplicate(`${at}.audience`, audience);
    audiences.add(audience);
    if (!hasField(request, "expirationSeconds")) return;
    const seconds = numberIn(request, "expirationSeconds");
    const path = `${at}.expirationSeconds`;
    if (seconds < 600) findings.invalid(path, seconds, "may not specify a duration less than 10 minutes");
  });
  return findings.list;
}

const NODE_ID_MAX = 256;

export function validateCsiNode(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const names = new Set<string>();
  objectsIn(object.spec, "drivers").forEach((driver, index) => {
    const at = `spec.drivers[${index}]`;
    const name = stringIn(driver, "name");
    findings.driverName(`${at}.name`, name);
    const node = stringIn(driver, "nodeID");
    if (node === "") findings.required(`${at}.nodeID`);
    if (node.length > NODE_ID_MAX) {
      findings.invalid(`${at}.nodeID`, node, `must be ${NODE_ID_MAX} characters or less`);
    }
    findings.nonNegative(objectIn(driver, "allocatable"), "count", `${at}.allocatable`);
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    names.add(name);
    // Compat: findings about the keys name the driver.
    const keys = new Set<string>();
    for (const key of stringsIn(driver, "topologyKeys")) {
      if (key === "") findings.required(at, key);
      if (keys.has(key)) findings.duplicate(at, key);
      keys.add(key);
      findings.text(at, key, checkQualifiedName);
    }
  });
  return findings.list;
}
