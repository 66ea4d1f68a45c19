/**
 * The row of a pod: how many containers are ready, what its containers say (the innermost reason wins), how often and
 * how recently they were restarted.
 *
 *   init containers still at work  ->  Init:0/2, Init:CrashLoopBackOff, Init:ExitCode:1
 *   else the first container with something to say  ->  CrashLoopBackOff, Completed, OOMKilled, ...
 */
import {
  ageOf,
  hasField,
  isTrueIn,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  parseTime,
  stringIn,
  type TableRow,
} from "@quorate/object";
import { ageCell, hasTrueCondition, nameOf, or } from "./cell.ts";

/** What the containers' states add up to. */
interface Summary {
  ready: number;
  restarts: number;
  lastRestart: string;
  reason: string;
}

/** The cells of a Pod, in the order of its columns. */
export function podCells(pod: KubernetesObject, nowMs: number): unknown[] {
  const spec = pod.spec ?? {};
  const sidecars = new Set(
    objectsIn(spec, "initContainers")
      .filter((container) => stringIn(container, "restartPolicy") === "Always")
      .map((container) => stringIn(container, "name")),
  );
  const total = objectsIn(spec, "containers").length + sidecars.size;
  const summary = summarize(pod, sidecars);
  const recent = summary.restarts > 0 && summary.lastRestart !== "";
  const restarts = recent
    ? `${summary.restarts} (${ageOf(summary.lastRestart, nowMs)} ago)`
    : `${summary.restarts}`;
  return [
    nameOf(pod),
    `${summary.ready}/${total}`,
    deletionReason(pod) ?? summary.reason,
    restarts,
    ageCell(pod, nowMs),
    or(stringIn(objectsIn(pod.status, "podIPs")[0], "ip"), "<none>"),
    or(stringIn(spec, "nodeName"), "<none>"),
    or(stringIn(pod.status, "nominatedNodeName"), "<none>"),
    readinessGates(pod),
  ];
}

/** Rows of finished pods carry a condition, by which clients tell them apart. */
export function podRowConditions(pod: KubernetesObject): TableRow["conditions"] {
  const reason = stringIn(pod.status, "phase");
  if (reason !== "Succeeded" && reason !== "Failed") return undefined;
  const message = reason === "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  return [{ type: "Completed", status: "True", reason, message }];
}

function deletionReason(pod: KubernetesObject): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (stringIn(pod.status, "reason") === "NodeLost") return "Unknown";
  const phase = stringIn(pod.status, "phase");
  return phase === "Succeeded" || phase === "Failed" ? undefined : "Terminating";
}

function summarize(pod: KubernetesObject, sidecars: ReadonlySet<string>): Summary {
  const status = pod.status ?? {};
  const summary: Summary = {
    ready: 0,
    restarts: 0,
    lastRestart: "",
    reason: or(stringIn(status, "reason"), stringIn(status, "phase")),
  };
  const isGated = objectsIn(status, "conditions").some(
    (item) => item.type === "PodScheduled" && item.reason === "SchedulingGated",
  );
  if (isGated) summary.reason = "SchedulingGated";
  const ofSidecars = { restarts: 0, lastRestart: "" };
  const initializing = readInitContainers(pod, sidecars, summary, ofSidecars);
  if (!initializing || hasTrueCondition(pod, "Initialized")) {
    Object.assign(summary, ofSidecars);
    readContainers(pod, summary);
  }
  return summary;
}

function countRestarts(container: JsonObject, into: { restarts: number; lastRestart: string }): void {
  into.restarts += numberIn(container, "restartCount");
  const finished = stringIn(objectIn(objectIn(container, "lastState"), "terminated"), "finishedAt");
  if (finished === "") return;
  if (into.lastRestart === "" || parseTime(finished) > parseTime(into.lastRestart))
    into.lastRestart = finished;
}

/** Returns whether an init container still holds the others back; its reason is the pod's. */
function readInitContainers(
  pod: KubernetesObject,
  sidecars: ReadonlySet<string>,
  summary: Summary,
  ofSidecars: { restarts: number; lastRestart: string },
): boolean {
  const total = objectsIn(pod.spec, "initContainers").length;
  for (const [index, container] of objectsIn(pod.status, "initContainerStatuses").entries()) {
    const isSidecar = sidecars.has(stringIn(container, "name"));
    countRestarts(container, summary);
    if (isSidecar) countRestarts(container, ofSidecars);
    const state = objectIn(container, "state");
    const terminated = objectIn(state, "terminated");
    if (hasField(state, "terminated") && numberIn(terminated, "exitCode") === 0) continue;
    if (isSidecar && isTrueIn(container, "started")) {
      if (isTrueIn(container, "ready")) summary.ready++;
      continue;
    }
    const waiting = stringIn(objectIn(state, "waiting"), "reason");
    if (hasField(state, "terminated")) summary.reason = `Init:${exitReason(terminated)}`;
    else if (waiting !== "" && waiting !== "PodInitializing") summary.reason = `Init:${waiting}`;
    else summary.reason = `Init:${index}/${total}`;
    return true;
  }
  return false;
}

function exitReason(terminated: JsonObject): string {
  const reason = stringIn(terminated, "reason");
  if (reason !== "") return reason;
  const signal = numberIn(terminated, "signal");
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberIn(terminated, "exitCode")}`;
}

function readContainers(pod: KubernetesObject, summary: Summary): void {
  let running = false;
  let errorReason = "";
  const containers = objectsIn(pod.status, "containerStatuses");
  for (let i = containers.length - 1; i >= 0; i--) {
    const container = containers[i]!;
    countRestarts(container, summary);
    const state = objectIn(container, "state");
    const waiting = stringIn(objectIn(state, "waiting"), "reason");
    const terminated = objectIn(state, "terminated");
    if (waiting !== "") summary.reason = waiting;
    else if (hasField(state, "terminated")) {
      summary.reason = exitReason(terminated);
      if (numberIn(terminated, "exitCode") !== 0) errorReason = summary.reason;
    } else if (isTrueIn(container, "ready") && hasField(state, "running")) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason !== "Completed") return;
  if (running && hasTrueCondition(pod, "Ready")) summary.reason = "Running";
  else if (errorReason !== "") summary.reason = errorReason;
  else if (running) summary.reason = "NotReady";
}

function readinessGates(pod: KubernetesObject): string {
  const gates = objectsIn(pod.spec, "readinessGates");
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) => hasTrueCondition(pod, stringIn(gate, "conditionType")));
  return `${open.length}/${gates.length}`;
}
