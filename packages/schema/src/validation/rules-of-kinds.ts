/** The validation of each kind, by `group/Kind`; kinds that are not here have their metadata checked only. */
import type { FieldError, KubernetesObject } from "@quorate/object";
import type { KindRules } from "../strategy/kind-rules.ts";
import * as access from "./access-rules.ts";
import * as address from "./address-rules.ts";
import * as config from "./config-rules.ts";
import * as event from "./event-rules.ts";
import * as extension from "./extension-rules.ts";
import * as flow from "./flow-rules.ts";
import * as job from "./job-rules.ts";
import * as network from "./network-rules.ts";
import * as pod from "./pod-rules.ts";
import * as policy from "./policy-rules.ts";
import * as service from "./service-rules.ts";
import * as storage from "./storage-rules.ts";
import * as trust from "./trust-bundle-rules.ts";
import * as workload from "./workload-rules.ts";

type Validation = Pick<KindRules, "checkNameOf" | "validate" | "validateUpdate" | "validateSubresource">;

const nothing = (): FieldError[] => [];

function podSubresource(
  next: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): FieldError[] {
  return subresource === "ephemeralcontainers" ? pod.validateEphemeralUpdate(next, current) : [];
}

export const validationOfKinds: Readonly<Record<string, Validation>> = {
  "/ConfigMap": { validate: config.validateConfigMap, validateUpdate: config.validateConfigMapUpdate },
  "/Endpoints": { validate: network.validateEndpoints },
  "/Event": { validate: event.validateCoreEvent },
  "/LimitRange": { validate: config.validateLimitRange },
  "/Namespace": {
    validate: config.validateNamespace,
    validateUpdate: nothing,
    validateSubresource: (next, _, context) => config.validateNamespaceSubresource(next, context.subresource),
  },
  "/Node": { validate: config.validateNode, validateUpdate: config.validateNodeUpdate },
  "/PersistentVolume": {
    validate: storage.validatePersistentVolume,
    validateUpdate: storage.validatePersistentVolumeUpdate,
  },
  "/PersistentVolumeClaim": { validate: storage.validateClaim, validateUpdate: storage.validateClaimUpdate },
  "/Pod": {
    validate: pod.validatePod,
    validateUpdate: pod.validatePodUpdate,
    validateSubresource: (next, current, context) => podSubresource(next, current, context.subresource),
  },
  "/PodTemplate": { validate: pod.validatePodTemplateObject },
  "/ReplicationController": { validate: workload.validateReplicationController },
  "/ResourceQuota": {
    validate: config.validateResourceQuota,
    validateUpdate: config.validateResourceQuotaUpdate,
  },
  "/Secret": { validate: config.validateSecret, validateUpdate: config.validateSecretUpdate },
  "/Service": { validate: service.validateService, validateUpdate: service.validateServiceUpdate },
  "apiregistration.k8s.io/APIService": { validate: extension.validateApiService },
  "apps/ControllerRevision": {
    validate: workload.validateControllerRevision,
    validateUpdate: workload.validateControllerRevisionUpdate,
  },
  "apps/DaemonSet": {
    validate: workload.validateDaemonSet,
    validateUpdate: workload.withImmutableSelector(workload.validateDaemonSet),
  },
  "apps/Deployment": {
    validate: workload.validateDeployment,
    validateUpdate: workload.withImmutableSelector(workload.validateDeployment),
  },
  "apps/ReplicaSet": {
    validate: workload.validateReplicaSet,
    validateUpdate: workload.withImmutableSelector(workload.validateReplicaSet),
  },
  "apps/StatefulSet": {
    validate: workload.validateStatefulSet,
    validateUpdate: workload.validateStatefulSetUpdate,
  },
  "autoscaling/HorizontalPodAutoscaler": {
    validate: (object) => policy.validateAutoscaler(object),
    validateUpdate: policy.validateAutoscaler,
  },
  "batch/CronJob": { validate: job.validateCronJob, validateUpdate: job.validateCronJobUpdate },
  "batch/Job": { validate: job.validateJob, validateUpdate: job.validateJobUpdate },
  "certificates.k8s.io/CertificateSigningRequest": {
    validate: access.validateCertificateRequest,
    validateUpdate: nothing,
    validateSubresource: (next, current, context) =>
      access.validateCertificateSubresource(next, current, context.subresource),
  },
  "certificates.k8s.io/ClusterTrustBundle": {
    checkNameOf: trust.trustBundleName,
    validate: trust.validateTrustBundle,
    validateUpdate: trust.validateTrustBundleUpdate,
  },
  "networking.k8s.io/Ingress": {
    validate: network.validateIngress,
    validateUpdate: network.validateIngressUpdate,
  },
  "networking.k8s.io/IngressClass": {
    validate: network.validateIngressClass,
    validateUpdate: network.validateIngressClassUpdate,
  },
  "networking.k8s.io/IPAddress": {
    validate: address.validateIpAddress,
    validateUpdate: address.validateIpAddressUpdate,
  },
  "networking.k8s.io/NetworkPolicy": {
    validate: network.validateNetworkPolicy,
    validateUpdate: network.validateNetworkPolicyUpdate,
  },
  "networking.k8s.io/ServiceCIDR": {
    validate: address.validateServiceCidr,
    validateUpdate: address.validateServiceCidrUpdate,
  },
  "policy/PodDisruptionBudget": { validate: policy.validateDisruptionBudget },
  "rbac.authorization.k8s.io/ClusterRole": { validate: access.validateClusterRole },
  "rbac.authorization.k8s.io/ClusterRoleBinding": {
    validate: access.validateClusterRoleBinding,
    validateUpdate: access.withImmutableRole(access.validateClusterRoleBinding),
  },
  "rbac.authorization.k8s.io/Role": { validate: access.validateRole },
  "rbac.authorization.k8s.io/RoleBinding": {
    validate: access.validateRoleBinding,
    validateUpdate: access.withImmutableRole(access.validateRoleBinding),
  },
  "storage.k8s.io/CSIDriver": { validate: storage.validateCsiDriver },
  "storage.k8s.io/CSIStorageCapacity": {
    validate: storage.validateStorageCapacity,
    validateUpdate: storage.validateStorageCapacityUpdate,
  },
  "storage.k8s.io/CSINode": { validate: storage.validateCsiNode },
  "storage.k8s.io/StorageClass": {
    validate: storage.validateStorageClass,
    validateUpdate: storage.validateStorageClassUpdate,
  },
  "storage.k8s.io/VolumeAttachment": {
    validate: storage.validateVolumeAttachment,
    validateUpdate: storage.validateImmutableSpec,
  },
  "storage.k8s.io/VolumeAttributesClass": {
    validate: storage.validateVolumeAttributesClass,
    validateUpdate: storage.validateVolumeAttributesClassUpdate,
  },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { validate: extension.validateWebhooks },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { validate: extension.validateWebhooks },
  "apiextensions.k8s.io/CustomResourceDefinition": {
    validate: extension.validateCustomResourceDefinition,
    validateUpdate: extension.validateCustomResourceDefinitionUpdate,
  },
  "scheduling.k8s.io/PriorityClass": {
    validate: policy.validatePriorityClass,
    validateUpdate: policy.validatePriorityClassUpdate,
  },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { validate: flow.validateFlowSchema },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { validate: flow.validatePriorityLevel },
  "coordination.k8s.io/Lease": { validate: policy.validateLease },
  "node.k8s.io/RuntimeClass": {
    validate: policy.validateRuntimeClass,
    validateUpdate: policy.validateRuntimeClassUpdate,
  },
  "discovery.k8s.io/EndpointSlice": {
    validate: network.validateEndpointSlice,
    validateUpdate: network.validateEndpointSliceUpdate,
  },
  "events.k8s.io/Event": {
    validate: event.validateNewEvent,
    validateUpdate: event.validateNewEventUpdate,
  },
};
