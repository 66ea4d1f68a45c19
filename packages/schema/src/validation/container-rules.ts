/** Rules of containers, init containers and ephemeral containers. */
import {
  checkPortName,
  hasField,
  isTrueIn,
  type JsonObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import { validateEnv } from "./env-rules.ts";
import { type Findings, POINTER } from "./findings.ts";
import { validateLifecycle, validateProbes } from "./probe-rules.ts";
import { validateResources } from "./resource-rules.ts";
import { validateContainerSecurity } from "./security-rules.ts";
import { validateDescendingPath } from "./volume-rules.ts";

/** What a container may refer to in its pod. */
export interface ContainerScope {
  readonly volumes: ReadonlyMap<string, JsonObject>;
  readonly claims: ReadonlySet<string>;
  /** terminationGracePeriodSeconds. */
  readonly grace: number | undefined;
  readonly hostUsers: boolean;
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const RESTART_POLICIES = ["Always", "Never", "OnFailure"];

export function validateContainers(
  spec: JsonObject,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  const path = `${field}.containers`;
  const containers = objectsIn(spec, "containers");
  if (containers.length === 0) findings.required(path);
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateContainer(container, scope, at, findings);
    const name = stringIn(container, "name");
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    names.add(name);
    if (hasField(container, "lifecycle")) {
      validateLifecycle(objectIn(container, "lifecycle"), scope.grace, `${at}.lifecycle`, findings);
    }
    validateProbes(container, scope.grace, at, findings);
    findings.oneOf(container, "restartPolicy", at, RESTART_POLICIES, POINTER);
  });
  checkHostPorts(containers, path, findings);
  validateInitContainers(spec, names, scope, `${field}.initContainers`, findings);
}

const INIT_FORBIDDEN = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];

function validateInitContainers(
  spec: JsonObject,
  names: Set<string>,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  objectsIn(spec, "initContainers").forEach((container, index) => {
    const at = `${field}[${index}]`;
    validateContainer(container, scope, at, findings);
    findings.oneOf(container, "restartPolicy", at, RESTART_POLICIES, POINTER);
    const name = stringIn(container, "name");
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    else if (name !== "") names.add(name);
    checkHostPorts([container], field, findings);
    if (stringIn(container, "restartPolicy") === "Always") {
      if (hasField(container, "lifecycle")) {
        validateLifecycle(objectIn(container, "lifecycle"), scope.grace, `${at}.lifecycle`, findings);
      }
      validateProbes(container, scope.grace, at, findings);
      return;
    }
    for (const key of INIT_FORBIDDEN) {
      if (hasField(container, key)) {
        findings.forbidden(`${at}.${key}`, "may not be set for init containers without restartPolicy=Always");
      }
    }
  });
}

const EPHEMERAL_FORBIDDEN: readonly (readonly [string, string])[] = [
  ["ports", "field is not supported for ephemeral containers"],
  ["livenessProbe", "field is not supported for ephemeral containers"],
  ["readinessProbe", "field is not supported for ephemeral containers"],
  ["startupProbe", "field is not supported for ephemeral containers"],
  ["lifecycle", "field is not supported for ephemeral containers"],
];

export function validateEphemeralContainers(
  spec: JsonObject,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  const names = new Set<string>();
  const targets = new Set<string>();
  for (const list of ["containers", "initContainers"]) {
    for (const container of objectsIn(spec, list)) {
      names.add(stringIn(container, "name"));
      targets.add(stringIn(container, "name"));
    }
  }
  objectsIn(spec, "ephemeralContainers").forEach((container, index) => {
    const at = `${field}.ephemeralContainers[${index}]`;
    validateContainer(container, scope, at, findings);
    const name = stringIn(container, "name");
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    else if (name !== "") names.add(name);
    const target = stringIn(container, "targetContainerName");
    if (target !== "" && !targets.has(target)) findings.notFound(`${at}.targetContainerName`, target);
    for (const [key, text] of EPHEMERAL_FORBIDDEN) {
      if (hasField(container, key)) findings.forbidden(`${at}.${key}`, text);
    }
    if (Object.keys(objectIn(container, "resources")).length > 0) {
      findings.forbidden(`${at}.resources`, "field is not supported for ephemeral containers");
    }
  });
}

function validateContainer(
  container: JsonObject,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  const name = stringIn(container, "name");
  if (name === "") findings.required(`${field}.name`);
  else findings.label(`${field}.name`, name);
  if (stringIn(container, "image") === "") findings.required(`${field}.image`);
  findings.oneOf(container, "terminationMessagePolicy", field, MESSAGE_POLICIES);
  validatePorts(container, `${field}.ports`, findings);
  validateEnv(container, field, findings);
  validateMounts(container, scope, `${field}.volumeMounts`, findings);
  validateDevices(container, scope, `${field}.volumeDevices`, findings);
  findings.oneOf(container, "imagePullPolicy", field, PULL_POLICIES);
  validateResources(objectIn(container, "resources"), scope.claims, `${field}.resources`, findings);
  validateResizePolicy(container, `${field}.resizePolicy`, findings);
  if (hasField(container, "securityContext")) {
    const context = objectIn(container, "securityContext");
    validateContainerSecurity(context, scope.hostUsers, `${field}.securityContext`, findings);
  }
}

function validateResizePolicy(container: JsonObject, field: string, findings: Findings): void {
  const seen = new Set<string>();
  objectsIn(container, "resizePolicy").forEach((policy, index) => {
    const resource = stringIn(policy, "resourceName");
    const restart = stringIn(policy, "restartPolicy");
    if (seen.has(resource)) findings.duplicate(`${field}[${index}]`, resource);
    seen.add(resource);
    if (resource === "") findings.required(field);
    else if (resource !== "cpu" && resource !== "memory") {
      findings.notSupported(field, resource, ["cpu", "memory"]);
    }
    if (restart === "") findings.required(field);
    else if (restart !== "NotRequired" && restart !== "RestartContainer") {
      findings.notSupported(field, restart, ["NotRequired", "RestartContainer"]);
    }
  });
}

function validatePorts(container: JsonObject, field: string, findings: Findings): void {
  const names = new Set<string>();
  objectsIn(container, "ports").forEach((port, index) => {
    const at = `${field}[${index}]`;
    const name = stringIn(port, "name");
    if (name !== "") {
      const bad = checkPortName(name);
      for (const text of bad) findings.invalid(`${at}.name`, name, text);
      if (bad.length === 0 && names.has(name)) findings.duplicate(`${at}.name`, name);
      names.add(name);
    }
    const number = numberIn(port, "containerPort");
    if (number === 0) findings.required(`${at}.containerPort`);
    else findings.portNumber(`${at}.containerPort`, number);
    const hostPort = numberIn(port, "hostPort");
    if (hostPort !== 0) findings.portNumber(`${at}.hostPort`, hostPort);
    findings.oneOf(port, "protocol", at, PROTOCOLS);
  });
}

/** Two containers can't have the same port of the node. */
function checkHostPorts(containers: readonly JsonObject[], field: string, findings: Findings): void {
  const taken = new Set<string>();
  containers.forEach((container, index) => {
    objectsIn(container, "ports").forEach((port, portIndex) => {
      const hostPort = numberIn(port, "hostPort");
      if (hostPort === 0) return;
      const key = `${stringIn(port, "protocol")}/${stringIn(port, "hostIP")}/${hostPort}`;
      if (taken.has(key)) findings.duplicate(`${field}[${index}].ports[${portIndex}].hostPort`, key);
      taken.add(key);
    });
  });
}

function validateMounts(
  container: JsonObject,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  const paths = new Set<string>();
  const devices = objectsIn(container, "volumeDevices");
  objectsIn(container, "volumeMounts").forEach((mount, index) => {
    const at = `${field}[${index}]`;
    const name = stringIn(mount, "name");
    const path = stringIn(mount, "mountPath");
    if (name === "") findings.required(`${at}.name`);
    if (!scope.volumes.has(name)) findings.notFound(`${at}.name`, name);
    if (path === "") findings.required(`${at}.mountPath`);
    if (paths.has(path)) findings.invalid(`${at}.mountPath`, path, "must be unique");
    paths.add(path);
    if (devices.some((device) => device.name === name)) {
      findings.invalid(`${at}.name`, name, "must not already exist in volumeDevices");
    }
    if (devices.some((device) => device.devicePath === path)) {
      findings.invalid(`${at}.mountPath`, path, "must not already exist as a path in volumeDevices");
    }
    validatePropagation(mount, container, `${field}.mountPropagation`, findings);
    const subPath = stringIn(mount, "subPath");
    if (subPath !== "") validateDescendingPath(subPath, `${field}.subPath`, findings);
    const expression = stringIn(mount, "subPathExpr");
    if (expression === "") return;
    if (subPath !== "") {
      findings.invalid(`${at}.subPathExpr`, expression, "subPathExpr and subPath are mutually exclusive");
    }
    validateDescendingPath(expression, `${field}.subPathExpr`, findings);
  });
}

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

/** Compat: the finding names the list, not the mount. */
function validatePropagation(
  mount: JsonObject,
  container: JsonObject,
  field: string,
  findings: Findings,
): void {
  if (!hasField(mount, "mountPropagation")) return;
  const propagation = stringIn(mount, "mountPropagation");
  if (!PROPAGATIONS.includes(propagation)) findings.notSupported(field, propagation, PROPAGATIONS);
  if (propagation !== "Bidirectional" || isTrueIn(objectIn(container, "securityContext"), "privileged")) {
    return;
  }
  const text = "Bidirectional mount propagation is available only to privileged containers";
  findings.forbidden(field, text);
}

function validateDevices(
  container: JsonObject,
  scope: ContainerScope,
  field: string,
  findings: Findings,
): void {
  const paths = new Set<string>();
  const names = new Set<string>();
  objectsIn(container, "volumeDevices").forEach((device, index) => {
    const at = `${field}[${index}]`;
    const name = stringIn(device, "name");
    const path = stringIn(device, "devicePath");
    if (name === "") findings.required(`${at}.name`);
    if (names.has(name)) findings.invalid(`${at}.name`, name, "must be unique");
    if (name !== "" && !scope.volumes.has(name)) findings.notFound(`${at}.name`, name);
    names.add(name);
    if (path === "") findings.required(`${at}.devicePath`);
    if (paths.has(path)) findings.invalid(`${at}.devicePath`, path, "must be unique");
    paths.add(path);
  });
}
