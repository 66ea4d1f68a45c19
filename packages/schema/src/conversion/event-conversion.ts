/** Events: core/v1 and events.k8s.io/v1 are one object under two sets of names. */
import type { JsonObject } from "@quorate/object";

const CORE_TO_EVENTS: Readonly<Record<string, string>> = {
  involvedObject: "regarding",
  message: "note",
  source: "deprecatedSource",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
  count: "deprecatedCount",
  reportingComponent: "reportingController",
};
const EVENTS_TO_CORE = Object.fromEntries(
  Object.entries(CORE_TO_EVENTS).map(([core, events]) => [events, core]),
);

/** core/v1 to events.k8s.io/v1. */
export const coreToEvents = (object: JsonObject): JsonObject => renamed(object, CORE_TO_EVENTS);
/** events.k8s.io/v1 to core/v1. */
export const eventsToCore = (object: JsonObject): JsonObject => renamed(object, EVENTS_TO_CORE);

function renamed(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]));
}
