/**
 * Warnings of a pod, and of the template of one: what is valid and still not what anybody wants. Texts and order are
 * the reference's.
 */
import {
  hasField,
  type JsonObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { ipWarnings } from "../validation/ip.ts";
import { listWarnings } from "./address-warnings.ts";
import { byteFraction, containerWarnings } from "./container-warnings.ts";
import { nodeLabelMessage, nodeSelectorTermWarnings } from "./deprecated-node-labels.ts";

const NULL_SELECTOR = "a null labelSelector results in matching no pod";

const ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod":
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";

/** What is said of old kinds of volumes, of a pod's and of PersistentVolumes alike. */
export const OLD_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageOS: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** A pod or a template of one. */
export interface PodLike {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: JsonObject;
}

/** Warnings of a pod, or of the template at `field` (`spec.template.`, with its dot). */
export function podWarnings(pod: PodLike, field = ""): string[] {
  const { spec = {}, metadata } = pod;
  const annotations = metadata?.annotations ?? {};
  const path = `${field}spec`;
  return [
    ...nodeWarnings(spec, path),
    ...spreadWarnings(spec, path),
    ...annotationWarnings(annotations, `${field}metadata.annotations`),
    ...volumeWarnings(spec, path),
    ...duplicates(spec, "hostAliases", "ip", path),
    ...duplicates(spec, "imagePullSecrets", "name", path),
    ...emptyPullSecrets(spec, path),
    ...["memory", "ephemeral-storage"].flatMap((name) =>
      byteFraction(objectIn(spec, "overhead"), name, `${path}.overhead`),
    ),
    ...seccompWarnings(spec, annotations, `${field}metadata.annotations`),
    ...containerWarnings(spec, path),
    ...graceWarnings(spec, path),
    ...affinityWarnings(objectIn(spec, "affinity"), `${path}.affinity`),
    ...addressWarnings(spec, path),
  ];
}

function addressWarnings(spec: JsonObject, path: string): string[] {
  const servers = stringsIn(objectIn(spec, "dnsConfig"), "nameservers");
  const aliases = objectsIn(spec, "hostAliases");
  return [
    ...listWarnings(servers, `${path}.dnsConfig.nameservers`, ipWarnings),
    ...aliases.flatMap((alias, index) =>
      ipWarnings(`${path}.hostAliases[${index}].ip`, stringIn(alias, "ip")),
    ),
  ];
}

function nodeWarnings(spec: JsonObject, path: string): string[] {
  const selected = Object.keys(stringMapIn(spec, "nodeSelector")).flatMap((key) => {
    const message = nodeLabelMessage(key);
    return message === undefined ? [] : [`${path}.nodeSelector[${key}]: ${message}`];
  });
  const affinity = objectIn(objectIn(spec, "affinity"), "nodeAffinity");
  const field = `${path}.affinity.nodeAffinity`;
  const [required, preferred] = [
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
  ] as const;
  const terms = objectsIn(objectIn(affinity, required), "nodeSelectorTerms").flatMap((term, index) =>
    nodeSelectorTermWarnings(term, `${field}.${required}.nodeSelectorTerms[${index}]`),
  );
  const weighted = objectsIn(affinity, preferred).flatMap((term, index) =>
    nodeSelectorTermWarnings(objectIn(term, "preference"), `${field}.${preferred}[${index}].preference`),
  );
  return [...selected, ...terms, ...weighted];
}

function spreadWarnings(spec: JsonObject, path: string): string[] {
  return objectsIn(spec, "topologySpreadConstraints").flatMap((constraint, index) => {
    const field = `${path}.topologySpreadConstraints[${index}]`;
    const key = stringIn(constraint, "topologyKey");
    const message = nodeLabelMessage(key);
    const found = message === undefined ? [] : [`${field}.topologyKey: ${key} is ${message}`];
    if (!hasField(constraint, "labelSelector")) found.push(`${field}.labelSelector: ${NULL_SELECTOR}`);
    return found;
  });
}

function annotationWarnings(annotations: Readonly<Record<string, string>>, field: string): string[] {
  return Object.entries(ANNOTATIONS).flatMap(([key, message]) =>
    Object.hasOwn(annotations, key) ? [`${field}[${key}]: ${message}`] : [],
  );
}

function seccompWarnings(
  spec: JsonObject,
  annotations: Readonly<Record<string, string>>,
  field: string,
): string[] {
  if (hasField(objectIn(spec, "securityContext"), "seccompProfile")) return [];
  if (!Object.hasOwn(annotations, SECCOMP)) return [];
  return [`${field}[${SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

function volumeWarnings(spec: JsonObject, path: string): string[] {
  return objectsIn(spec, "volumes").flatMap((volume, index) =>
    Object.entries(OLD_VOLUMES).flatMap(([type, message]) =>
      hasField(volume, type) ? [`${path}.volumes[${index}].${type}: ${message}`] : [],
    ),
  );
}

function duplicates(spec: JsonObject, list: string, key: string, path: string): string[] {
  const seen = new Set<string>();
  return objectsIn(spec, list).flatMap((item, index) => {
    const value = stringIn(item, key);
    if (seen.has(value)) return [`${path}.${list}[${index}].${key}: duplicate ${key} "${value}"`];
    seen.add(value);
    return [];
  });
}

function emptyPullSecrets(spec: JsonObject, path: string): string[] {
  return objectsIn(spec, "imagePullSecrets").flatMap((item, index) =>
    stringIn(item, "name") === "" ? [`${path}.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
  );
}

function graceWarnings(spec: JsonObject, path: string): string[] {
  if (numberIn(spec, "terminationGracePeriodSeconds") >= 0) return [];
  const text = "must be >= 0; negative values are invalid and will be treated as 1";
  return [`${path}.terminationGracePeriodSeconds: ${text}`];
}

function affinityWarnings(affinity: JsonObject, path: string): string[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const terms = objectIn(affinity, kind);
    const required = "requiredDuringSchedulingIgnoredDuringExecution";
    const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    const hard = objectsIn(terms, required).map((term, index) => ({
      term,
      field: `${path}.${kind}.${required}[${index}]`,
    }));
    const soft = objectsIn(terms, preferred).map((term, index) => ({
      term: objectIn(term, "podAffinityTerm"),
      field: `${path}.${kind}.${preferred}[${index}].podAffinityTerm`,
    }));
    return [...hard, ...soft].flatMap(({ term, field }) =>
      hasField(term, "labelSelector") ? [] : [`${field}.labelSelector: ${NULL_SELECTOR}`],
    );
  });
}
