/** The status that the server itself gives to its objects; kinds without one here have none. */
import { formatTime, type JsonObject, type KubernetesObject } from "@quorate/object";
import { danglingCondition, levelOf } from "../flow/flow-schema-status.ts";
import { readyRangeStatus } from "./service-range.ts";

function condition(nowMs: number, fields: JsonObject): JsonObject {
  return { lastTransitionTime: formatTime(nowMs), ...fields };
}

/** The status of a new bootstrap object, undefined where it has none. */
export function bootstrapStatus(object: KubernetesObject, nowMs: number): KubernetesObject["status"] {
  switch (object.kind) {
    case "APIService": {
      const message = "Local APIServices are always available";
      return {
        conditions: [condition(nowMs, { message, reason: "Local", status: "True", type: "Available" })],
      };
    }
    case "FlowSchema": {
      return { conditions: [condition(nowMs, danglingCondition(levelOf(object), true))] };
    }
    case "ServiceCIDR":
      return readyRangeStatus(nowMs);
    default:
      return undefined;
  }
}
