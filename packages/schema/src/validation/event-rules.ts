/**
 * Rules of Events. Those of the core group are taken as they always were; those of events.k8s.io are checked
 * strictly, and once written only their series goes on. Both are seen in the form that is stored.
 */
import {
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  stringIn,
} from "@quorate/object";
import { Findings } from "./findings.ts";

const LIMITS = ["reportingInstance", "action", "reason"];
const TEXT_MAX = 128;
const NOTE_MAX = 1024;

/** The names of fields in the core group, and what events.k8s.io calls them. */
const NEW_NAMES: Readonly<Record<string, string>> = {
  involvedObject: "regarding",
  message: "note",
  source: "deprecatedSource",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
  count: "deprecatedCount",
  reportingComponent: "reportingController",
};

function read(event: KubernetesObject, key: string): unknown {
  return fieldOf(event, key) ?? fieldOf(event, NEW_NAMES[key] ?? key);
}

function textOf(event: KubernetesObject, key: string): string {
  const value = read(event, key);
  return typeof value === "string" ? value : "";
}

/** What holds for every event; `reporter` is what the request's version calls the controller. */
function validateAnyEvent(event: KubernetesObject, reporter: string): Findings {
  const findings = new Findings();
  const involved = stringIn(read(event, "involvedObject"), "namespace");
  const { namespace = "" } = event.metadata;
  const isNew = hasField(event, "eventTime");
  const own = isNew ? ["default", "kube-system"] : ["", "default"];
  // A new event may stand elsewhere than what it is about.
  const isApart = involved === "" ? !own.includes(namespace) : !isNew && involved !== namespace;
  if (isApart) {
    findings.invalid("involvedObject.namespace", involved, "does not match event.namespace");
  }
  if (isNew) validateReport(event, reporter, findings);
  return findings;
}

/** Events with an eventTime are of the new kind: reporter, action and reason are needed. */
function validateReport(event: KubernetesObject, reporter: string, findings: Findings): void {
  const component = textOf(event, "reportingComponent");
  if (component === "") findings.required(reporter);
  findings.qualifiedName(reporter, component);
  for (const key of LIMITS) {
    const value = textOf(event, key);
    if (value === "") findings.required(key);
    if (value.length > TEXT_MAX) findings.invalid(key, "", `can have at most ${TEXT_MAX} characters`);
  }
  const tooLong = textOf(event, "message").length > NOTE_MAX;
  if (tooLong) findings.invalid("message", "", `can have at most ${NOTE_MAX} characters`);
}

/** An event of the core group, new or changed. */
export function validateCoreEvent(event: KubernetesObject): FieldError[] {
  return validateAnyEvent(event, "reportingComponent").list;
}

function validateSeries(event: KubernetesObject, findings: Findings): void {
  if (!hasField(event, "series")) return;
  const series = objectIn(event, "series");
  if (numberIn(series, "count") < 2) findings.invalid("series.count", "", "should be at least 2");
  if (!hasField(series, "lastObservedTime")) findings.required("series.lastObservedTime");
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === 0) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A new event of events.k8s.io: the fields of old are not for it. */
export function validateNewEvent(event: KubernetesObject): FieldError[] {
  const findings = validateAnyEvent(event, "reportingController");
  validateSeries(event, findings);
  if (!hasField(event, "eventTime")) findings.required("eventTime");
  const type = stringIn(event, "type");
  if (type !== "Normal" && type !== "Warning") {
    findings.invalid("type", "", `has invalid value: ${type}`);
  }
  for (const key of ["firstTimestamp", "lastTimestamp", "count", "source"]) {
    if (isGiven(read(event, key))) findings.invalid(key, "", "needs to be unset");
  }
  return findings.list;
}

const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingController",
  "reportingInstance",
];

/** Of an event of events.k8s.io only the series changes. */
export function validateNewEventUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = validateAnyEvent(next, "reportingController");
  if (!jsonEqual(fieldOf(next, "series") ?? null, fieldOf(current, "series") ?? null)) {
    validateSeries(next, findings);
  }
  for (const name of FIXED) {
    const key = name === "reportingController" ? "reportingComponent" : name;
    const [now, before] = [read(next, key), read(current, key)];
    if (isGiven(now) || isGiven(before)) findings.immutable(plain(now), plain(before), name);
  }
  return findings.list;
}

/** Empty objects are written by some and left out by others. */
function plain(value: unknown): unknown {
  return isGiven(value) ? (value as JsonObject) : null;
}
