/** Rules of CustomResourceDefinitions (names and versions), APIServices and webhook configurations. */
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPortNumber,
  type FieldError,
  fieldOf,
  hasField,
  isTrueIn,
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
import { validateSelectorIn } from "./label-selector-rules.ts";

export function validateCustomResourceDefinition(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const names = objectIn(spec, "names");
  const expected = `${stringIn(names, "plural")}.${stringIn(spec, "group")}`;
  const { name = "" } = object.metadata;
  if (name !== expected) {
    findings.invalid("metadata.name", name, `must be spec.names.plural+"."+spec.group`);
  }
  validateGroup(spec, findings);
  if (!["Cluster", "Namespaced"].includes(stringIn(spec, "scope"))) {
    const scope = stringIn(spec, "scope");
    if (scope === "") findings.required("spec.scope");
    else findings.notSupported("spec.scope", scope, ["Cluster", "Namespaced"]);
  }
  validateVersions(spec, findings);
  validateDefinitionNames(names, findings);
  return findings.list;
}

function validateGroup(spec: JsonObject, findings: Findings): void {
  const group = stringIn(spec, "group");
  const bad = checkDns1123Subdomain(group);
  if (group === "") findings.required("spec.group");
  else if (bad.length > 0) findings.invalid("spec.group", group, bad.join(","));
  else if (!group.includes(".")) {
    findings.invalid("spec.group", group, "should be a domain with at least one dot");
  }
}

function validateVersions(spec: JsonObject, findings: Findings): void {
  const versions = objectsIn(spec, "versions");
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    const name = stringIn(version, "name");
    const bad = checkDns1035Label(name);
    if (bad.length > 0) findings.invalid(`${at}.name`, name, bad.join(","));
    if (!hasField(objectIn(version, "schema"), "openAPIV3Schema")) {
      findings.required(`${at}.schema.openAPIV3Schema`, "schemas are required");
    }
    seen.add(name);
    validateColumns(version, at, findings);
    validateScale(objectIn(objectIn(version, "subresources"), "scale"), version, at, findings);
  });
  if (seen.size !== versions.length) {
    findings.invalid("spec.versions", versions, "must contain unique version names");
  }
  if (versions.filter((version) => isTrueIn(version, "storage")).length !== 1) {
    findings.invalid("spec.versions", versions, "must have exactly one version marked as storage version");
  }
}

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

function validateColumns(version: JsonObject, field: string, findings: Findings): void {
  objectsIn(version, "additionalPrinterColumns").forEach((column, index) => {
    const at = `${field}.additionalPrinterColumns[${index}]`;
    if (stringIn(column, "name") === "") findings.required(`${at}.name`);
    const type = stringIn(column, "type");
    const text = `must be one of ${COLUMN_TYPES.join(",")}`;
    if (type === "") findings.required(`${at}.type`, text);
    else if (!COLUMN_TYPES.includes(type)) findings.invalid(`${at}.type`, type, text);
    if (stringIn(column, "jsonPath") === "") findings.required(`${at}.JSONPath`);
  });
}

function validateScale(scale: JsonObject, version: JsonObject, field: string, findings: Findings): void {
  if (!hasField(objectIn(version, "subresources"), "scale")) return;
  const at = `${field}.subresources.scale`;
  for (const [key, prefix] of [
    ["specReplicasPath", ".spec."],
    ["statusReplicasPath", ".status."],
  ] as const) {
    const path = stringIn(scale, key);
    if (path === "") findings.required(`${at}.${key}`);
    else if (!path.startsWith(prefix)) {
      findings.invalid(`${at}.${key}`, path, `should be a json path under ${prefix.slice(0, -1)}`);
    }
  }
}

function validateDefinitionNames(names: JsonObject, findings: Findings): void {
  const field = "spec.names";
  for (const key of ["plural", "singular", "kind", "listKind"]) {
    const name = stringIn(names, key);
    const isKind = key === "kind" || key === "listKind";
    const bad = checkDns1035Label(isKind ? name.toLowerCase() : name);
    if (name === "") findings.required(`${field}.${key}`);
    else if (bad.length > 0) {
      const prefix = isKind ? "may have mixed case, but should otherwise match: " : "";
      findings.invalid(`${field}.${key}`, name, prefix + bad.join(","));
    }
  }
  for (const key of ["shortNames", "categories"]) {
    stringsIn(names, key).forEach((name, index) => {
      const bad = checkDns1035Label(name);
      if (bad.length > 0) findings.invalid(`${field}.${key}[${index}]`, name, bad.join(","));
    });
  }
  const kind = stringIn(names, "kind");
  if (kind !== "" && kind === stringIn(names, "listKind")) {
    findings.invalid(`${field}.listKind`, kind, "kind and listKind may not be the same");
  }
}

/** A definition that is in use keeps its scope, kind and group; a version with stored objects stays. */
export function validateCustomResourceDefinitionUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
): FieldError[] {
  const findings = new Findings();
  const established = objectsIn(current.status, "conditions").some(
    (condition) => condition.type === "Established" && condition.status === "True",
  );
  if (established) {
    findings.immutable(fieldOf(next.spec, "scope"), fieldOf(current.spec, "scope"), "spec.scope");
    const names = objectIn(current.spec, "names");
    findings.immutable(
      stringIn(objectIn(next.spec, "names"), "kind"),
      stringIn(names, "kind"),
      "spec.names.kind",
    );
  }
  findings.immutable(stringIn(next.spec, "group"), stringIn(current.spec, "group"), "spec.group");
  const plural = stringIn(objectIn(next.spec, "names"), "plural");
  findings.immutable(plural, stringIn(objectIn(current.spec, "names"), "plural"), "spec.names.plural");
  validateStoredVersions(next, findings);
  return [...validateCustomResourceDefinition(next), ...findings.list];
}

function validateStoredVersions(object: KubernetesObject, findings: Findings): void {
  const versions = new Set(objectsIn(object.spec, "versions").map((version) => stringIn(version, "name")));
  stringsIn(object.status, "storedVersions").forEach((version, index) => {
    if (versions.has(version)) return;
    const text =
      `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions ` +
      `until a storage migration ensures no data remains persisted in ${version} and removes ${version} from ` +
      "status.storedVersions";
    findings.invalid(`status.storedVersions[${index}]`, version, text);
  });
}

export function validateApiService(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const group = stringIn(spec, "group");
  const version = stringIn(spec, "version");
  const { name = "" } = object.metadata;
  if (name !== `${version}.${group}`) {
    const text = `must be \`spec.version+"."+spec.group\`: "${version}.${group}"`;
    findings.invalid("metadata.name", name, text);
  }
  if (group === "" && version !== "v1") {
    findings.required("spec.group", "only v1 may have an empty group and it better be legacy kube");
  } else if (group !== "") findings.subdomain("spec.group", group);
  findings.text("spec.version", version, checkDns1035Label);
  const priority = numberIn(spec, "groupPriorityMinimum");
  if (priority <= 0 || priority > 20_000) {
    findings.invalid("spec.groupPriorityMinimum", priority, "must be positive and less than 20000");
  }
  const own = numberIn(spec, "versionPriority");
  if (own <= 0 || own > 1000) {
    findings.invalid("spec.versionPriority", own, "must be positive and less than 1000");
  }
  validateApiServiceTarget(spec, findings);
  return findings.list;
}

function validateApiServiceTarget(spec: JsonObject, findings: Findings): void {
  const bundle = stringIn(spec, "caBundle");
  const insecure = isTrueIn(spec, "insecureSkipTLSVerify");
  if (!hasField(spec, "service")) {
    if (bundle !== "") {
      const size = `${Buffer.byteLength(bundle, "base64")} bytes`;
      findings.invalid("spec.caBundle", size, "local APIServices may not have a caBundle");
    }
    if (insecure) {
      const text = "local APIServices may not have insecureSkipTLSVerify";
      findings.invalid("spec.insecureSkipTLSVerify", true, text);
    }
    return;
  }
  const service = objectIn(spec, "service");
  findings.requiredText(service, "namespace", "spec.service");
  findings.requiredText(service, "name", "spec.service");
  const bad = checkPortNumber(hasField(service, "port") ? numberIn(service, "port") : 443);
  if (bad.length > 0) {
    findings.invalid("spec.service.port", numberIn(service, "port"), `port is not valid: ${bad.join(", ")}`);
  }
  if (insecure && bundle !== "") {
    findings.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
  }
}

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/** Both webhook configurations; mutating ones have a reinvocation policy. */
export function validateWebhooks(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const names = new Set<string>();
  objectsIn(object, "webhooks").forEach((hook, index) => {
    const at = `webhooks[${index}]`;
    validateWebhook(hook, at, findings);
    const name = stringIn(hook, "name");
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    names.add(name);
  });
  return findings.list;
}

function validateWebhook(hook: JsonObject, field: string, findings: Findings): void {
  const name = stringIn(hook, "name");
  const bad = checkDns1123Subdomain(name);
  if (name === "") findings.required(`${field}.name`);
  else if (bad.length > 0) findings.invalid(`${field}.name`, name, bad.join(","));
  else if (name.split(".").length < 3) {
    const text = "should be a domain with at least three segments separated by dots";
    findings.invalid(`${field}.name`, name, text);
  }
  if (stringsIn(hook, "admissionReviewVersions").length === 0) {
    findings.required(`${field}.admissionReviewVersions`, "must specify one of v1, v1beta1");
  }
  objectsIn(hook, "rules").forEach((rule, index) => {
    validateRule(rule, `${field}.rules[${index}]`, findings);
  });
  const optional = { optional: true };
  findings.oneOf(hook, "failurePolicy", field, ["Fail", "Ignore"], optional);
  findings.oneOf(hook, "matchPolicy", field, ["Equivalent", "Exact"], optional);
  const effects = stringIn(hook, "sideEffects");
  if (effects === "") findings.required(`${field}.sideEffects`, "must specify one of None, NoneOnDryRun");
  else if (effects !== "None" && effects !== "NoneOnDryRun") {
    findings.notSupported(`${field}.sideEffects`, effects, ["None", "NoneOnDryRun"]);
  }
  const seconds = numberIn(hook, "timeoutSeconds");
  if (hasField(hook, "timeoutSeconds") && (seconds < 1 || seconds > 30)) {
    const text = "the timeout value must be between 1 and 30 seconds";
    findings.invalid(`${field}.timeoutSeconds`, seconds, text);
  }
  validateSelectorIn(hook, "namespaceSelector", field, findings);
  validateSelectorIn(hook, "objectSelector", field, findings);
  findings.oneOf(hook, "reinvocationPolicy", field, ["IfNeeded", "Never"], optional);
  validateClientConfig(objectIn(hook, "clientConfig"), `${field}.clientConfig`, findings);
}

function validateRule(rule: JsonObject, field: string, findings: Findings): void {
  const operations = stringsIn(rule, "operations");
  if (operations.length === 0) findings.required(`${field}.operations`);
  if (operations.length > 1 && operations.includes("*")) {
    const text = "if '*' is present, must not specify other operations";
    findings.invalid(`${field}.operations`, operations, text);
  }
  operations.forEach((operation, index) => {
    if (!OPERATIONS.includes(operation)) {
      findings.notSupported(`${field}.operations[${index}]`, operation, OPERATIONS);
    }
  });
  for (const [key, what] of [
    ["apiGroups", "API groups"],
    ["apiVersions", "API versions"],
  ] as const) {
    const values = stringsIn(rule, key);
    if (values.length === 0) findings.required(`${field}.${key}`);
    if (values.length > 1 && values.includes("*")) {
      findings.invalid(`${field}.${key}`, values, `if '*' is present, must not specify other ${what}`);
    }
  }
  if (stringsIn(rule, "resources").length === 0) findings.required(`${field}.resources`);
  findings.oneOf(rule, "scope", field, ["*", "Cluster", "Namespaced"], { optional: true });
}

function validateClientConfig(config: JsonObject, field: string, findings: Findings): void {
  if (findings.countSet(config, ["url", "service"]) !== 1) {
    findings.required(field, "exactly one of url or service is required");
    return;
  }
  if (hasField(config, "url")) {
    const url = stringIn(config, "url");
    if (!url.startsWith("https://")) {
      const text = "'https' is the only allowed URL scheme; desired format: https://host[/path]";
      findings.invalid(`${field}.url`, url.split("://")[0], text);
    }
    return;
  }
  const service = objectIn(config, "service");
  findings.requiredText(service, "name", `${field}.service`);
  findings.requiredText(service, "namespace", `${field}.service`);
  const port = fieldOf(service, "port");
  if (port !== undefined && !jsonEqual(checkPortNumber(Number(port)), [])) {
    const text = `port is not valid: ${checkPortNumber(Number(port)).join(",")}`;
    findings.invalid(`${field}.service.port`, port, text);
  }
}
