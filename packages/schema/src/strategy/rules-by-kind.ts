/** The kinds with rules of their own, by `group/Kind`. What stands here without a file of its own is one line. */
import { addressName } from "../validation/address-rules.ts";
import { anyName, labelName, pathSegmentName } from "../validation/metadata.ts";
import { validationOfKinds } from "../validation/rules-of-kinds.ts";
import { warningsOfKinds } from "../warnings/warnings-of-kinds.ts";
import { certificateStrategy } from "./certificate-strategy.ts";
import { apiServiceStrategy, customResourceDefinitionStrategy } from "./extension-strategies.ts";
import { jobStrategy } from "./job-strategy.ts";
import type { KindRules } from "./kind-rules.ts";
import { namespaceStrategy } from "./namespace-strategy.ts";
import { podStrategy } from "./pod-strategy.ts";
import { serviceStrategy } from "./service-strategy.ts";
import {
  csiDriverStrategy,
  daemonSetStrategy,
  deploymentStrategy,
  deviceTaintRuleStrategy,
  endpointSliceStrategy,
  nodeStrategy,
  replicationControllerStrategy,
  secretStrategy,
} from "./small-strategies.ts";
import { statefulSetStrategy } from "./stateful-set-strategy.ts";
import { persistentVolumeClaimStrategy, persistentVolumeStrategy } from "./storage-strategies.ts";

const COUNTS_SPEC: KindRules = { generationOf: ["spec"] };
const RESETS_METADATA: KindRules = { statusResetsMetadata: true };
const COUNTS_WEBHOOKS: KindRules = { generationOf: ["webhooks"] };
const PATH_NAME: KindRules = { checkName: pathSegmentName };

const preparation: Readonly<Record<string, KindRules>> = {
  "/Event": PATH_NAME,
  "/Namespace": namespaceStrategy,
  "/Node": nodeStrategy,
  "/PersistentVolume": persistentVolumeStrategy,
  "/PersistentVolumeClaim": persistentVolumeClaimStrategy,
  "/Pod": podStrategy,
  "/PodTemplate": { generationOf: ["template"] },
  "/ReplicationController": replicationControllerStrategy,
  "/Secret": secretStrategy,
  "/Service": { ...serviceStrategy, checkName: labelName },
  "apiregistration.k8s.io/APIService": apiServiceStrategy,
  "apps/DaemonSet": daemonSetStrategy,
  "apps/Deployment": deploymentStrategy,
  "apps/ReplicaSet": COUNTS_SPEC,
  "apps/StatefulSet": statefulSetStrategy,
  "autoscaling/HorizontalPodAutoscaler": COUNTS_SPEC,
  "batch/CronJob": COUNTS_SPEC,
  "batch/Job": jobStrategy,
  "certificates.k8s.io/CertificateSigningRequest": { ...certificateStrategy, checkName: anyName },
  "certificates.k8s.io/PodCertificateRequest": RESETS_METADATA,
  "networking.k8s.io/Ingress": COUNTS_SPEC,
  "networking.k8s.io/IngressClass": COUNTS_SPEC,
  "networking.k8s.io/IPAddress": { checkName: addressName },
  "networking.k8s.io/NetworkPolicy": COUNTS_SPEC,
  "networking.k8s.io/ServiceCIDR": RESETS_METADATA,
  "policy/PodDisruptionBudget": { ...COUNTS_SPEC, ...PATH_NAME },
  "rbac.authorization.k8s.io/ClusterRole": PATH_NAME,
  "rbac.authorization.k8s.io/ClusterRoleBinding": PATH_NAME,
  "rbac.authorization.k8s.io/Role": PATH_NAME,
  "rbac.authorization.k8s.io/RoleBinding": PATH_NAME,
  "storage.k8s.io/CSIDriver": csiDriverStrategy,
  "storage.k8s.io/CSINode": RESETS_METADATA,
  "storage.k8s.io/VolumeAttachment": RESETS_METADATA,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": COUNTS_SPEC,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": COUNTS_SPEC,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": COUNTS_WEBHOOKS,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": {
    generationOf: ["spec"],
    statusResetsMetadata: true,
  },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": COUNTS_SPEC,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": COUNTS_WEBHOOKS,
  "apiextensions.k8s.io/CustomResourceDefinition": customResourceDefinitionStrategy,
  "scheduling.k8s.io/PriorityClass": { generationOf: [] },
  "discovery.k8s.io/EndpointSlice": endpointSliceStrategy,
  "resource.k8s.io/DeviceClass": COUNTS_SPEC,
  "resource.k8s.io/DeviceTaintRule": deviceTaintRuleStrategy,
  "resource.k8s.io/ResourceClaim": RESETS_METADATA,
  "resource.k8s.io/ResourceSlice": COUNTS_SPEC,
  "flowcontrol.apiserver.k8s.io/FlowSchema": { generationOf: ["spec"], statusResetsMetadata: true },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": {
    generationOf: ["spec"],
    statusResetsMetadata: true,
  },
  "storagemigration.k8s.io/StorageVersionMigration": RESETS_METADATA,
};

/** Preparation, validation and warnings of each kind, joined. */
export const rulesByKind: ReadonlyMap<string, KindRules> = new Map(
  [...new Set([preparation, validationOfKinds, warningsOfKinds].flatMap(Object.keys))].map((kind) => [
    kind,
    { ...preparation[kind], ...validationOfKinds[kind], ...warningsOfKinds[kind] },
  ]),
);
