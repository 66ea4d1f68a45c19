/**
 * Which kinds warn of what, by `group/Kind`. On an update most warn only where the spec has changed, which the
 * generation tells.
 */
import {
  checkDns1123Label,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import type { KindRules } from "../strategy/kind-rules.ts";
import { cidrWarnings, ipWarnings } from "../validation/ip.ts";
import {
  endpointSliceWarnings,
  endpointsWarnings,
  listWarnings,
  networkPolicyWarnings,
} from "./address-warnings.ts";
import { byteFraction } from "./container-warnings.ts";
import { nodeLabelMessage, nodeSelectorTermWarnings } from "./deprecated-node-labels.ts";
import { keyPairProblem } from "./key-pair.ts";
import { OLD_VOLUMES, type PodLike, podWarnings } from "./pod-warnings.ts";

type Warnings = Required<KindRules>["warnings"];

const SURPRISING = "which can result in surprising behavior; a DNS label is recommended";
const INGRESS_CLASS = "kubernetes.io/ingress.class";
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";
const MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options";
/** Of PersistentVolumes, in the reference's order. */
const OLD_VOLUME_TYPES = ["cephfs", "photonPersistentDisk", "scaleIO", "storageOS", "glusterfs", "rbd"];

function nameWarnings({ metadata }: KubernetesObject, use: string): string[] {
  const found = checkDns1123Label(metadata.name ?? "");
  return found.length === 0
    ? []
    : [`metadata.name: this is used in ${use}, ${SURPRISING}: [${found.join(" ")}]`];
}

function isSame(object: KubernetesObject, current: KubernetesObject | undefined): boolean {
  return current !== undefined && current.metadata.generation === object.metadata.generation;
}

const pod: Warnings = (object, current) => {
  if (isSame(object, current)) return [];
  const names = current ? [] : nameWarnings(object, "the Pod's hostname");
  return [...names, ...podWarnings(object)];
};

/** A kind whose pods come from the template in `at`. */
function ofTemplate(at: (object: KubernetesObject) => JsonObject, field: string, isNamed = true): Warnings {
  return (object, current) => {
    if (isSame(object, current)) return [];
    const names = isNamed && !current ? nameWarnings(object, "Pod names and hostnames") : [];
    return [...names, ...podWarnings(at(object) as PodLike, field)];
  };
}

const template = (object: KubernetesObject): JsonObject => objectIn(object.spec, "template");
const workload = ofTemplate(template, "spec.template.");
const jobTemplate = ofTemplate(
  (object) => objectIn(objectIn(objectIn(object.spec, "jobTemplate"), "spec"), "template"),
  "spec.jobTemplate.spec.template.",
);

const cronJob: Warnings = (object, current) => {
  const found = jobTemplate(object, current);
  if (current && stringIn(object.spec, "schedule").includes("TZ")) {
    found.push(
      "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see " +
        "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
    );
  }
  return found;
};

const service: Warnings = ({ metadata, spec = {} }) => {
  const found: string[] = [];
  if (metadata.annotations && Object.hasOwn(metadata.annotations, TOPOLOGY_HINTS)) {
    found.push(
      `annotation ${TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    );
  }
  const type = stringIn(spec, "type");
  const isExternal = type === "ExternalName";
  const isHeadless = type === "ClusterIP" && stringIn(spec, "clusterIP") === "None";
  const hasExternalIps = stringsIn(spec, "externalIPs").length > 0;
  if (!isExternal && !isHeadless) {
    found.push(...listWarnings(stringsIn(spec, "clusterIPs"), "spec.clusterIPs", ipWarnings));
  }
  if (isHeadless) {
    if (stringIn(spec, "loadBalancerIP")) found.push("spec.loadBalancerIP is ignored for headless services");
    if (hasExternalIps) found.push("spec.externalIPs is ignored for headless services");
    if (stringIn(spec, "sessionAffinity") !== "None") {
      found.push("spec.SessionAffinity is ignored for headless services");
    }
  }
  found.push(...listWarnings(stringsIn(spec, "externalIPs"), "spec.externalIPs", ipWarnings));
  if (hasExternalIps && !isHeadless && !isExternal) {
    found.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  found.push(...ipWarnings("spec.loadBalancerIP", stringIn(spec, "loadBalancerIP")));
  const ranges = stringsIn(spec, "loadBalancerSourceRanges");
  found.push(...listWarnings(ranges, "spec.loadBalancerSourceRanges", cidrWarnings));
  if (isExternal && hasExternalIps)
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isExternal && stringIn(spec, "externalName")) {
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (stringIn(spec, "trafficDistribution") === "PreferClose") {
    found.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return found;
};

const ingress: Warnings = ({ metadata, spec }) =>
  metadata.annotations &&
  Object.hasOwn(metadata.annotations, INGRESS_CLASS) &&
  !hasField(spec, "ingressClassName")
    ? [`annotation "${INGRESS_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`]
    : [];

const secret: Warnings = (object) => {
  if (object.type !== "kubernetes.io/tls") return [];
  const data = stringMapIn(object, "data");
  const textOf = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("latin1");
  const problem = keyPairProblem(textOf("tls.crt"), textOf("tls.key"));
  return problem === undefined ? [] : [problem];
};

const csiDriver: Warnings = ({ spec }, current) => {
  const requests = fieldOf(spec, "tokenRequests");
  const isNews = !current || !jsonEqual(requests ?? [], fieldOf(current.spec, "tokenRequests") ?? []);
  if (!isNews || objectsIn(spec, "tokenRequests").length === 0) return [];
  if (hasField(spec, "serviceAccountTokenInSecrets")) return [];
  return [
    "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible " +
      "logging of tokens in volume attributes",
  ];
};

const persistentVolume: Warnings = ({ metadata, spec = {} }) => {
  const found: string[] = [];
  for (const [key, text] of [
    [STORAGE_CLASS, 'deprecated since v1.8; use "storageClassName" attribute instead'],
    [MOUNT_OPTIONS, 'deprecated since v1.31; use "mountOptions" attribute instead'],
  ] as const) {
    if (metadata.annotations && Object.hasOwn(metadata.annotations, key)) {
      found.push(`metadata.annotations[${key}]: ${text}`);
    }
  }
  if (stringIn(spec, "persistentVolumeReclaimPolicy") === "Recycle") {
    found.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended " +
        "approach is to use dynamic provisioning.",
    );
  }
  const required = objectIn(objectIn(spec, "nodeAffinity"), "required");
  objectsIn(required, "nodeSelectorTerms").forEach((term, index) => {
    found.push(...nodeSelectorTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`));
  });
  for (const type of OLD_VOLUME_TYPES) {
    if (hasField(spec, type)) found.push(`spec.${type}: ${OLD_VOLUMES[type]}`);
  }
  return found;
};

const persistentVolumeClaim: Warnings = ({ metadata, spec }) => {
  const found: string[] = [];
  if (metadata.annotations && Object.hasOwn(metadata.annotations, STORAGE_CLASS)) {
    const text = 'deprecated since v1.8; use "storageClassName" attribute instead';
    found.push(`metadata.annotations[${STORAGE_CLASS}]: ${text}`);
  }
  const resources = objectIn(spec, "resources");
  for (const list of ["requests", "limits"]) {
    found.push(...byteFraction(objectIn(resources, list), "storage", `spec.resources.${list}`));
  }
  return found;
};

const storageClass: Warnings = (object) =>
  objectsIn(object, "allowedTopologies").flatMap((topology, i) =>
    objectsIn(topology, "matchLabelExpressions").flatMap((expression, j) => {
      const message = nodeLabelMessage(stringIn(expression, "key"));
      return message === undefined
        ? []
        : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${message}`];
    }),
  );

const node: Warnings = ({ spec }) => {
  const found: string[] = [];
  if (hasField(spec, "configSource")) found.push("spec.configSource: the feature is removed");
  if (stringIn(spec, "externalID")) {
    found.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  }
  found.push(...listWarnings(stringsIn(spec, "podCIDRs"), "spec.podCIDRs", cidrWarnings));
  return found;
};

/** Warnings by `group/Kind`; kinds that are not here have none. */
export const warningsOfKinds: Readonly<Record<string, Pick<KindRules, "warnings">>> = {
  "/Endpoints": { warnings: endpointsWarnings },
  "/Node": { warnings: node },
  "/PersistentVolume": { warnings: persistentVolume },
  "/PersistentVolumeClaim": { warnings: persistentVolumeClaim },
  "/Pod": { warnings: pod },
  "/PodTemplate": { warnings: ofTemplate((object) => objectIn(object, "template"), "template.", false) },
  "/ReplicationController": { warnings: workload },
  "/Secret": { warnings: secret },
  "/Service": { warnings: service },
  "apps/DaemonSet": { warnings: ofTemplate(template, "spec.template.", false) },
  "apps/Deployment": { warnings: workload },
  "apps/ReplicaSet": { warnings: workload },
  "apps/StatefulSet": { warnings: workload },
  "batch/CronJob": { warnings: cronJob },
  "batch/Job": { warnings: workload },
  "discovery.k8s.io/EndpointSlice": { warnings: endpointSliceWarnings },
  "networking.k8s.io/Ingress": { warnings: ingress },
  "networking.k8s.io/NetworkPolicy": { warnings: networkPolicyWarnings },
  "storage.k8s.io/CSIDriver": { warnings: csiDriver },
  "storage.k8s.io/StorageClass": { warnings: storageClass },
};
