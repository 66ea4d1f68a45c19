/** Rules of resource names and amounts: requests and limits of containers, quotas, ranges, capacities. */
import {
  checkQualifiedName,
  hasField,
  type JsonObject,
  listIn,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

const STANDARD: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);
const CONTAINER: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const WHOLE: ReadonlySet<string> = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);
const HUGE_PAGES = "hugepages-";

function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** Names without a slash, and those of kubernetes.io. */
function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.");
}

/** A standard name, or one with a domain. */
export function validateResourceName(name: string, field: string, findings: Findings): boolean {
  const bad = checkQualifiedName(name);
  for (const text of bad) findings.invalid(field, name, text);
  if (bad.length > 0) return false;
  if (name.includes("/") || STANDARD.has(name) || isHugePages(name)) return true;
  findings.invalid(field, name, "must be a standard resource type or fully qualified");
  return false;
}

/** A name of what a container can ask for. */
export function validateContainerResourceName(name: string, field: string, findings: Findings): void {
  validateResourceName(name, field, findings);
  if (name.includes("/") || CONTAINER.has(name) || isHugePages(name)) return;
  findings.invalid(field, name, "must be a standard resource for containers");
}

/** An amount that may not be negative; counts and extended resources are whole numbers. */
export function validateAmount(name: string, value: unknown, field: string, findings: Findings): void {
  const amount = Quantity.parse(value as string | number);
  if (amount.sign < 0) findings.invalid(field, amount.toString(), "must be greater than or equal to 0");
  if ((WHOLE.has(name) || isExtended(name)) && amount.milliValue() % 1000n !== 0n) {
    findings.invalid(field, amount.toString(), "must be an integer");
  }
}

function validateContainerAmount(name: string, value: unknown, field: string, findings: Findings): void {
  validateContainerResourceName(name, field, findings);
  validateAmount(name, value, field, findings);
  if (!isHugePages(name)) return;
  const amount = Quantity.parse(value as string);
  const page = parsePageSize(name);
  if (page !== undefined && amount.value() % page !== 0n) {
    findings.invalid(field, amount.toString(), `${amount} is not positive integer multiple of ${name}`);
  }
}

/** `hugepages-2Mi` -> 2097152. */
function parsePageSize(name: string): bigint | undefined {
  try {
    const size = Quantity.parse(name.slice(HUGE_PAGES.length)).value();
    return size > 0n ? size : undefined;
  } catch {
    return undefined;
  }
}

/** requests, limits and claims of a container. */
export function validateResources(
  resources: JsonObject,
  claims: ReadonlySet<string>,
  field: string,
  findings: Findings,
): void {
  const limits = objectIn(resources, "limits");
  const requests = objectIn(resources, "requests");
  for (const [name, value] of Object.entries(limits)) {
    validateContainerAmount(name, value, `${field}.limits[${name}]`, findings);
  }
  for (const [name, value] of Object.entries(requests)) {
    validateContainerAmount(name, value, `${field}.requests[${name}]`, findings);
    const limit = limits[name];
    if (limit !== undefined) validatePair(name, value, limit, field, findings);
    else if (isHugePages(name) || isExtended(name)) {
      findings.required(`${field}.limits`, "Limit must be set for non overcommitable resources");
    }
  }
  validateHugePages(limits, requests, field, findings);
  validateClaims(resources, claims, field, findings);
}

function validatePair(
  name: string,
  request: unknown,
  limit: unknown,
  field: string,
  findings: Findings,
): void {
  const asked = Quantity.parse(request as string);
  const most = Quantity.parse(limit as string);
  const order = asked.compare(most);
  if (order !== 0 && (isHugePages(name) || isExtended(name))) {
    const text = `must be equal to ${name} limit of ${most}`;
    findings.invalid(`${field}.requests`, asked.toString(), text);
  } else if (order > 0) {
    const text = `must be less than or equal to ${name} limit of ${most}`;
    findings.invalid(`${field}.requests`, asked.toString(), text);
  }
}

function validateHugePages(
  limits: JsonObject,
  requests: JsonObject,
  field: string,
  findings: Findings,
): void {
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (!names.some(isHugePages)) return;
  if (!names.some((name) => name === "cpu" || name === "memory")) {
    findings.forbidden(field, "HugePages require cpu or memory");
  }
}

function validateClaims(
  resources: JsonObject,
  claims: ReadonlySet<string>,
  field: string,
  findings: Findings,
): void {
  if (listIn(resources, "claims").length === 0) return;
  const seen = new Set<string>();
  objectsIn(resources, "claims").forEach((claim, index) => {
    const name = stringIn(claim, "name");
    const path = `${field}.claims[${index}]`;
    if (name === "") {
      findings.required(path);
      return;
    }
    const key = hasField(claim, "request") ? `${name}/${stringIn(claim, "request")}` : name;
    if (seen.has(key)) findings.duplicate(path, key);
    seen.add(key);
    if (claims.has(name)) return;
    const known = claims.size === 0 ? " which is empty" : `: ${[...claims].sort().join(", ")}`;
    findings.notFound(path, name, `must be one of the names in pod.spec.resourceClaims${known}`);
  });
}
