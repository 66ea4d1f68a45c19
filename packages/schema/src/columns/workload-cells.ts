/** Rows of the kinds that run pods: desired and ready counts, containers and selectors. */
import {
  ageOf,
  fieldOf,
  formatLabelSelector,
  hasField,
  humanDuration,
  type JsonObject,
  type KubernetesObject,
  type LabelSelectorSpec,
  labelSelectorFrom,
  listIn,
  numberIn,
  objectIn,
  parseTime,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, containerCells, formatLabels, hasTrueCondition, nameOf } from "./cell.ts";

function podSpecOf(template: JsonObject): JsonObject {
  return objectIn(template, "spec");
}

function selectorText(spec: unknown): string {
  return formatLabelSelector(fieldOf(spec, "selector") as LabelSelectorSpec | undefined);
}

/** The cells of a PodTemplate, in the order of its columns. */
export const podTemplateCells: CellPrinter = (object) => {
  const template = objectIn(object, "template");
  const labels = stringMapIn(objectIn(template, "metadata"), "labels");
  return [nameOf(object), ...containerCells(podSpecOf(template)), formatLabels(labels)];
};

/** The cells of a ReplicationController, in the order of its columns. */
export const replicationControllerCells: CellPrinter = (object, nowMs) => [
  ...replicaCounts(object, nowMs),
  ...containerCells(podSpecOf(objectIn(object.spec, "template"))),
  formatLabels(stringMapIn(object.spec, "selector")),
];

/** The cells of a ReplicaSet, in the order of its columns. */
export const replicaSetCells: CellPrinter = (object, nowMs) => [
  ...replicaCounts(object, nowMs),
  ...containerCells(podSpecOf(objectIn(object.spec, "template"))),
  selectorText(object.spec),
];

function replicaCounts(object: KubernetesObject, nowMs: number): unknown[] {
  return [
    nameOf(object),
    numberIn(object.spec, "replicas"),
    numberIn(object.status, "replicas"),
    numberIn(object.status, "readyReplicas"),
    ageCell(object, nowMs),
  ];
}

/** The cells of a Deployment, in the order of its columns. */
export const deploymentCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  `${numberIn(object.status, "readyReplicas")}/${numberIn(object.spec, "replicas")}`,
  numberIn(object.status, "updatedReplicas"),
  numberIn(object.status, "availableReplicas"),
  ageCell(object, nowMs),
  ...containerCells(podSpecOf(objectIn(object.spec, "template"))),
  deploymentSelector(object),
];

/** Deployments print an empty selector as nothing, other kinds as `<none>`. */
function deploymentSelector(object: KubernetesObject): string {
  try {
    return labelSelectorFrom(fieldOf(object.spec, "selector") as LabelSelectorSpec | undefined).toString();
  } catch {
    return "<invalid>";
  }
}

/** The cells of a StatefulSet, in the order of its columns. */
export const statefulSetCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  `${numberIn(object.status, "readyReplicas")}/${numberIn(object.spec, "replicas")}`,
  ageCell(object, nowMs),
  ...containerCells(podSpecOf(objectIn(object.spec, "template"))),
];

/** The cells of a DaemonSet, in the order of its columns. */
export const daemonSetCells: CellPrinter = (object, nowMs) => {
  const { status } = object;
  const podSpec = podSpecOf(objectIn(object.spec, "template"));
  return [
    nameOf(object),
    numberIn(status, "desiredNumberScheduled"),
    numberIn(status, "currentNumberScheduled"),
    numberIn(status, "numberReady"),
    numberIn(status, "updatedNumberScheduled"),
    numberIn(status, "numberAvailable"),
    formatLabels(stringMapIn(podSpec, "nodeSelector")),
    ageCell(object, nowMs),
    ...containerCells(podSpec),
    selectorText(object.spec),
  ];
};

/** The cells of a Job, in the order of its columns. */
export const jobCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  jobStatus(object),
  jobCompletions(object),
  jobDuration(object, nowMs),
  ageCell(object, nowMs),
  ...containerCells(podSpecOf(objectIn(object.spec, "template"))),
  selectorText(object.spec),
];

function jobStatus(job: KubernetesObject): string {
  if (hasTrueCondition(job, "Complete")) return "Complete";
  if (hasTrueCondition(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  for (const type of ["Suspended", "FailureTarget", "SuccessCriteriaMet"]) {
    if (hasTrueCondition(job, type)) return type;
  }
  return "Running";
}

function jobCompletions(job: KubernetesObject): string {
  const succeeded = numberIn(job.status, "succeeded");
  if (hasField(job.spec, "completions")) return `${succeeded}/${numberIn(job.spec, "completions")}`;
  const parallelism = numberIn(job.spec, "parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubernetesObject, nowMs: number): string {
  const start = parseTime(stringIn(job.status, "startTime"));
  if (Number.isNaN(start)) return "";
  const end = parseTime(stringIn(job.status, "completionTime"));
  return humanDuration((Number.isNaN(end) ? nowMs : end) - start);
}

/** The cells of a CronJob, in the order of its columns. */
export const cronJobCells: CellPrinter = (object, nowMs) => {
  const { spec, status } = object;
  const jobSpec = objectIn(objectIn(spec, "jobTemplate"), "spec");
  const suspend = fieldOf(spec, "suspend");
  const last = stringIn(status, "lastScheduleTime");
  return [
    nameOf(object),
    stringIn(spec, "schedule"),
    hasField(spec, "timeZone") ? stringIn(spec, "timeZone") : "<none>",
    suspend === undefined ? "<unset>" : suspend === true ? "True" : "False",
    listIn(status, "active").length,
    last === "" ? "<none>" : ageOf(last, nowMs),
    ageCell(object, nowMs),
    ...containerCells(podSpecOf(objectIn(jobSpec, "template"))),
    selectorText(jobSpec),
  ];
};

/** The cells of a PodDisruptionBudget, in the order of its columns. */
export const disruptionBudgetCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  String(fieldOf(object.spec, "minAvailable") ?? "N/A"),
  String(fieldOf(object.spec, "maxUnavailable") ?? "N/A"),
  numberIn(object.status, "disruptionsAllowed"),
  ageCell(object, nowMs),
];

/** The cells of a Scale, in the order of its columns. */
export const scaleCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  numberIn(object.spec, "replicas"),
  numberIn(object.status, "replicas"),
  ageCell(object, nowMs),
];

/** The cells of a ControllerRevision, in the order of its columns. */
export const controllerRevisionCells: CellPrinter = (object, nowMs) => {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
  let controller = "<none>";
  if (owner) {
    const slash = owner.apiVersion.indexOf("/");
    const kind = slash < 0 ? owner.kind : `${owner.kind}.${owner.apiVersion.slice(0, slash)}`;
    controller = `${kind.toLowerCase()}/${owner.name}`;
  }
  return [nameOf(object), controller, numberIn(object, "revision"), ageCell(object, nowMs)];
};
