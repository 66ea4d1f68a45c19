/** Rules of pod specs and templates, and of what may change in a pod once it is there. */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkSubdomainWithUnderscore,
  cloneJson,
  type FieldError,
  fieldOf,
  goQuote,
  hasField,
  isTrueIn,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  rangeText,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { type ContainerScope, validateContainers, validateEphemeralContainers } from "./container-rules.ts";
import { Findings } from "./findings.ts";
import { checkIp } from "./ip.ts";
import { validateAnnotations } from "./metadata.ts";
import { validateAmount } from "./resource-rules.ts";
import {
  validateAffinity,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from "./scheduling-rules.ts";
import { validatePodSecurity } from "./security-rules.ts";
import { validateVolumes } from "./volume-rules.ts";

const INT32_MAX = 2_147_483_647;
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];

/** A pod template of a workload: labels, annotations, spec. */
export function validatePodTemplate(template: JsonObject, field: string, findings: Findings): void {
  const metadata = objectIn(template, "metadata");
  findings.labels(stringMapIn(metadata, "labels"), `${field}.labels`);
  validateAnnotations(stringMapIn(metadata, "annotations"), `${field}.annotations`, findings.list);
  const spec = objectIn(template, "spec");
  validatePodSpec(spec, `${field}.spec`, findings, false);
  if (listIn(spec, "ephemeralContainers").length > 0) {
    findings.forbidden(
      `${field}.spec.ephemeralContainers`,
      "ephemeral containers not allowed in pod template",
    );
  }
}

/** The kind that is a template and nothing else. */
export function validatePodTemplateObject(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validatePodTemplate(objectIn(object, "template"), "template", findings);
  return findings.list;
}

/** `isPod`: the spec is a pod's own, not a template's. */
export function validatePodSpec(spec: JsonObject, field: string, findings: Findings, isPod: boolean): void {
  if (!hasField(spec, "terminationGracePeriodSeconds")) {
    findings.required(`${field}.terminationGracePeriodSeconds`);
  }
  const scope: ContainerScope = {
    volumes: validateVolumes(spec, field, findings),
    claims: new Set(objectsIn(spec, "resourceClaims").map((claim) => stringIn(claim, "name"))),
    grace: hasField(spec, "terminationGracePeriodSeconds")
      ? numberIn(spec, "terminationGracePeriodSeconds")
      : undefined,
    hostUsers: fieldOf(spec, "hostUsers") !== false,
  };
  validateContainers(spec, scope, field, findings);
  validateEphemeralContainers(spec, scope, field, findings);
  if (isTrueIn(spec, "hostNetwork")) validateHostPorts(spec, field, findings, isPod);
  findings.oneOf(spec, "restartPolicy", field, RESTART_POLICIES);
  findings.oneOf(spec, "dnsPolicy", field, DNS_POLICIES);
  findings.labels(stringMapIn(spec, "nodeSelector"), `${field}.nodeSelector`);
  validatePodSecurity(objectIn(spec, "securityContext"), `${field}.securityContext`, findings);
  if (isTrueIn(spec, "shareProcessNamespace") && isTrueIn(spec, "hostPID")) {
    const text = "ShareProcessNamespace and HostPID cannot both be enabled";
    findings.invalid(`${field}.shareProcessNamespace`, true, text);
  }
  validateAffinity(spec, field, findings);
  validateDnsConfig(spec, field, findings);
  validateSchedulingGates(spec, field, findings);
  validateTopologySpread(spec, field, findings);
  validateNames(spec, field, findings);
  if (hasField(spec, "activeDeadlineSeconds")) {
    const seconds = numberIn(spec, "activeDeadlineSeconds");
    if (seconds < 1 || seconds > INT32_MAX) {
      findings.invalid(`${field}.activeDeadlineSeconds`, seconds, rangeText(1, INT32_MAX));
    }
  }
  validateTolerations(spec, field, findings);
  validateHostAliases(spec, field, findings);
  for (const [name, value] of Object.entries(objectIn(spec, "overhead"))) {
    validateAmount(name, value, `${field}.overhead.limits[${name}]`, findings);
  }
  findings.oneOf(spec, "preemptionPolicy", field, ["PreemptLowerPriority", "Never"], { optional: true });
  validateOs(spec, field, findings);
  validateResourceClaims(spec, field, findings);
}

function validateOs(spec: JsonObject, field: string, findings: Findings): void {
  if (!hasField(spec, "os")) return;
  const name = stringIn(objectIn(spec, "os"), "name");
  if (name === "") findings.required(`${field}.os.name`, "cannot be empty");
  else if (name !== "linux" && name !== "windows") {
    findings.notSupported(`${field}.os`, name, ["linux", "windows"]);
  }
}

function validateResourceClaims(spec: JsonObject, field: string, findings: Findings): void {
  const names = new Set<string>();
  objectsIn(spec, "resourceClaims").forEach((claim, index) => {
    const at = `${field}.resourceClaims[${index}]`;
    const name = stringIn(claim, "name");
    if (name === "") findings.required(`${at}.name`);
    else if (names.has(name)) findings.duplicate(`${at}.name`, name);
    else findings.label(`${at}.name`, name);
    names.add(name);
    const count = findings.countSet(claim, ["resourceClaimName", "resourceClaimTemplateName"]);
    if (count === 1) return;
    const which = "`resourceClaimName`, `resourceClaimTemplateName`";
    const text = count === 0 ? `must specify one of: ${which}` : `at most one of ${which} may be specified`;
    findings.invalid(at, claim, text);
  });
}

function validateHostPorts(spec: JsonObject, field: string, findings: Findings, isPod: boolean): void {
  objectsIn(spec, "containers").forEach((container, index) => {
    objectsIn(container, "ports").forEach((port, portIndex) => {
      const hostPort = numberIn(port, "hostPort");
      if ((!isPod && hostPort === 0) || hostPort === numberIn(port, "containerPort")) return;
      const at = `${field}.containers[${index}].ports[${portIndex}].hostPort`;
      findings.invalid(at, hostPort, "must match `containerPort` when `hostNetwork` is true");
    });
  });
}

function validateNames(spec: JsonObject, field: string, findings: Findings): void {
  findings.optionalText(spec, "serviceAccountName", field, checkDns1123Subdomain);
  findings.optionalText(spec, "nodeName", field, checkDns1123Subdomain);
  findings.optionalText(spec, "hostname", field, checkDns1123Label);
  findings.optionalText(spec, "subdomain", field, checkDns1123Label);
  findings.optionalText(spec, "priorityClassName", field, checkDns1123Subdomain);
  findings.optionalText(spec, "runtimeClassName", field, checkDns1123Subdomain);
}

function validateHostAliases(spec: JsonObject, field: string, findings: Findings): void {
  objectsIn(spec, "hostAliases").forEach((alias, index) => {
    const at = `${field}.hostAliases[${index}]`;
    findings.text(`${at}.ip`, stringIn(alias, "ip"), checkIp);
    stringsIn(alias, "hostnames").forEach((name, nameIndex) => {
      findings.subdomain(`${at}.hostnames[${nameIndex}]`, name);
    });
  });
}

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;

function validateDnsConfig(spec: JsonObject, field: string, findings: Findings): void {
  const path = `${field}.dnsConfig`;
  const config = objectIn(spec, "dnsConfig");
  const servers = stringsIn(config, "nameservers");
  if (stringIn(spec, "dnsPolicy") === "None") {
    if (!hasField(spec, "dnsConfig")) {
      findings.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
      return;
    }
    if (servers.length === 0) {
      const text = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      findings.required(`${path}.nameservers`, text);
    }
  }
  if (servers.length > NAMESERVERS_MAX) {
    findings.invalid(
      `${path}.nameservers`,
      servers,
      `must not have more than ${NAMESERVERS_MAX} nameservers`,
    );
  }
  servers.forEach((server, index) => {
    findings.text(`${path}.nameservers[${index}]`, server, checkIp);
  });
  const searches = stringsIn(config, "searches");
  if (searches.length > SEARCHES_MAX) {
    findings.invalid(`${path}.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`);
  }
  searches.forEach((search, index) => {
    if (search === ".") return;
    findings.text(`${path}.searches[${index}]`, search.replace(/\.$/, ""), checkSubdomainWithUnderscore);
  });
  objectsIn(config, "options").forEach((option, index) => {
    if (stringIn(option, "name") === "") findings.required(`${path}.options[${index}]`, "must not be empty");
  });
}

/** What only a pod can say of its volumes: who it is, and how its claims would be named. */
function validateOwnVolumes({ metadata, spec = {} }: KubernetesObject, findings: Findings): void {
  const { name: podName = "" } = metadata;
  objectsIn(spec, "volumes").forEach((volume, index) => {
    const at = `spec.volumes[${index}]`;
    const name = stringIn(volume, "name");
    if (hasField(volume, "ephemeral") && podName !== "" && name !== "") {
      const claim = `${podName}-${name}`;
      for (const text of checkDns1123Subdomain(claim)) {
        findings.invalid(`${at}.name`, name, `PVC name ${goQuote(claim)}: ${text}`);
      }
    }
    if (stringIn(spec, "serviceAccountName") !== "") return;
    objectsIn(objectIn(volume, "projected"), "sources").forEach((source, position) => {
      if (!hasField(source, "serviceAccountToken")) return;
      const field = `${at}.projected.sources[${position}].serviceAccountToken`;
      findings.forbidden(field, "must not be specified when serviceAccountName is not set");
    });
  });
}

/** A pod as it is created. */
export function validatePod(pod: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validatePodSpec(pod.spec ?? {}, "spec", findings, true);
  validateOwnVolumes(pod, findings);
  if (listIn(pod.spec, "ephemeralContainers").length > 0) {
    findings.forbidden("spec.ephemeralContainers", "cannot be set on create");
  }
  const { nodeName, schedulingGates } = pod.spec ?? {};
  if (nodeName && Array.isArray(schedulingGates) && schedulingGates.length > 0) {
    findings.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
  }
  return findings.list;
}

const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/** Only images, a shorter deadline, more tolerations and fewer gates may change. */
export function validatePodUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = next.spec ?? {};
  const old = current.spec ?? {};
  validatePodSpec(spec, "spec", findings, true);
  for (const list of ["containers", "initContainers"]) {
    if (!validateContainerUpdates(spec, old, list, findings)) return findings.list;
  }
  validateDeadline(spec, old, findings);
  validateTolerationUpdates(spec, old, findings);
  validateGateUpdates(spec, old, findings);
  if (jsonEqual(spec, old)) return findings.list;
  const munged = mungeSpec(spec, old);
  if (!jsonEqual(munged, old)) {
    const changed = Object.keys({ ...munged, ...old }).filter((key) => !jsonEqual(munged[key], old[key]));
    const text = `pod updates may not change fields other than ${UPDATABLE.join(",")}`;
    findings.forbidden(
      "spec",
      `${text}\nchanged: ${changed
        .sort()
        .map((key) => `spec.${key}`)
        .join(", ")}`,
    );
  }
  return findings.list;
}

function validateContainerUpdates(
  spec: JsonObject,
  old: JsonObject,
  list: string,
  findings: Findings,
): boolean {
  const containers = objectsIn(spec, list);
  if (containers.length !== objectsIn(old, list).length) {
    findings.forbidden(`spec.${list}`, "pod updates may not add or remove containers");
    return false;
  }
  containers.forEach((container, index) => {
    const image = stringIn(container, "image");
    const path = `spec.${list}[${index}].image`;
    if (image === "") findings.required(path);
    if (image.trim() !== image) findings.invalid(path, image, "must not have leading or trailing whitespace");
  });
  return true;
}

function validateDeadline(spec: JsonObject, old: JsonObject, findings: Findings): void {
  const path = "spec.activeDeadlineSeconds";
  if (!hasField(spec, "activeDeadlineSeconds")) {
    if (hasField(old, "activeDeadlineSeconds")) {
      findings.invalid(path, null, "must not update from a positive integer to nil value");
    }
    return;
  }
  const seconds = numberIn(spec, "activeDeadlineSeconds");
  if (hasField(old, "activeDeadlineSeconds") && numberIn(old, "activeDeadlineSeconds") < seconds) {
    findings.invalid(path, seconds, "must be less than or equal to previous value");
  }
}

function withoutSeconds(toleration: JsonObject): JsonObject {
  const { tolerationSeconds: _, ...rest } = toleration;
  return rest;
}

function validateTolerationUpdates(spec: JsonObject, old: JsonObject, findings: Findings): void {
  const tolerations = objectsIn(spec, "tolerations");
  for (const toleration of objectsIn(old, "tolerations")) {
    const kept = tolerations.some((item) => jsonEqual(withoutSeconds(item), withoutSeconds(toleration)));
    if (kept) continue;
    findings.forbidden(
      "spec.tolerations",
      "existing toleration can not be modified except its tolerationSeconds",
    );
    return;
  }
}

function validateGateUpdates(spec: JsonObject, old: JsonObject, findings: Findings): void {
  const known = new Set(objectsIn(old, "schedulingGates").map((gate) => stringIn(gate, "name")));
  objectsIn(spec, "schedulingGates").forEach((gate, index) => {
    const name = stringIn(gate, "name");
    if (known.has(name)) return;
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
    findings.forbidden(`spec.schedulingGates[${index}].name`, text);
  });
}

/** The new spec with everything that may change set back; what is left must equal the old one. */
function mungeSpec(spec: JsonObject, old: JsonObject): JsonObject {
  const munged = cloneJson(spec);
  for (const list of ["containers", "initContainers"]) {
    objectsIn(munged, list).forEach((container, index) => {
      container.image = objectsIn(old, list)[index]?.image;
    });
  }
  const free = ["activeDeadlineSeconds", "tolerations", "schedulingGates"];
  const gated = objectsIn(old, "schedulingGates").length > 0;
  if (gated) free.push("nodeSelector", "affinity");
  if (numberIn(old, "terminationGracePeriodSeconds") < 0) free.push("terminationGracePeriodSeconds");
  for (const key of free) {
    if (old[key] === undefined) delete munged[key];
    else munged[key] = old[key];
  }
  return munged;
}

/** Ephemeral containers are only ever added. */
export function validateEphemeralUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validatePodSpec(next.spec ?? {}, "spec", findings, true);
  const path = "spec.ephemeralContainers";
  const containers = objectsIn(next.spec, "ephemeralContainers");
  for (const old of objectsIn(current.spec, "ephemeralContainers")) {
    const same = containers.find((item) => item.name === old.name);
    const name = JSON.stringify(stringIn(old, "name"));
    if (!same) findings.forbidden(path, `existing ephemeral containers ${name} may not be removed\n`);
    else if (!jsonEqual(same, old)) {
      findings.forbidden(path, `existing ephemeral containers ${name} may not be changed\n`);
    }
  }
  return findings.list;
}
