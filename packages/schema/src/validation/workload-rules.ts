/** Rules of the kinds that keep pods running: selectors that match their template, replicas, update strategies. */
import {
  checkDns1123Label,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  type KubernetesObject,
  type LabelSelectorSpec,
  labelSelectorFrom,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import { validateClaimSpec } from "./claim-rules.ts";
import { Findings } from "./findings.ts";
import { isEmptySelector, validateLabelSelector } from "./label-selector-rules.ts";
import { validatePodTemplate } from "./pod-rules.ts";

const MISMATCH = "`selector` does not match template `labels`";

/** The selector is there, asks for something, and selects what the template makes. */
function validateSelector(spec: JsonObject, kind: string, findings: Findings): void {
  const field = "spec.selector";
  if (!hasField(spec, "selector")) {
    findings.required(field);
    return;
  }
  const selector = objectIn(spec, "selector");
  validateLabelSelector(selector, field, findings);
  if (isEmptySelector(selector)) findings.invalid(field, selector, `empty selector is invalid for ${kind}`);
}

export function validateTemplate(spec: JsonObject, kind: string, findings: Findings): void {
  const template = objectIn(spec, "template");
  const labels = stringMapIn(objectIn(template, "metadata"), "labels");
  const field = "spec.template";
  const selector = objectIn(spec, "selector");
  // Compat: a selector that is missing matches nothing, one that is empty was found out before.
  const isMissing = !hasField(spec, "selector");
  const isReadable = isMissing || isReadableSelector(selector);
  const unreadable = UNREADABLE[kind];
  if (!isReadable && unreadable !== undefined) findings.invalid("spec.selector", selector, unreadable);
  if (isMissing || (isReadable && !isEmptySelector(selector) && !matches(selector, labels))) {
    const found = Object.keys(labels).length === 0 ? null : labels;
    findings.invalid(`${field}.metadata.labels`, found, MISMATCH);
  }
  validatePodTemplate(template, field, findings);
  validateAlwaysRestarts(template, kind, findings);
}

/** Compat: what is said of a selector that can't be read, beside what is wrong in it. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ReplicaSet: "invalid label selector",
  StatefulSet: "",
};

function isReadableSelector(selector: JsonObject): boolean {
  const findings = new Findings();
  validateLabelSelector(selector, "", findings);
  return findings.list.length === 0;
}

/** A selector with a bad operator has been found out before. */
export function matches(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  try {
    return labelSelectorFrom(selector as LabelSelectorSpec).matches(labels);
  } catch {
    return true;
  }
}

function validateAlwaysRestarts(template: JsonObject, kind: string, findings: Findings): void {
  const podSpec = objectIn(template, "spec");
  const field = "spec.template.spec";
  if (stringIn(podSpec, "restartPolicy") !== "Always") {
    findings.notSupported(`${field}.restartPolicy`, stringIn(podSpec, "restartPolicy"), ["Always"]);
  }
  if (hasField(podSpec, "activeDeadlineSeconds")) {
    findings.forbidden(`${field}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
  }
}

/** 5 and "50%" -> 5 and 50: whether anything is asked for at all. */
function amountOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Number.parseInt(value, 10) || 0 : 0;
}

export function validateDeployment(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  findings.nonNegative(spec, "replicas", "spec");
  validateSelector(spec, "deployment", findings);
  validateTemplate(spec, "ReplicaSet", findings);
  validateDeploymentStrategy(spec, findings);
  findings.nonNegative(spec, "minReadySeconds", "spec");
  findings.nonNegative(spec, "revisionHistoryLimit", "spec");
  if (hasField(spec, "progressDeadlineSeconds")) {
    findings.nonNegative(spec, "progressDeadlineSeconds", "spec");
    const seconds = numberIn(spec, "progressDeadlineSeconds");
    if (seconds <= numberIn(spec, "minReadySeconds")) {
      findings.invalid("spec.progressDeadlineSeconds", seconds, "must be greater than minReadySeconds");
    }
  }
  return findings.list;
}

function validateDeploymentStrategy(spec: JsonObject, findings: Findings): void {
  const strategy = objectIn(spec, "strategy");
  const type = stringIn(strategy, "type");
  const field = "spec.strategy";
  if (type === "Recreate") {
    if (hasField(strategy, "rollingUpdate")) {
      findings.forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type === "RollingUpdate") {
    if (!hasField(strategy, "rollingUpdate")) {
      findings.required(`${field}.rollingUpdate`, "this should be defaulted and never be nil");
      return;
    }
    const update = objectIn(strategy, "rollingUpdate");
    const unavailable = fieldOf(update, "maxUnavailable");
    const surge = fieldOf(update, "maxSurge");
    findings.intOrPercent(`${field}.rollingUpdate.maxUnavailable`, unavailable);
    findings.intOrPercent(`${field}.rollingUpdate.maxSurge`, surge);
    if (amountOf(unavailable) === 0 && amountOf(surge) === 0) {
      const text = "may not be 0 when `maxSurge` is 0";
      findings.invalid(`${field}.rollingUpdate.maxUnavailable`, unavailable ?? 0, text);
    }
    findings.notMoreThan100Percent(`${field}.rollingUpdate.maxUnavailable`, unavailable);
  } else findings.notSupported(field, strategy, ["Recreate", "RollingUpdate"]);
}

/** A changed selector is refused after everything else. */
export function withImmutableSelector(
  validate: (object: KubernetesObject) => FieldError[],
): (next: KubernetesObject, current: KubernetesObject) => FieldError[] {
  return (next, current) => {
    const findings = new Findings();
    findings.immutable(fieldOf(next.spec, "selector"), fieldOf(current.spec, "selector"), "spec.selector");
    return [...validate(next), ...findings.list];
  };
}

export function validateReplicaSet(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  findings.nonNegative(spec, "replicas", "spec");
  findings.nonNegative(spec, "minReadySeconds", "spec");
  validateSelector(spec, "deployment", findings);
  validateTemplate(spec, "ReplicaSet", findings);
  return findings.list;
}

export function validateReplicationController(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  findings.nonNegative(spec, "minReadySeconds", "spec");
  const selector = stringMapIn(spec, "selector");
  if (Object.keys(selector).length === 0) findings.required("spec.selector");
  findings.nonNegative(spec, "replicas", "spec");
  if (!hasField(spec, "template")) findings.required("spec.template");
  else {
    const template = objectIn(spec, "template");
    const labels = stringMapIn(objectIn(template, "metadata"), "labels");
    const all = Object.entries(selector).every(([key, value]) => labels[key] === value);
    if (!all) findings.invalid("spec.template.metadata.labels", labels, MISMATCH);
    validatePodTemplate(template, "spec.template", findings);
    validateAlwaysRestarts(template, "ReplicationController", findings);
  }
  return findings.list;
}

export function validateDaemonSet(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  if (hasField(spec, "selector")) {
    validateLabelSelector(objectIn(spec, "selector"), "spec.selector", findings);
    if (isEmptySelector(objectIn(spec, "selector"))) {
      findings.invalid(
        "spec.selector",
        objectIn(spec, "selector"),
        "empty selector is invalid for daemonset",
      );
    }
  } else findings.required("spec.selector");
  validateTemplate(spec, "DaemonSet", findings);
  findings.nonNegative(spec, "minReadySeconds", "spec");
  validateDaemonStrategy(spec, findings);
  findings.nonNegative(spec, "revisionHistoryLimit", "spec");
  return findings.list;
}

function validateDaemonStrategy(spec: JsonObject, findings: Findings): void {
  const strategy = objectIn(spec, "updateStrategy");
  const field = "spec.updateStrategy";
  const type = stringIn(strategy, "type");
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    findings.notSupported(field, strategy, ["RollingUpdate", "OnDelete"]);
    return;
  }
  if (!hasField(strategy, "rollingUpdate")) {
    findings.required(`${field}.rollingUpdate`);
    return;
  }
  const update = objectIn(strategy, "rollingUpdate");
  const path = `${field}.rollingUpdate`;
  for (const key of ["maxUnavailable", "maxSurge"])
    findings.intOrPercent(`${path}.${key}`, fieldOf(update, key));
  for (const key of ["maxUnavailable", "maxSurge"]) {
    findings.notMoreThan100Percent(`${path}.${key}`, fieldOf(update, key));
  }
  const unavailable = amountOf(fieldOf(update, "maxUnavailable"));
  const surge = amountOf(fieldOf(update, "maxSurge"));
  if (unavailable !== 0 && surge !== 0) {
    const text = "may not be set when maxUnavailable is non-zero";
    findings.invalid(`${path}.maxSurge`, fieldOf(update, "maxSurge"), text);
  } else if (unavailable === 0 && surge === 0) {
    findings.required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
  }
}

export function validateStatefulSet(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  validateStatefulSpec(spec, findings);
  objectsIn(spec, "volumeClaimTemplates").forEach((claim, index) => {
    validateClaimSpec(objectIn(claim, "spec"), `spec.volumeClaimTemplates[${index}].spec`, findings);
  });
  return findings.list;
}

function validateStatefulSpec(spec: JsonObject, findings: Findings): void {
  const management = stringIn(spec, "podManagementPolicy");
  if (management === "") findings.required("spec.podManagementPolicy");
  else if (management !== "OrderedReady" && management !== "Parallel") {
    findings.invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'");
  }
  validateStatefulStrategy(spec, findings);
  findings.nonNegative(spec, "replicas", "spec");
  findings.nonNegative(spec, "minReadySeconds", "spec");
  if (hasField(spec, "ordinals")) findings.nonNegative(objectIn(spec, "ordinals"), "start", "spec.ordinals");
  findings.optionalText(spec, "serviceName", "spec", checkDns1123Label);
  const retention = objectIn(spec, "persistentVolumeClaimRetentionPolicy");
  for (const key of ["whenDeleted", "whenScaled"]) {
    const at = "spec.persistentVolumeClaimRetentionPolicy";
    findings.oneOf(retention, key, at, ["Retain", "Delete"], { optional: true });
  }
  validateSelector(spec, "statefulset", findings);
  validateTemplate(withClaimVolumes(spec), "StatefulSet", findings);
}

function validateStatefulStrategy(spec: JsonObject, findings: Findings): void {
  const strategy = objectIn(spec, "updateStrategy");
  const field = "spec.updateStrategy";
  const type = stringIn(strategy, "type");
  if (type === "") findings.required(field);
  else if (type === "OnDelete") {
    if (hasField(strategy, "rollingUpdate")) {
      const value = objectIn(strategy, "rollingUpdate");
      findings.invalid(`${field}.rollingUpdate`, value, "only allowed for updateStrategy 'RollingUpdate'");
    }
  } else if (type === "RollingUpdate") {
    const update = objectIn(strategy, "rollingUpdate");
    findings.nonNegative(update, "partition", `${field}.rollingUpdate`);
    if (hasField(update, "maxUnavailable")) {
      const path = `${field}.rollingUpdate.maxUnavailable`;
      const value = fieldOf(update, "maxUnavailable");
      findings.intOrPercent(path, value);
      if (amountOf(value) === 0) findings.invalid(path, value, "cannot be 0");
      findings.notMoreThan100Percent(path, value);
    }
  } else findings.invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'");
}

/** Mounts of a template may name the claims that the set makes; a claim of a volume's name takes its place. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const claims = objectsIn(spec, "volumeClaimTemplates").map((claim) =>
    stringIn(objectIn(claim, "metadata"), "name"),
  );
  const template = objectIn(spec, "template");
  const podSpec = objectIn(template, "spec");
  const volumes = [
    ...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...objectsIn(podSpec, "volumes").filter((volume) => !claims.includes(stringIn(volume, "name"))),
  ];
  if (volumes.length === 0) return spec;
  return { ...spec, template: { ...template, spec: { ...podSpec, volumes } } };
}

const STATEFUL_FIXED = ["selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy"];

/** What the pods of a set are known by stays; claims that were taken once are not looked at again. */
export function validateStatefulSetUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateStatefulSpec(next.spec ?? {}, findings);
  for (const key of STATEFUL_FIXED) {
    findings.immutable(fieldOf(next.spec, key), fieldOf(current.spec, key), `spec.${key}`);
  }
  return findings.list;
}

function validateRevisionNumber(object: KubernetesObject, findings: Findings): void {
  const revision = numberIn(object, "revision");
  if (revision < 0) findings.invalid("revision", revision, "must be greater than or equal to 0");
}

/** A revision is data, an object. */
export function validateControllerRevision(revision: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateRevisionNumber(revision, findings);
  const data = fieldOf(revision, "data");
  if (data === undefined || data === null) findings.required("data", "data is mandatory");
  else if (typeof data !== "object" || Array.isArray(data)) {
    findings.required("data", "data must be a valid JSON object");
  }
  return findings.list;
}

/** The data of a revision never changes. */
export function validateControllerRevisionUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
): FieldError[] {
  const findings = new Findings();
  validateRevisionNumber(next, findings);
  findings.immutable(fieldOf(next, "data"), fieldOf(current, "data"), "data");
  return findings.list;
}
