/** Rows of role bindings, certificate requests and trust bundles. */
import {
  hasField,
  humanDuration,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, formatLabels, nameOf, or } from "./cell.ts";

/** The cells of a RoleBinding, in the order of its columns. */
export const roleBindingCells: CellPrinter = (object, nowMs) => {
  const role = objectIn(object, "roleRef");
  const subjects = objectsIn(object, "subjects");
  const namesOf = (kind: string) => subjects.filter((subject) => subject.kind === kind);
  return [
    nameOf(object),
    `${stringIn(role, "kind")}/${stringIn(role, "name")}`,
    ageCell(object, nowMs),
    namesOf("User")
      .map((subject) => stringIn(subject, "name"))
      .join(", "),
    namesOf("Group")
      .map((subject) => stringIn(subject, "name"))
      .join(", "),
    namesOf("ServiceAccount")
      .map((subject) => `${stringIn(subject, "namespace")}/${stringIn(subject, "name")}`)
      .join(", "),
  ];
};

/** The cells of a CertificateSigningRequest, in the order of its columns. */
export const certificateRequestCells: CellPrinter = (object, nowMs) => {
  const { spec } = object;
  const seconds = numberIn(spec, "expirationSeconds");
  return [
    nameOf(object),
    ageCell(object, nowMs),
    or(stringIn(spec, "signerName"), "<none>"),
    stringIn(spec, "username"),
    hasField(spec, "expirationSeconds") ? humanDuration(seconds * 1000) : "<none>",
    requestState(object),
  ];
};

function requestState(request: KubernetesObject): string {
  const types = new Set(
    objectsIn(request.status, "conditions").map((condition) => stringIn(condition, "type")),
  );
  let state = types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending";
  if (types.has("Failed")) state += ",Failed";
  if (stringIn(request.status, "certificate") !== "") state += ",Issued";
  return state;
}

/** The cells of a ClusterTrustBundle, in the order of its columns. */
export const clusterTrustBundleCells: CellPrinter = (object) => [
  nameOf(object),
  or(stringIn(object.spec, "signerName"), "<none>"),
];

/** The cells of a PodCertificateRequest, in the order of its columns. */
export const podCertificateRequestCells: CellPrinter = (object) => {
  let state = "Pending";
  for (const condition of objectsIn(object.status, "conditions")) {
    const type = stringIn(condition, "type");
    if (type === "Issued" || type === "Denied" || type === "Failed") state = type;
  }
  const { spec } = object;
  return [
    nameOf(object),
    stringIn(spec, "podName"),
    stringIn(spec, "serviceAccountName"),
    stringIn(spec, "nodeName"),
    stringIn(spec, "signerName"),
    state,
    formatLabels(stringMapIn(spec, "unverifiedUserAnnotations")),
  ];
};
