/** Rules of environment variables and of the downward API's field and resource references. */
import {
  checkConfigKey,
  checkDns1123Subdomain,
  checkEnvName,
  checkQualifiedName,
  hasField,
  type JsonObject,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

const VOLUME_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const CONVERTIBLE: ReadonlySet<string> = new Set([
  ...VOLUME_FIELDS,
  ...ENV_FIELDS,
  "spec.restartPolicy",
  "status.phase",
]);

/** References to fields of the pod: some with `['key']`, the others from a list. */
class FieldReferences {
  readonly #supported: readonly string[];
  constructor(supported: readonly string[]) {
    this.#supported = supported;
  }

  check(reference: JsonObject, field: string, findings: Findings): void {
    const path = stringIn(reference, "fieldPath");
    if (stringIn(reference, "apiVersion") === "") findings.required(`${field}.apiVersion`);
    else if (path === "") findings.required(`${field}.fieldPath`);
    else this.#checkPath(path, field, findings);
  }

  #checkPath(path: string, field: string, findings: Findings): void {
    const match = /^(.*)\['([^']*)'\]$/.exec(path);
    if (match) {
      const key = match[1] === "metadata.annotations" ? match[2]!.toLowerCase() : match[2]!;
      if (match[1] === "metadata.annotations" || match[1] === "metadata.labels") {
        findings.text(field, key, checkQualifiedName);
      } else {
        const text = `error converting fieldPath: field label does not support subscript: ${path}`;
        findings.invalid(`${field}.fieldPath`, path, text);
      }
    } else if (!CONVERTIBLE.has(path)) {
      const text = `error converting fieldPath: field label not supported: ${path}`;
      findings.invalid(`${field}.fieldPath`, path, text);
    } else if (!this.#supported.includes(path)) {
      findings.notSupported(`${field}.fieldPath`, path, this.#supported);
    }
  }
}

const DIVISORS: Readonly<Record<string, readonly string[]>> = {
  cpu: ["1m", "1"],
  memory: ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
};
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

/** References to requests and limits of a container. */
class ResourceReferences {
  check(reference: JsonObject, field: string, findings: Findings, inVolume: boolean): void {
    const name = stringIn(reference, "resource");
    if (inVolume && stringIn(reference, "containerName") === "") findings.required(`${field}.containerName`);
    else if (name === "") findings.required(`${field}.resource`);
    else if (!RESOURCES.includes(name) && !/^(limits|requests)\.hugepages-/.test(name)) {
      findings.notSupported(`${field}.resource`, name, RESOURCES);
    } else this.#checkDivisor(reference, name, field, findings);
  }

  #checkDivisor(reference: JsonObject, name: string, field: string, findings: Findings): void {
    const divisor = reference.divisor;
    if (divisor === undefined || divisor === null) return;
    const amount = Quantity.parse(divisor as string);
    if (amount.sign === 0) return;
    const isCpu = name.endsWith(".cpu");
    const allowed = DIVISORS[isCpu ? "cpu" : "memory"]!;
    if (allowed.includes(amount.toString())) return;
    let kind = name.includes("hugepages") ? "hugepages" : "memory";
    if (name.endsWith("storage")) kind = "local ephemeral storage";
    const list = isCpu ? "1m and 1" : allowed.join(", ");
    const text = `only divisor's values ${list} are supported with the ${isCpu ? "cpu" : kind} resource`;
    findings.invalid(`${field}.divisor`, name, text);
  }
}

export const DOWNWARD_FIELDS: FieldReferences = new FieldReferences(VOLUME_FIELDS);
const ENV_FIELD_REFERENCES = new FieldReferences(ENV_FIELDS);
export const RESOURCE_FIELDS: ResourceReferences = new ResourceReferences();

const SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] as const;

export function validateEnv(container: JsonObject, field: string, findings: Findings): void {
  objectsIn(container, "env").forEach((variable, index) => {
    const path = `${field}.env[${index}]`;
    const name = stringIn(variable, "name");
    if (name === "") findings.required(`${path}.name`);
    else findings.text(`${path}.name`, name, checkEnvName);
    if (hasField(variable, "valueFrom")) validateValueFrom(variable, `${path}.valueFrom`, findings);
  });
  validateEnvFrom(container, `${field}.envFrom`, findings);
}

function validateValueFrom(variable: JsonObject, field: string, findings: Findings): void {
  const source = objectIn(variable, "valueFrom");
  let count = 0;
  for (const key of SOURCES) {
    if (!hasField(source, key)) continue;
    count++;
    const path = `${field}.${key}`;
    const reference = objectIn(source, key);
    if (key === "fieldRef") ENV_FIELD_REFERENCES.check(reference, path, findings);
    else if (key === "resourceFieldRef") RESOURCE_FIELDS.check(reference, path, findings, false);
    else if (key !== "fileKeyRef") validateKeyReference(reference, path, findings);
  }
  if (count === 0) {
    const all = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    findings.invalid(field, "", `must specify one of: ${all}`);
  } else if (stringIn(variable, "value") !== "") {
    findings.invalid(field, "", "may not be specified when `value` is not empty");
  } else if (count > 1) findings.invalid(field, "", "may not have more than one field specified at a time");
}

function validateKeyReference(reference: JsonObject, field: string, findings: Findings): void {
  findings.text(`${field}.name`, stringIn(reference, "name"), checkDns1123Subdomain);
  const key = stringIn(reference, "key");
  if (key === "") findings.required(`${field}.key`);
  else findings.text(`${field}.key`, key, checkConfigKey);
}

function validateEnvFrom(container: JsonObject, field: string, findings: Findings): void {
  objectsIn(container, "envFrom").forEach((source, index) => {
    const path = `${field}[${index}]`;
    const prefix = stringIn(source, "prefix");
    if (prefix !== "") findings.text(`${path}.prefix`, prefix, checkEnvName);
    let count = 0;
    for (const key of ["configMapRef", "secretRef"]) {
      if (!hasField(source, key)) continue;
      count++;
      const name = stringIn(objectIn(source, key), "name");
      if (name === "") findings.required(`${path}.${key}.name`);
      else findings.text(`${path}.${key}.name`, name, checkDns1123Subdomain);
    }
    if (count === 0) findings.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (count > 1) findings.invalid(field, "", "may not have more than one field specified at a time");
  });
}
