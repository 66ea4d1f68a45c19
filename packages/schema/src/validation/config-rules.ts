/** Rules of ConfigMaps, Secrets, Namespaces, ServiceAccounts, LimitRanges, ResourceQuotas and Nodes. */
import {
  checkConfigKey,
  checkLabelValue,
  checkQualifiedName,
  type FieldError,
  fieldOf,
  hasField,
  isTrueIn,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { Findings } from "./findings.ts";
import { checkCidr, parseCidr } from "./ip.ts";
import { validateAmount, validateResourceName } from "./resource-rules.ts";

/** Bound: all values of a ConfigMap or Secret together. */
const DATA_BYTES_MAX = 1024 * 1024;

/** The length of what base64 text stands for, without decoding it. */
function decodedLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}

export function validateConfigMap(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const data = stringMapIn(object, "data");
  const binary = stringMapIn(object, "binaryData");
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    findings.text(`data[${key}]`, key, checkConfigKey);
    if (Object.hasOwn(binary, key)) {
      findings.invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
    }
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binary)) {
    findings.text(`binaryData[${key}]`, key, checkConfigKey);
    bytes += decodedLength(value);
  }
  if (bytes > DATA_BYTES_MAX) findings.tooLong("", DATA_BYTES_MAX);
  return findings.list;
}

/** Once immutable, always, and with it the data. */
function validateImmutable(
  next: KubernetesObject,
  current: KubernetesObject,
  keys: readonly string[],
  findings: Findings,
): void {
  if (!isTrueIn(current, "immutable")) return;
  const text = "field is immutable when `immutable` is set";
  if (!isTrueIn(next, "immutable")) findings.forbidden("immutable", text);
  for (const key of keys) {
    if (!jsonEqual(fieldOf(next, key), fieldOf(current, key))) findings.forbidden(key, text);
  }
}

export function validateConfigMapUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateImmutable(next, current, ["data", "binaryData"], findings);
  return [...findings.list, ...validateConfigMap(next)];
}

const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";

/** The keys that a type of Secret must have. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

export function validateSecret(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const data = stringMapIn(object, "data");
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    findings.text(`data[${key}]`, key, checkConfigKey);
    bytes += decodedLength(value);
  }
  if (bytes > DATA_BYTES_MAX) findings.tooLong("data", DATA_BYTES_MAX);
  const type = stringIn(object, "type");
  if (type === "kubernetes.io/service-account-token") {
    if (!object.metadata.annotations?.[SERVICE_ACCOUNT_NAME]) {
      findings.required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`);
    }
  } else if (type === "kubernetes.io/basic-auth") {
    if (!Object.hasOwn(data, "username") && !Object.hasOwn(data, "password")) {
      findings.required("data[username]");
      findings.required("data[password]");
    }
  } else {
    for (const key of SECRET_KEYS[type] ?? []) {
      const isEmptyKey = type === "kubernetes.io/ssh-auth" && data[key] === "";
      if (!Object.hasOwn(data, key) || isEmptyKey) findings.required(`data[${key}]`);
      else if (type.startsWith("kubernetes.io/dockerc")) validateDockerConfig(data[key]!, key, findings);
    }
  }
  return findings.list;
}

function validateDockerConfig(base64: string, key: string, findings: Findings): void {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  } catch {
    // Falls through: the text of the reference's JSON parser is all that is missing.
  }
  findings.invalid(`data[${key}]`, "<secret contents redacted>", "must be a JSON object");
}

export function validateSecretUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(stringIn(next, "type"), stringIn(current, "type"), "type");
  validateImmutable(next, current, ["data"], findings);
  return [...findings.list, ...validateSecret(next)];
}

/** Finalizers of a namespace's spec: a domain of their own, or the one of Kubernetes. */
function validateSpecFinalizers(object: KubernetesObject, withIndex: boolean, findings: Findings): void {
  stringsIn(object.spec, "finalizers").forEach((name, index) => {
    const at = withIndex ? `spec.finalizers[${index}]` : "spec.finalizers";
    findings.text(at, name, checkQualifiedName);
    if (!name.includes("/") && name !== "kubernetes" && name !== "orphan" && name !== "foregroundDeletion") {
      findings.invalid(at, name, "name is neither a standard finalizer name nor is it fully qualified");
    }
  });
}

export function validateNamespace(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateSpecFinalizers(object, false, findings);
  return findings.list;
}

export function validateNamespaceSubresource(next: KubernetesObject, subresource: string): FieldError[] {
  const findings = new Findings();
  if (subresource === "finalize") validateSpecFinalizers(next, true, findings);
  else {
    const phase = stringIn(next.status, "phase");
    if (!next.metadata.deletionTimestamp) {
      if (phase !== "Active") {
        findings.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
      }
    } else if (phase !== "Terminating") {
      const text = "may only be 'Terminating' if `deletionTimestamp` is not empty";
      findings.invalid("status.Phase", phase, text);
    }
  }
  return findings.list;
}

const LIMIT_TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const LIMIT_PARTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

export function validateLimitRange(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const types = new Set<string>();
  objectsIn(object.spec, "limits").forEach((limit, index) => {
    const at = `spec.limits[${index}]`;
    const type = stringIn(limit, "type");
    findings.text(`${at}.type`, type, checkQualifiedName);
    const isPlain = checkQualifiedName(type).length === 0 && !type.includes("/");
    if (isPlain && !LIMIT_TYPES.includes(type)) {
      findings.invalid(`${at}.type`, type, "must be a standard limit type or fully qualified");
    }
    if (types.has(type)) findings.duplicate(`${at}.type`, type);
    types.add(type);
    const names = new Set<string>();
    for (const part of LIMIT_PARTS) {
      for (const name of Object.keys(objectIn(limit, part))) {
        names.add(name);
        validateResourceName(name, `${at}.${part}[${name}]`, findings);
      }
    }
    if (type === "Pod") {
      for (const part of ["default", "defaultRequest"]) {
        if (Object.keys(objectIn(limit, part)).length > 0) {
          findings.forbidden(`${at}.${part}`, "may not be specified when `type` is 'Pod'");
        }
      }
    }
    if (type === "PersistentVolumeClaim" && !hasStorageBound(limit)) {
      const text = "either minimum or maximum storage value is required, but neither was provided";
      findings.required(`${at}.limits`, text);
    }
    for (const name of names) validateLimits(limit, name, at, findings);
  });
  return findings.list;
}

function hasStorageBound(limit: JsonObject): boolean {
  return hasField(objectIn(limit, "min"), "storage") || hasField(objectIn(limit, "max"), "storage");
}

/** min <= defaultRequest <= default <= max. */
function validateLimits(limit: JsonObject, name: string, at: string, findings: Findings): void {
  const get = (part: string) => {
    const value = fieldOf(objectIn(limit, part), name);
    return value === undefined ? undefined : Quantity.parse(value as string);
  };
  const [min, max] = [get("min"), get("max")];
  const [request, standard] = [get("defaultRequest"), get("default")];
  const above = (low: Quantity | undefined, high: Quantity | undefined) =>
    low !== undefined && high !== undefined && low.compare(high) > 0;
  if (above(min, max)) {
    findings.invalid(`${at}.min[${name}]`, min, `min value ${min} is greater than max value ${max}`);
  }
  const requestPath = `${at}.defaultRequest[${name}]`;
  const ofRequest = `default request value ${request}`;
  if (above(min, request)) {
    findings.invalid(requestPath, request, `min value ${min} is greater than ${ofRequest}`);
  }
  if (above(request, max)) {
    findings.invalid(requestPath, request, `${ofRequest} is greater than max value ${max}`);
  }
  if (above(request, standard)) {
    findings.invalid(requestPath, request, `${ofRequest} is greater than default limit value ${standard}`);
  }
  const path = `${at}.default[${name}]`;
  if (above(min, standard)) {
    findings.invalid(path, min, `min value ${min} is greater than default value ${standard}`);
  }
  if (above(standard, max)) {
    findings.invalid(path, max, `default value ${standard} is greater than max value ${max}`);
  }
  const ratio = get("maxLimitRequestRatio");
  if (ratio && ratio.compare(Quantity.ofInteger(1)) < 0) {
    findings.invalid(`${at}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`);
  }
}

const SCOPES = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
];

export function validateResourceQuota(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  for (const [name, value] of Object.entries(objectIn(object.spec, "hard"))) {
    const at = `spec.hard[${name}]`;
    if (validateQuotaName(name, at, findings)) validateAmount(name, value, at, findings);
  }
  const scopes = stringsIn(object.spec, "scopes");
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) findings.invalid("spec.scopes", scopes, "unsupported scope");
  }
  const conflicts = [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ] as const;
  for (const [a, b] of conflicts) {
    if (scopes.includes(a) && scopes.includes(b))
      findings.invalid("spec.scopes", scopes, "conflicting scopes");
  }
  if (hasField(object.spec, "scopeSelector")) validateScopeSelector(object.spec ?? {}, findings);
  return findings.list;
}

/** Scopes that an object is in or not; the others have values. */
const EXISTING_SCOPES = SCOPES.filter((name) => name !== "PriorityClass" && name !== "VolumeAttributesClass");

/** Compat: findings name the list, not the place in it. */
function validateScopeSelector(spec: JsonObject, findings: Findings): void {
  const path = "spec.scopeSelector.matchExpressions";
  objectsIn(objectIn(spec, "scopeSelector"), "matchExpressions").forEach((requirement) => {
    const scope = stringIn(requirement, "scopeName");
    const operator = stringIn(requirement, "operator");
    const values = stringsIn(requirement, "values");
    if (!SCOPES.includes(scope)) findings.invalid(`${path}.scopeName`, scope, "unsupported scope");
    if (EXISTING_SCOPES.includes(scope) && operator !== "Exists") {
      const names = "Terminating, NotTerminating, BestEffort, NotBestEffort";
      const whole = names.replaceAll(/\w+/g, (name) => `ResourceQuotaScope${name}`);
      const last = "ResourceQuotaScopeCrossNamespacePodAffinity";
      const text = `must be 'Exists' when scope is any of ${whole} or ${last}`;
      findings.invalid(`${path}.operator`, operator, text);
    }
    if (operator === "In" || operator === "NotIn") {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (values.length === 0) findings.required(`${path}.values`, text);
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) findings.invalid(`${path}.values`, values, text);
    } else findings.invalid(`${path}.operator`, operator, "not a valid selector operator");
  });
}

/** A standard resource, a count of objects (`count/pods`), or one with a domain. */
function validateQuotaName(name: string, field: string, findings: Findings): boolean {
  const bad = checkQualifiedName(name);
  for (const text of bad) findings.invalid(field, name, text);
  if (bad.length > 0) return false;
  if (name.includes("/") || /^(requests\.|limits\.|hugepages-|count\/)/.test(name)) return true;
  const errors = new Findings();
  if (validateResourceName(name, field, errors)) return true;
  findings.list.push(...errors.list);
  findings.invalid(field, name, "must be a standard resource for quota");
  return false;
}

export function validateResourceQuotaUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const scopes = [...stringsIn(next.spec, "scopes")].sort();
  if (!jsonEqual(scopes, [...stringsIn(current.spec, "scopes")].sort())) {
    findings.invalid("spec.scopes", stringsIn(next.spec, "scopes"), "field is immutable");
  }
  return [...validateResourceQuota(next), ...findings.list];
}

/** One network of each family at most. */
function validateFamilies(cidrs: readonly string[], findings: Findings): void {
  if (cidrs.length < 2) return;
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.bytes.length));
  if (cidrs.length === 2 && families.size === 2) return;
  findings.invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family");
}

export function validateNode(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const seen = new Set<string>();
  objectsIn(object.spec, "taints").forEach((taint, index) => {
    // Compat: the reference looks for taints in the metadata, where they once were.
    const at = `metadata.taints[${index}]`;
    const key = stringIn(taint, "key");
    const effect = stringIn(taint, "effect");
    findings.text(`${at}.key`, key, checkQualifiedName);
    const bad = checkLabelValue(stringIn(taint, "value"));
    if (bad.length > 0) findings.invalid(`${at}.value`, stringIn(taint, "value"), bad.join(";"));
    findings.oneOf(taint, "effect", at, ["NoSchedule", "PreferNoSchedule", "NoExecute"]);
    if (seen.has(`${key}:${effect}`))
      findings.duplicate(at, taint, "taints must be unique by key and effect pair");
    seen.add(`${key}:${effect}`);
  });
  stringsIn(object.spec, "podCIDRs").forEach((cidr, index) => {
    findings.text(`spec.podCIDRs[${index}]`, cidr, checkCidr);
  });
  validateFamilies(stringsIn(object.spec, "podCIDRs"), findings);
  return findings.list;
}

export function validateNodeUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const before = stringsIn(current.spec, "podCIDRs");
  if (before.length > 0 && !jsonEqual(before, stringsIn(next.spec, "podCIDRs"))) {
    const text = 'node updates may not change podCIDR except from "" to valid';
    findings.forbidden("spec.podCIDRs", text);
  }
  const provider = stringIn(current.spec, "providerID");
  if (provider !== "" && stringIn(next.spec, "providerID") !== provider) {
    const isCleared = stringIn(next.spec, "providerID") === "";
    const text = `field cannot be ${isCleared ? "cleared" : "modified"} once set`;
    findings.invalid("spec.providerID", null, text);
  }
  return [...validateNode(next), ...findings.list];
}
