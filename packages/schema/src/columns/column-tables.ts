/**
 * Which columns each kind has and which printer fills them, by `group/Kind`. A column is written
 * `Name[:type][/format][*]`; `*` marks those that only `-o wide` shows (priority 1).
 */
import type { ColumnDefinition } from "@quorate/object";
import * as access from "./access-cells.ts";
import { autoscalerCells } from "./autoscaler-cells.ts";
import type { CellPrinter } from "./cell.ts";
import * as cluster from "./cluster-cells.ts";
import { eventCells } from "./event-cells.ts";
import * as extension from "./extension-cells.ts";
import * as network from "./network-cells.ts";
import { podCells } from "./pod-cells.ts";
import * as storage from "./storage-cells.ts";
import * as workload from "./workload-cells.ts";

export interface PrinterTable {
  readonly columns: readonly ColumnDefinition[];
  readonly print: CellPrinter;
}

const WORKLOAD = "Containers* Images* Selector*";
const REPLICAS = `Name/name Desired:integer Current:integer Ready:integer Age ${WORKLOAD}`;
const BINDING = "Name/name Role Age Users* Groups* ServiceAccounts*";
const WEBHOOKS = "Name/name Webhooks:integer Age";
const POLICY_BINDING = "Name/name PolicyName ParamRef Age";
const AUTOSCALER = "Name/name Reference Targets MinPods MaxPods Replicas Age";
const EVENT = "Last_Seen Type Reason Object Subobject* Source* Message First_Seen* Count* Name/name*";

const ROWS: readonly (readonly [string, string, CellPrinter])[] = [
  ["/ComponentStatus", "Name/name Status Message Error", cluster.componentStatusCells],
  ["/ConfigMap", "Name/name Data Age", cluster.configMapCells],
  ["/Endpoints", "Name/name Endpoints Age", network.endpointsCells],
  ["/Event", EVENT, eventCells],
  ["/Namespace", "Name/name Status Age", cluster.namespaceCells],
  [
    "/Node",
    "Name/name Status Roles Age Version Internal-IP* External-IP* OS-Image* Kernel-Version* Container-Runtime*",
    cluster.nodeCells,
  ],
  [
    "/PersistentVolumeClaim",
    "Name/name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode*",
    storage.persistentVolumeClaimCells,
  ],
  [
    "/PersistentVolume",
    "Name/name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age " +
      "VolumeMode*",
    storage.persistentVolumeCells,
  ],
  ["/Pod", "Name/name Ready Status Restarts Age IP* Node* Nominated_Node* Readiness_Gates*", podCells],
  ["/PodTemplate", "Name/name Containers Images Pod_Labels", workload.podTemplateCells],
  ["/ReplicationController", REPLICAS, workload.replicationControllerCells],
  ["/ResourceQuota", "Name/name Request Limit Age", cluster.resourceQuotaCells],
  ["/Secret", "Name/name Type Data Age", cluster.secretCells],
  ["/ServiceAccount", "Name/name Age", cluster.nameAndAgeCells],
  ["/Service", "Name/name Type Cluster-IP External-IP Port(s) Age Selector*", network.serviceCells],
  ["apiregistration.k8s.io/APIService", "Name/name Service Available Age", extension.apiServiceCells],
  ["apps/ControllerRevision", "Name/name Controller Revision Age", workload.controllerRevisionCells],
  [
    "apps/DaemonSet",
    "Name/name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer Node_Selector " +
      `Age ${WORKLOAD}`,
    workload.daemonSetCells,
  ],
  ["apps/Deployment", `Name/name Ready Up-to-date Available Age ${WORKLOAD}`, workload.deploymentCells],
  ["apps/ReplicaSet", REPLICAS, workload.replicaSetCells],
  ["apps/StatefulSet", "Name/name Ready Age Containers* Images*", workload.statefulSetCells],
  ["events.k8s.io/Event", EVENT, eventCells],
  ["autoscaling/HorizontalPodAutoscaler", AUTOSCALER, autoscalerCells],
  ["autoscaling/Scale", "Name/name Desired:integer Available:integer Age", workload.scaleCells],
  [
    "batch/CronJob",
    `Name/name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age ${WORKLOAD}`,
    workload.cronJobCells,
  ],
  ["batch/Job", `Name/name Status Completions Duration Age ${WORKLOAD}`, workload.jobCells],
  [
    "certificates.k8s.io/CertificateSigningRequest",
    "Name/name Age SignerName Requestor RequestedDuration Condition",
    access.certificateRequestCells,
  ],
  ["certificates.k8s.io/ClusterTrustBundle", "Name/name SignerName", access.clusterTrustBundleCells],
  [
    "certificates.k8s.io/PodCertificateRequest",
    "Name/name PodName ServiceAccountName NodeName SignerName State UnverifiedUserAnnotations",
    access.podCertificateRequestCells,
  ],
  ["networking.k8s.io/IngressClass", "Name/name Controller Parameters Age", network.ingressClassCells],
  ["networking.k8s.io/Ingress", "Name/name Class Hosts Address Ports Age", network.ingressCells],
  ["networking.k8s.io/IPAddress", "Name/name ParentRef", network.ipAddressCells],
  ["networking.k8s.io/NetworkPolicy", "Name/name Pod-Selector Age", network.networkPolicyCells],
  ["networking.k8s.io/ServiceCIDR", "Name/name CIDRs Age", network.serviceCidrCells],
  [
    "policy/PodDisruptionBudget",
    "Name/name Min_Available Max_Unavailable Allowed_Disruptions:integer Age",
    workload.disruptionBudgetCells,
  ],
  ["rbac.authorization.k8s.io/ClusterRoleBinding", BINDING, access.roleBindingCells],
  ["rbac.authorization.k8s.io/RoleBinding", BINDING, access.roleBindingCells],
  [
    "storage.k8s.io/CSIDriver",
    "Name/name AttachRequired:boolean PodInfoOnMount:boolean StorageCapacity:boolean TokenRequests " +
      "RequiresRepublish:boolean Modes Age",
    storage.csiDriverCells,
  ],
  ["storage.k8s.io/CSINode", "Name/name Drivers:integer Age", storage.csiNodeCells],
  [
    "storage.k8s.io/StorageClass",
    "Name/name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
    storage.storageClassCells,
  ],
  [
    "storage.k8s.io/VolumeAttachment",
    "Name/name Attacher/name PV Node Attached:boolean Age",
    storage.volumeAttachmentCells,
  ],
  ["storage.k8s.io/VolumeAttributesClass", "Name/name DriverName Age", storage.volumeAttributesClassCells],
  [
    "admissionregistration.k8s.io/MutatingAdmissionPolicy",
    "Name/name Mutations:integer ParamKind Age",
    extension.mutatingPolicyCells,
  ],
  [
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
    POLICY_BINDING,
    extension.policyBindingCells,
  ],
  [
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
    WEBHOOKS,
    extension.webhookConfigurationCells,
  ],
  [
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
    "Name/name Validations:integer ParamKind Age",
    extension.validatingPolicyCells,
  ],
  [
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
    POLICY_BINDING,
    extension.policyBindingCells,
  ],
  [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    WEBHOOKS,
    extension.webhookConfigurationCells,
  ],
  [
    "apiextensions.k8s.io/CustomResourceDefinition",
    "Name/name Scope Versions Created_At:date Group* Kind* ShortNames* Established:boolean*",
    extension.customResourceDefinitionCells,
  ],
  [
    "scheduling.k8s.io/PriorityClass",
    "Name/name Value:integer Global-Default:boolean Age PreemptionPolicy",
    cluster.priorityClassCells,
  ],
  ["coordination.k8s.io/Lease", "Name/name Holder Age", cluster.leaseCells],
  [
    "coordination.k8s.io/LeaseCandidate",
    "Name/name LeaseName BinaryVersion EmulationVersion Age",
    cluster.leaseCandidateCells,
  ],
  ["node.k8s.io/RuntimeClass", "Name/name Handler Age", cluster.runtimeClassCells],
  ["discovery.k8s.io/EndpointSlice", "Name/name AddressType Ports Endpoints Age", network.endpointSliceCells],
  ["resource.k8s.io/DeviceClass", "Name/name Age", cluster.nameAndAgeCells],
  [
    "resource.k8s.io/DeviceTaintRule",
    "Name/name Key Value Effect TimeAdded Age",
    extension.deviceTaintRuleCells,
  ],
  ["resource.k8s.io/ResourceClaim", "Name/name State Age", extension.resourceClaimCells],
  ["resource.k8s.io/ResourceClaimTemplate", "Name/name Age", cluster.nameAndAgeCells],
  ["resource.k8s.io/ResourceSlice", "Name/name Node Driver Pool Age", extension.resourceSliceCells],
  [
    "flowcontrol.apiserver.k8s.io/FlowSchema",
    "Name/name PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL",
    cluster.flowSchemaCells,
  ],
  [
    "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
    "Name/name Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age",
    cluster.priorityLevelCells,
  ],
  [
    "storagemigration.k8s.io/StorageVersionMigration",
    "Name Resource Status",
    extension.storageVersionMigrationCells,
  ],
];

/** Short facts about columns that many kinds share; others are described by their name. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Name: "Name of the object, unique in its namespace.",
  Age: "Time since the object was created.",
  "Created At": "Time at which the object was created (RFC 3339).",
  Ready: "How many are ready, of how many wanted.",
  Restarts: "How often containers were restarted, and how long ago the last time.",
  Containers: "Names of the containers of the pod template.",
  Images: "Images of the containers of the pod template.",
  Selector: "Label selector of the objects that belong to it.",
  "Last Seen": "Time since it was last observed.",
  "First Seen": "Time since it was first observed.",
  Targets: "Current and wanted values of the metrics.",
  Data: "How many keys it holds.",
};

function parseColumn(text: string): ColumnDefinition {
  const match = /^(.+?)(?::([a-z]+))?(?:\/([a-z]+))?(\*)?$/.exec(text)!;
  const name = match[1]!.replaceAll("_", " ");
  return {
    name,
    type: match[2] ?? "string",
    format: match[3] ?? "",
    description: DESCRIPTIONS[name] ?? `${name} of the object.`,
    priority: match[4] ? 1 : 0,
  };
}

function parseColumns(text: string): readonly ColumnDefinition[] {
  return text.split(" ").map(parseColumn);
}

/** Printers by `group/Kind`. */
export const printerTables: ReadonlyMap<string, PrinterTable> = new Map(
  ROWS.map(([key, columns, print]) => [key, { columns: parseColumns(columns), print }]),
);

/** Name and Created At, for kinds without a printer. */
export const defaultPrinter: PrinterTable = {
  columns: parseColumns("Name/name Created_At:date"),
  print: cluster.defaultCells,
};
