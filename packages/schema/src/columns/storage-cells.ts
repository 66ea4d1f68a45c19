/** Rows of volumes, claims, classes and drivers. */
import {
  fieldOf,
  hasField,
  isTrueIn,
  type KubernetesObject,
  listIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, nameOf } from "./cell.ts";

const MODES: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];
const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

function modesText(modes: readonly string[]): string {
  return MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** The annotation of old clients comes before the field. */
function classOf(object: KubernetesObject): string {
  return object.metadata.annotations?.[BETA_CLASS] ?? stringIn(object.spec, "storageClassName");
}

function orUnset(value: unknown, key: string): string {
  return hasField(value, key) ? stringIn(value, key) : "<unset>";
}

function phaseOf(object: KubernetesObject): string {
  return object.metadata.deletionTimestamp ? "Terminating" : stringIn(object.status, "phase");
}

/** The cells of a PersistentVolume, in the order of its columns. */
export const persistentVolumeCells: CellPrinter = (object, nowMs) => {
  const spec = object.spec ?? {};
  const claim = objectIn(spec, "claimRef");
  return [
    nameOf(object),
    String(fieldOf(objectIn(spec, "capacity"), "storage") ?? "0"),
    modesText(stringsIn(spec, "accessModes")),
    stringIn(spec, "persistentVolumeReclaimPolicy"),
    phaseOf(object),
    hasField(spec, "claimRef") ? `${stringIn(claim, "namespace")}/${stringIn(claim, "name")}` : "",
    classOf(object),
    orUnset(spec, "volumeAttributesClassName"),
    stringIn(object.status, "reason"),
    ageCell(object, nowMs),
    orUnset(spec, "volumeMode"),
  ];
};

/** The cells of a PersistentVolumeClaim, in the order of its columns. */
export const persistentVolumeClaimCells: CellPrinter = (object, nowMs) => {
  const spec = object.spec ?? {};
  const volume = stringIn(spec, "volumeName");
  const isBound = volume !== "";
  return [
    nameOf(object),
    phaseOf(object),
    volume,
    isBound ? String(fieldOf(objectIn(object.status, "capacity"), "storage") ?? "0") : "",
    isBound ? modesText(stringsIn(object.status, "accessModes")) : "",
    classOf(object),
    orUnset(spec, "volumeAttributesClassName"),
    ageCell(object, nowMs),
    orUnset(spec, "volumeMode"),
  ];
};

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class";

/** The class that claims without one get: of several defaults the youngest, of equally old ones the first by name. */
export function effectiveDefaultClass(classes: readonly KubernetesObject[]): string {
  let best: KubernetesObject | undefined;
  for (const candidate of classes) {
    const { annotations } = candidate.metadata;
    if (annotations?.[DEFAULT_CLASS] !== "true" && annotations?.[BETA_DEFAULT_CLASS] !== "true") continue;
    if (!best || isBefore(candidate, best)) best = candidate;
  }
  return best?.metadata.name ?? "";
}

function isBefore(a: KubernetesObject, b: KubernetesObject): boolean {
  const [aTime, bTime] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return aTime === bTime ? nameOf(a) < nameOf(b) : aTime > bTime;
}

/** The cells of a StorageClass, in the order of its columns. */
export function storageClassCells(object: KubernetesObject, nowMs: number, defaultClass = ""): unknown[] {
  const name = nameOf(object);
  return [
    defaultClass !== "" && name === defaultClass ? `${name} (default)` : name,
    stringIn(object, "provisioner"),
    hasField(object, "reclaimPolicy") ? stringIn(object, "reclaimPolicy") : "Delete",
    hasField(object, "volumeBindingMode") ? stringIn(object, "volumeBindingMode") : "Immediate",
    isTrueIn(object, "allowVolumeExpansion"),
    ageCell(object, nowMs),
  ];
}

/** The cells of a VolumeAttributesClass, in the order of its columns. */
export const volumeAttributesClassCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object, "driverName"),
  ageCell(object, nowMs),
];

/** The cells of a VolumeAttachment, in the order of its columns. */
export const volumeAttachmentCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.spec, "attacher"),
  stringIn(objectIn(object.spec, "source"), "persistentVolumeName"),
  stringIn(object.spec, "nodeName"),
  isTrueIn(object.status, "attached"),
  ageCell(object, nowMs),
];

/** The cells of a CSINode, in the order of its columns. */
export const csiNodeCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  listIn(object.spec, "drivers").length,
  ageCell(object, nowMs),
];

/** The cells of a CSIDriver, in the order of its columns. */
export const csiDriverCells: CellPrinter = (object, nowMs) => {
  const { spec } = object;
  const audiences = objectsIn(spec, "tokenRequests").map((request) => stringIn(request, "audience"));
  return [
    nameOf(object),
    fieldOf(spec, "attachRequired") !== false,
    isTrueIn(spec, "podInfoOnMount"),
    isTrueIn(spec, "storageCapacity"),
    hasField(spec, "tokenRequests") ? audiences.join(",") : "<unset>",
    isTrueIn(spec, "requiresRepublish"),
    stringsIn(spec, "volumeLifecycleModes").join(",") || "<none>",
    ageCell(object, nowMs),
  ];
};
