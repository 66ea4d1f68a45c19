/** The row of an Event, in the form of v1 or of events.k8s.io/v1. */
import {
  ageOf,
  hasField,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  stringIn,
} from "@quorate/object";
import { nameOf, or } from "./cell.ts";

/** The cells of an Event, in the order of its columns. */
export function eventCells(event: KubernetesObject, nowMs: number): unknown[] {
  const regarding = hasField(event, "involvedObject") ? "involvedObject" : "regarding";
  const object = objectIn(event, regarding);
  const first = or(stringIn(event, "firstTimestamp"), stringIn(event, "deprecatedFirstTimestamp"));
  const last = or(stringIn(event, "lastTimestamp"), stringIn(event, "deprecatedLastTimestamp"));
  const series = objectIn(event, "series");
  const firstSeen = ageOf(or(first, stringIn(event, "eventTime")), nowMs);
  let lastSeen = last === "" ? firstSeen : ageOf(last, nowMs);
  let count = numberIn(event, "count") || numberIn(event, "deprecatedCount") || 1;
  if (hasField(event, "series")) {
    lastSeen = ageOf(stringIn(series, "lastObservedTime"), nowMs);
    count = numberIn(series, "count");
  }
  const kind = stringIn(object, "kind").toLowerCase();
  const name = stringIn(object, "name");
  return [
    lastSeen,
    stringIn(event, "type"),
    stringIn(event, "reason"),
    name === "" ? kind : `${kind}/${name}`,
    stringIn(object, "fieldPath"),
    sourceText(event, objectIn(event, hasField(event, "source") ? "source" : "deprecatedSource")),
    or(stringIn(event, "message"), stringIn(event, "note")).trim(),
    firstSeen,
    count,
    nameOf(event),
  ];
}

function sourceText(event: KubernetesObject, source: JsonObject): string {
  const reporter = or(stringIn(event, "reportingComponent"), stringIn(event, "reportingController"));
  const component = or(stringIn(source, "component"), reporter);
  const instance = or(stringIn(source, "host"), stringIn(event, "reportingInstance"));
  return instance === "" ? component : `${component}, ${instance}`;
}
