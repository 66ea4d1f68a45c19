/** Rules of roles, bindings and certificate requests. */
import {
  checkDns1123Subdomain,
  checkPathSegment,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { Findings } from "./findings.ts";
import { validateLabelSelector } from "./label-selector-rules.ts";
import { validateSignerName } from "./signer-name-rules.ts";

const GROUP = "rbac.authorization.k8s.io";

function validateRules(object: KubernetesObject, namespaced: boolean, findings: Findings): void {
  objectsIn(object, "rules").forEach((rule, index) => {
    const at = `rules[${index}]`;
    const urls = stringsIn(rule, "nonResourceURLs");
    const groups = stringsIn(rule, "apiGroups");
    const resources = stringsIn(rule, "resources");
    if (urls.length > 0) {
      if (namespaced) {
        findings.invalid(`${at}.nonResourceURLs`, urls, "namespaced rules cannot apply to non-resource URLs");
      }
      if (groups.length + resources.length + stringsIn(rule, "resourceNames").length > 0) {
        const text = "rules cannot apply to both regular resources and non-resource URLs";
        findings.invalid(`${at}.nonResourceURLs`, urls, text);
      }
      return;
    }
    if (groups.length === 0) {
      findings.required(`${at}.apiGroups`, "resource rules must supply at least one api group");
    }
    if (resources.length === 0) {
      findings.required(`${at}.resources`, "resource rules must supply at least one resource");
    }
  });
  // Compat: what the reference checks by declaration comes behind what it checks by code.
  objectsIn(object, "rules").forEach((rule, index) => {
    if (stringsIn(rule, "verbs").length === 0) findings.required(`rules[${index}].verbs`);
  });
}

export function validateRole(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateRules(object, true, findings);
  return findings.list;
}

export function validateClusterRole(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateRules(object, false, findings);
  const selectors = objectsIn(objectIn(object, "aggregationRule"), "clusterRoleSelectors");
  if (hasField(object, "aggregationRule") && selectors.length === 0) {
    const text = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    findings.required("aggregationRule.clusterRoleSelectors", text);
  }
  selectors.forEach((selector, index) => {
    const at = `aggregationRule.clusterRoleSelectors[${index}]`;
    const before = findings.list.length;
    validateLabelSelector(selector, at, findings);
    if (findings.list.length > before) findings.invalid(at, selector, "invalid label selector.");
  });
  return findings.list;
}

function validateBinding(
  object: KubernetesObject,
  kinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const findings = new Findings();
  const role = objectIn(object, "roleRef");
  const group = stringIn(role, "apiGroup");
  if (group !== GROUP) findings.notSupported("roleRef.apiGroup", group, [GROUP]);
  if (!kinds.includes(stringIn(role, "kind"))) {
    findings.notSupported("roleRef.kind", stringIn(role, "kind"), kinds);
  }
  const name = stringIn(role, "name");
  if (name === "") findings.required("roleRef.name");
  else findings.text("roleRef.name", name, checkPathSegment);
  objectsIn(object, "subjects").forEach((subject, index) => {
    validateSubject(subject, namespaced, `subjects[${index}]`, findings);
  });
  return findings.list;
}

function validateSubject(subject: JsonObject, namespaced: boolean, field: string, findings: Findings): void {
  const name = stringIn(subject, "name");
  const group = stringIn(subject, "apiGroup");
  const kind = stringIn(subject, "kind");
  if (name === "") findings.required(`${field}.name`);
  if (kind === "ServiceAccount") {
    if (name !== "") findings.text(`${field}.name`, name, checkDns1123Subdomain);
    if (group !== "") findings.notSupported(`${field}.apiGroup`, group, [""]);
    if (!namespaced && stringIn(subject, "namespace") === "") findings.required(`${field}.namespace`);
  } else if (kind === "User" || kind === "Group") {
    if (group !== GROUP) findings.notSupported(`${field}.apiGroup`, group, [GROUP]);
  } else findings.notSupported(`${field}.kind`, kind, ["ServiceAccount", "User", "Group"]);
}

export function validateRoleBinding(object: KubernetesObject): FieldError[] {
  return validateBinding(object, ["Role", "ClusterRole"], true);
}

export function validateClusterRoleBinding(object: KubernetesObject): FieldError[] {
  return validateBinding(object, ["ClusterRole"], false);
}

/** A binding's role is fixed: who may grant it was checked when it was made. */
export function withImmutableRole(
  validate: (object: KubernetesObject) => FieldError[],
): (next: KubernetesObject, current: KubernetesObject) => FieldError[] {
  return (next, current) => {
    const findings = new Findings();
    const role = fieldOf(next, "roleRef");
    if (!jsonEqual(role, fieldOf(current, "roleRef"))) {
      findings.invalid("roleRef", role ?? null, "cannot change roleRef");
    }
    return [...validate(next), ...findings.list];
  };
}

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const PEM = /^\s*-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----\s*$/;
const EXPIRATION_SECONDS_MIN = 600;

export function validateCertificateRequest(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const { spec } = object;
  const request = stringIn(spec, "request");
  if (!PEM.test(Buffer.from(request, "base64").toString("latin1"))) {
    findings.invalid("spec.request", request, "PEM block type must be CERTIFICATE REQUEST");
  }
  const usages = stringsIn(spec, "usages");
  if (usages.length === 0) findings.required("spec.usages");
  const seen = new Set<string>();
  usages.forEach((usage, index) => {
    if (!USAGES.includes(usage)) findings.notSupported(`spec.usages[${index}]`, usage, USAGES);
    if (seen.has(usage)) findings.duplicate(`spec.usages[${index}]`, usage);
    seen.add(usage);
  });
  validateRequestedSigner(stringIn(spec, "signerName"), findings);
  const seconds = numberIn(spec, "expirationSeconds");
  if (hasField(spec, "expirationSeconds") && seconds < EXPIRATION_SECONDS_MIN) {
    const text = "may not specify a duration less than 600 seconds (10 minutes)";
    findings.invalid("spec.expirationSeconds", seconds, text);
  }
  return findings.list;
}

function validateRequestedSigner(signer: string, findings: Findings): void {
  const field = "spec.signerName";
  if (signer === "kubernetes.io/legacy-unknown") {
    findings.invalid(field, signer, "the legacy signerName is not allowed via this API version");
  } else validateSignerName(signer, field, findings);
}

/** Approvals come and go only through their own subresource; certificates only through status. */
export function validateCertificateSubresource(
  next: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): FieldError[] {
  const findings = new Findings();
  const before = stringIn(current.status, "certificate");
  const now = stringIn(next.status, "certificate");
  if (subresource === "approval") {
    if (now !== before) findings.forbidden("status.certificate", "updates may not set certificate content");
  } else if (before !== "" && now !== before) {
    findings.forbidden("status.certificate", "updates may not modify existing certificate content");
  }
  for (const type of ["Approved", "Denied", "Failed"]) {
    const old = objectsIn(current.status, "conditions").filter((item) => item.type === type).length;
    const given = objectsIn(next.status, "conditions").filter((item) => item.type === type).length;
    if (given < old) {
      const text = `updates may not remove a condition of type "${type}"`;
      findings.forbidden("status.conditions", text);
    }
    if (given > old && subresource === "status" && type !== "Failed") {
      findings.forbidden("status.conditions", `updates may not add a condition of type "${type}"`);
    }
  }
  validateConditions(next, findings);
  return findings.list;
}

function validateConditions(request: KubernetesObject, findings: Findings): void {
  const types = new Set<string>();
  objectsIn(request.status, "conditions").forEach((condition, index) => {
    const at = `status.conditions[${index}]`;
    const type = stringIn(condition, "type");
    const status = stringIn(condition, "status");
    if (type === "") findings.required(`${at}.type`);
    if (status === "") findings.required(`${at}.status`);
    else if (["Approved", "Denied", "Failed"].includes(type) && status !== "True") {
      findings.notSupported(`${at}.status`, status, ["True"]);
    }
    if (types.has(type)) findings.duplicate(`${at}.type`, type);
    types.add(type);
  });
  if (types.has("Approved") && types.has("Denied")) {
    findings.invalid("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive");
  }
}
