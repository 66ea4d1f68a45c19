/**
 * Rules of volumes: names, exactly one source each, and what each kind of source needs. `volumeSources` is shared by
 * pods and persistent volumes.
 */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  fieldOf,
  hasField,
  type JsonObject,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import { validateClaimSpec } from "./claim-rules.ts";
import { DOWNWARD_FIELDS, RESOURCE_FIELDS } from "./env-rules.ts";
import type { Findings } from "./findings.ts";

type SourceCheck = (source: JsonObject, field: string, findings: Findings) => void;

function needs(...keys: string[]): SourceCheck {
  return (source, field, findings) => {
    for (const key of keys) findings.requiredText(source, key, field);
  };
}

/** A path inside a directory: relative, and never up. */
export function validateDescendingPath(path: string, field: string, findings: Findings): void {
  if (path.startsWith("/")) findings.invalid(field, path, "must be a relative path");
  if (path.split("/").includes("..")) findings.invalid(field, path, "must not contain '..'");
}

/** As validateDescendingPath, and the first part may not start with two dots. */
function validateNonReservedPath(path: string, field: string, findings: Findings): void {
  validateDescendingPath(path, field, findings);
  if (path.startsWith("..") && !path.startsWith("../")) {
    findings.invalid(field, path, "must not start with '..'");
  }
}

const hostPath: SourceCheck = (source, field, findings) => {
  const path = stringIn(source, "path");
  if (path === "") findings.required(`${field}.path`);
  else if (path.split("/").includes("..")) findings.invalid(`${field}.path`, path, "must not contain '..'");
  const types = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
  ];
  const type = stringIn(source, "type");
  if (!types.includes(type)) findings.notSupported(`${field}.type`, type, types);
};

const MODE_TEXT = "must be a number between 0 and 0777 (octal), both inclusive";

function validateMode(holder: JsonObject, key: string, field: string, findings: Findings): void {
  if (!hasField(holder, key)) return;
  const mode = numberIn(holder, key);
  if (mode < 0 || mode > 0o777) findings.invalid(`${field}.${key}`, mode, MODE_TEXT);
}

function validateItems(source: JsonObject, field: string, findings: Findings): void {
  objectsIn(source, "items").forEach((item, index) => {
    const path = `${field}.items[${index}]`;
    findings.requiredText(item, "key", path);
    if (stringIn(item, "path") === "") findings.required(`${path}.path`);
    else validateNonReservedPath(stringIn(item, "path"), `${path}.path`, findings);
    validateMode(item, "mode", path, findings);
  });
}

const secret: SourceCheck = (source, field, findings) => {
  findings.requiredText(source, "secretName", field);
  validateMode(source, "defaultMode", field, findings);
  validateItems(source, field, findings);
};

const configMap: SourceCheck = (source, field, findings) => {
  findings.requiredText(source, "name", field);
  validateMode(source, "defaultMode", field, findings);
  validateItems(source, field, findings);
};

/** Compat: the reference names the source, not the item. */
function validateDownwardItems(source: JsonObject, path: string, findings: Findings): void {
  for (const item of objectsIn(source, "items")) {
    if (stringIn(item, "path") === "") findings.required(`${path}.path`);
    else validateNonReservedPath(stringIn(item, "path"), `${path}.path`, findings);
    validateMode(item, "mode", path, findings);
    const byField = hasField(item, "fieldRef");
    const byResource = hasField(item, "resourceFieldRef");
    if (byField && byResource) {
      findings.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    } else if (byField) DOWNWARD_FIELDS.check(objectIn(item, "fieldRef"), `${path}.fieldRef`, findings);
    else if (byResource) {
      RESOURCE_FIELDS.check(objectIn(item, "resourceFieldRef"), `${path}.resourceFieldRef`, findings, true);
    } else findings.required(path, "one of fieldRef and resourceFieldRef is required");
  }
}

const downwardApi: SourceCheck = (source, field, findings) => {
  validateMode(source, "defaultMode", field, findings);
  validateDownwardItems(source, field, findings);
};

const projected: SourceCheck = (source, field, findings) => {
  validateMode(source, "defaultMode", field, findings);
  objectsIn(source, "sources").forEach((part, index) => {
    const path = `${field}.sources[${index}]`;
    let count = 0;
    for (const key of ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle"]) {
      if (!hasField(part, key)) continue;
      if (++count > 1)
        findings.forbidden(`${path}.${key}`, "may not specify more than 1 volume type per source");
      else validateProjection(key, objectIn(part, key), `${path}.${key}`, findings, field);
    }
  });
};

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

function validateProjection(
  key: string,
  part: JsonObject,
  field: string,
  findings: Findings,
  volumeField: string,
): void {
  if (key === "secret" || key === "configMap") {
    findings.requiredText(part, "name", field);
    validateItems(part, field, findings);
  } else if (key === "downwardAPI") validateDownwardItems(part, field, findings);
  else if (key === "serviceAccountToken") {
    const seconds = numberIn(part, "expirationSeconds");
    const path = `${field}.expirationSeconds`;
    if (seconds < TOKEN_SECONDS_MIN)
      findings.invalid(path, seconds, "may not specify a duration less than 10 minutes");
    if (seconds > TOKEN_SECONDS_MAX)
      findings.invalid(path, seconds, "may not specify a duration larger than 2^32 seconds");
    // Compat: the path of a token is named without its source.
    if (stringIn(part, "path") === "") findings.required(`${volumeField}.path`);
    else validateNonReservedPath(stringIn(part, "path"), `${volumeField}.path`, findings);
  }
}

const emptyDir: SourceCheck = (source, field, findings) => {
  if (String(fieldOf(source, "sizeLimit") ?? "").startsWith("-")) {
    findings.forbidden(`${field}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
  }
};

const csi: SourceCheck = (source, field, findings) => {
  findings.driverName(`${field}.driver`, stringIn(source, "driver"));
};

const nfs: SourceCheck = (source, field, findings) => {
  findings.requiredText(source, "server", field);
  const path = stringIn(source, "path");
  if (path === "") findings.required(`${field}.path`);
  if (!path.startsWith("/")) findings.invalid(`${field}.path`, path, "must be an absolute path");
};

const ephemeral: SourceCheck = (source, field, findings) => {
  if (!hasField(source, "volumeClaimTemplate")) {
    findings.required(`${field}.volumeClaimTemplate`);
    return;
  }
  const template = objectIn(source, "volumeClaimTemplate");
  validateClaimSpec(objectIn(template, "spec"), `${field}.volumeClaimTemplate.spec`, findings);
};

const local: SourceCheck = (source, field, findings) => {
  const path = stringIn(source, "path");
  if (path === "") findings.required(`${field}.path`);
  else if (path.split("/").includes("..")) findings.invalid(`${field}.path`, path, "must not contain '..'");
};

const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /^iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

function checkIscsiName(name: string): string[] {
  const form = ISCSI_NAMES[name.slice(0, 3)];
  if (!form) return ["must be valid format starting with iqn, eui, or naa"];
  return form.test(name) ? [] : ["must be valid format"];
}

const image: SourceCheck = (source, field, findings) => {
  findings.requiredText(source, "reference", field);
  findings.oneOf(source, "pullPolicy", field, ["Always", "IfNotPresent", "Never"]);
};

const iscsi: SourceCheck = (source, field, findings) => {
  findings.requiredText(source, "targetPortal", field);
  findings.requiredText(source, "iqn", field, checkIscsiName);
  const lun = numberIn(source, "lun");
  if (lun < 0 || lun > 255) findings.invalid(`${field}.lun`, lun, "must be between 0 and 255, inclusive");
};

const ignored: SourceCheck = () => {};

const CSI_SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
];

/** The sources that a pod's volume may have, in the reference's order. */
const POD_SOURCES: readonly (readonly [string, SourceCheck])[] = [
  ["emptyDir", emptyDir],
  ["hostPath", hostPath],
  ["gitRepo", needs("repository")],
  ["gcePersistentDisk", needs("pdName")],
  ["awsElasticBlockStore", needs("volumeID")],
  ["secret", secret],
  ["nfs", nfs],
  ["iscsi", iscsi],
  ["glusterfs", needs("endpoints", "path")],
  ["flocker", ignored],
  ["persistentVolumeClaim", needs("claimName")],
  ["rbd", needs("image")],
  ["cinder", needs("volumeID")],
  ["cephfs", ignored],
  ["quobyte", needs("registry", "volume")],
  ["downwardAPI", downwardApi],
  ["fc", ignored],
  ["flexVolume", needs("driver")],
  ["configMap", configMap],
  ["azureFile", needs("secretName", "shareName")],
  ["vsphereVolume", needs("volumePath")],
  ["photonPersistentDisk", needs("pdID")],
  ["portworxVolume", needs("volumeID")],
  ["azureDisk", needs("diskName", "diskURI")],
  ["storageos", ignored],
  ["projected", projected],
  ["scaleIO", needs("gateway", "system", "volumeName")],
  ["csi", csi],
  ["ephemeral", ephemeral],
  ["image", image],
];

/** The sources that a PersistentVolume may have. */
const PERSISTENT_SOURCES: readonly (readonly [string, SourceCheck])[] = [
  ["hostPath", hostPath],
  ["gcePersistentDisk", needs("pdName")],
  ["awsElasticBlockStore", needs("volumeID")],
  ["glusterfs", needs("endpoints", "path")],
  ["flocker", ignored],
  ["nfs", nfs],
  ["rbd", needs("image")],
  ["quobyte", needs("registry", "volume")],
  ["cephfs", ignored],
  ["iscsi", iscsi],
  ["cinder", needs("volumeID")],
  ["fc", ignored],
  ["flexVolume", needs("driver")],
  ["azureFile", needs("secretName", "shareName")],
  ["vsphereVolume", needs("volumePath")],
  ["photonPersistentDisk", needs("pdID")],
  ["portworxVolume", needs("volumeID")],
  ["azureDisk", needs("diskName", "diskURI")],
  ["scaleIO", needs("gateway", "system", "volumeName")],
  ["local", local],
  ["storageos", ignored],
  [
    "csi",
    (source, field, findings) => {
      csi(source, field, findings);
      findings.requiredText(source, "volumeHandle", field);
      for (const key of CSI_SECRETS) {
        if (!hasField(source, key)) continue;
        const secret = objectIn(source, key);
        findings.requiredText(secret, "name", `${field}.${key}`, checkDns1123Subdomain);
        findings.requiredText(secret, "namespace", `${field}.${key}`, checkDns1123Label);
      }
    },
  ],
];

/** The names of the sources of a PersistentVolume, which may not change. */
export const PERSISTENT_SOURCE_KEYS: readonly string[] = PERSISTENT_SOURCES.map(([key]) => key);

function validateSources(
  holder: JsonObject,
  sources: readonly (readonly [string, SourceCheck])[],
  field: string,
  findings: Findings,
): void {
  let count = 0;
  for (const [key, check] of sources) {
    if (!hasField(holder, key)) continue;
    const path = `${field}.${key}`;
    if (++count > 1) findings.forbidden(path, "may not specify more than 1 volume type");
    else check(objectIn(holder, key), path, findings);
  }
  if (count === 0) findings.required(field, "must specify a volume type");
}

export function validatePersistentSource(spec: JsonObject, field: string, findings: Findings): void {
  validateSources(spec, PERSISTENT_SOURCES, field, findings);
}

/** The volumes of a pod; returns those that are right, by name, for the mounts that follow. */
export function validateVolumes(
  spec: JsonObject,
  field: string,
  findings: Findings,
): Map<string, JsonObject> {
  const volumes = new Map<string, JsonObject>();
  if (listIn(spec, "volumes").length === 0) return volumes;
  objectsIn(spec, "volumes").forEach((volume, index) => {
    const path = `${field}.volumes[${index}]`;
    const before = findings.list.length;
    validateSources(volume, POD_SOURCES, path, findings);
    const name = stringIn(volume, "name");
    if (name === "") findings.required(`${path}.name`);
    else findings.label(`${path}.name`, name);
    if (volumes.has(name)) findings.duplicate(`${path}.name`, name);
    if (findings.list.length === before) volumes.set(name, volume);
  });
  return volumes;
}
