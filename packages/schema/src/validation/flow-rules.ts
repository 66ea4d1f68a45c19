/** Rules of FlowSchemas and PriorityLevelConfigurations: what priority and fairness works with. */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  type FieldError,
  hasField,
  isTrueIn,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { Findings } from "./findings.ts";
import { validateMandatoryLevel, validateMandatorySchema } from "./mandatory-flow.ts";

const PRECEDENCE_MAX = 10_000;
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const ALL = "*";

/** A schema names its level, its place in the order and the requests that it is for. */
export function validateFlowSchema(schema: KubernetesObject): FieldError[] {
  const { metadata, spec = {} } = schema;
  const findings = new Findings();
  const precedence = numberIn(spec, "matchingPrecedence");
  const at = "spec.matchingPrecedence";
  if (precedence <= 0) findings.invalid(at, precedence, "must be a positive value");
  if (precedence > PRECEDENCE_MAX) {
    findings.invalid(at, precedence, `must not be greater than ${PRECEDENCE_MAX}`);
  }
  if (precedence === 1 && metadata.name !== "exempt") {
    findings.invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
  validateDistinguisher(spec, findings);
  const level = stringIn(objectIn(spec, "priorityLevelConfiguration"), "name");
  const levelPath = "spec.priorityLevelConfiguration.name";
  if (level === "") findings.required(levelPath, "must reference a priority level");
  else findings.text(levelPath, level, checkDns1123Subdomain);
  objectsIn(spec, "rules").forEach((rule, index) => {
    validateRule(rule, `spec.rules[${index}]`, findings);
  });
  return [...findings.list, ...validateMandatorySchema(schema)];
}

function validateDistinguisher(spec: JsonObject, findings: Findings): void {
  if (!hasField(spec, "distinguisherMethod")) return;
  const type = stringIn(objectIn(spec, "distinguisherMethod"), "type");
  const methods = ["ByNamespace", "ByUser"];
  // Compat: the whole method is shown, as the reference's own type has it.
  if (methods.includes(type)) return;
  findings.notSupported("spec.distinguisherMethod.type", { Type: type }, methods);
}

function validateRule(rule: JsonObject, field: string, findings: Findings): void {
  const subjects = objectsIn(rule, "subjects");
  if (subjects.length === 0) {
    findings.required(`${field}.subjects`, "subjects must contain at least one value");
  }
  subjects.forEach((subject, index) => {
    validateSubject(subject, `${field}.subjects[${index}]`, findings);
  });
  const resources = objectsIn(rule, "resourceRules");
  const others = objectsIn(rule, "nonResourceRules");
  if (resources.length + others.length === 0) {
    findings.required(field, "at least one of resourceRules and nonResourceRules has to be non-empty");
  }
  resources.forEach((one, index) => {
    validateResourceRule(one, `${field}.resourceRules[${index}]`, findings);
  });
  others.forEach((one, index) => {
    validateNonResourceRule(one, `${field}.nonResourceRules[${index}]`, findings);
  });
}

const SUBJECTS = [
  ["ServiceAccount", "serviceAccount"],
  ["User", "user"],
  ["Group", "group"],
] as const;

/** Exactly the part that is named after the kind is there. */
function validateSubject(subject: JsonObject, field: string, findings: Findings): void {
  const kind = stringIn(subject, "kind");
  const own = SUBJECTS.find(([name]) => name === kind);
  if (!own) {
    findings.notSupported(`${field}.kind`, kind, ["Group", "ServiceAccount", "User"]);
    return;
  }
  const path = `${field}.${own[1]}`;
  if (!hasField(subject, own[1])) {
    findings.required(path, `${own[1]} is required when subject kind is '${kind}'`);
  } else if (kind === "ServiceAccount") validateAccount(objectIn(subject, own[1]), path, findings);
  else findings.requiredText(objectIn(subject, own[1]), "name", path);
  for (const [name, key] of SUBJECTS) {
    if (name === kind || !hasField(subject, key)) continue;
    findings.forbidden(`${field}.${key}`, `${key} is forbidden when subject kind is not '${name}'`);
  }
}

function validateAccount(account: JsonObject, field: string, findings: Findings): void {
  const name = stringIn(account, "name");
  if (name === "") findings.required(`${field}.name`);
  else if (name !== ALL) findings.text(`${field}.name`, name, checkDns1123Subdomain);
  const namespace = stringIn(account, "namespace");
  if (namespace !== "") findings.text(`${field}.namespace`, namespace, checkDns1123Label);
  else findings.required(`${field}.namespace`, "must specify namespace for service account");
}

/** Where everything is meant, nothing else may stand beside it. Tells whether it is. */
function validateWildcard(
  values: readonly string[],
  field: string,
  what: string,
  findings: Findings,
): boolean {
  if (!values.includes(ALL)) return false;
  if (values.length > 1) findings.invalid(field, values, `if '*' is present, must not specify other ${what}`);
  return true;
}

function validateVerbs(rule: JsonObject, field: string, findings: Findings): void {
  const verbs = stringsIn(rule, "verbs");
  const path = `${field}.verbs`;
  if (verbs.length === 0) findings.required(path, "verbs must contain at least one value");
  else if (validateWildcard(verbs, path, "verbs", findings)) return;
  else if (!verbs.every((verb) => VERBS.includes(verb))) findings.notSupported(path, verbs, VERBS);
}

function validateResourceRule(rule: JsonObject, field: string, findings: Findings): void {
  validateVerbs(rule, field, findings);
  for (const [key, what, words] of [
    ["apiGroups", "api group", "api groups"],
    ["resources", "resource", "resources"],
  ] as const) {
    const values = stringsIn(rule, key);
    const path = `${field}.${key}`;
    if (values.length === 0) findings.required(path, `resource rules must supply at least one ${what}`);
    else validateWildcard(values, path, words, findings);
  }
  validateNamespaces(rule, `${field}.namespaces`, findings);
}

function validateNamespaces(rule: JsonObject, path: string, findings: Findings): void {
  const namespaces = stringsIn(rule, "namespaces");
  if (namespaces.length === 0 && !isTrueIn(rule, "clusterScope")) {
    const text = "resource rules that are not cluster scoped must supply at least one namespace";
    findings.required(path, text);
  } else if (!validateWildcard(namespaces, path, "namespaces", findings)) {
    namespaces.forEach((namespace, index) => {
      for (const text of checkDns1123Label(namespace)) {
        const whole = `each member of this list must be '*' or a DNS-1123 label; ${text}`;
        findings.invalid(`${path}[${index}]`, namespace, whole);
      }
    });
  }
}

function validateNonResourceRule(rule: JsonObject, field: string, findings: Findings): void {
  validateVerbs(rule, field, findings);
  const urls = stringsIn(rule, "nonResourceURLs");
  const path = `${field}.nonResourceURLs`;
  if (urls.length === 0) findings.required(path, "nonResourceURLs must contain at least one value");
  else if (!validateWildcard(urls, path, "non-resource URLs", findings)) {
    urls.forEach((url, index) => {
      findings.text(`${path}[${index}]`, url, checkUrlPath);
    });
  }
}

function checkUrlPath(path: string): string[] {
  if (path === "") return ["must not be empty"];
  if (path === "/") return [];
  if (!path.startsWith("/")) return ["must start with slash"];
  if (path.includes(" ")) return ["must not contain white-space"];
  if (path.includes("//")) return ["must not contain double slash"];
  const wildcards = path.split(ALL).length - 1;
  const isSuffix = wildcards === 0 || (wildcards === 1 && path.endsWith("/*"));
  return isSuffix ? [] : ["wildcard can only do suffix matching"];
}

/** A level is exempt, which only the one of that name may be, or it has limits. */
export function validatePriorityLevel(level: KubernetesObject): FieldError[] {
  const { metadata, spec = {} } = level;
  const findings = new Findings();
  const type = stringIn(spec, "type");
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    findings.invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
  }
  if (type === "Exempt" && hasField(spec, "exempt")) {
    validateShares(objectIn(spec, "exempt"), "spec.exempt", findings);
  }
  if (type === "Limited" && hasField(spec, "limited")) validateLimited(objectIn(spec, "limited"), findings);
  validateUnion(spec, "spec", { Exempt: "exempt", Limited: "limited" }, "limited", findings);
  return [...findings.list, ...validateMandatoryLevel(level)];
}

/** Only the part of the type may be there; `needed` must be, where it is the part of the type. */
function validateUnion(
  holder: JsonObject,
  field: string,
  parts: Readonly<Record<string, string>>,
  needed: string,
  findings: Findings,
): void {
  const type = stringIn(holder, "type");
  if (type !== "" && !Object.hasOwn(parts, type)) {
    findings.notSupported(`${field}.type`, type, Object.keys(parts).sort());
  }
  for (const [name, part] of Object.entries(parts)) {
    if (part === "") continue;
    if (name !== type && hasField(holder, part)) findings.forbidden(`${field}.${part}`, "");
    if (name === type && part === needed && !hasField(holder, part)) findings.required(`${field}.${part}`);
  }
  if (type === "") findings.required(`${field}.type`);
}

function validateShares(holder: JsonObject, field: string, findings: Findings): void {
  const shares = numberIn(holder, "nominalConcurrencyShares");
  if (shares < 0) {
    findings.invalid(`${field}.nominalConcurrencyShares`, shares, "must be a non-negative integer");
  }
  const lendable = numberIn(holder, "lendablePercent");
  if (lendable >= 0 && lendable <= 100) return;
  findings.invalid(`${field}.lendablePercent`, lendable, "must be between 0 and 100, inclusive");
}

function validateLimited(limited: JsonObject, findings: Findings): void {
  validateShares(limited, "spec.limited", findings);
  const borrowing = numberIn(limited, "borrowingLimitPercent");
  if (borrowing < 0) {
    const text = "if specified, must be a non-negative integer";
    findings.invalid("spec.limited.borrowingLimitPercent", borrowing, text);
  }
  const response = objectIn(limited, "limitResponse");
  const at = "spec.limited.limitResponse";
  if (stringIn(response, "type") === "Queue" && hasField(response, "queuing")) {
    validateQueuing(objectIn(response, "queuing"), `${at}.queuing`, findings);
  }
  validateUnion(response, at, { Queue: "queuing", Reject: "" }, "queuing", findings);
}

const QUEUES_MAX = 10_000_000;
/** Bits of the hash that deals the hands. */
const HASH_BITS = 60;

function validateQueuing(queuing: JsonObject, field: string, findings: Findings): void {
  const queues = numberIn(queuing, "queues");
  const handSize = numberIn(queuing, "handSize");
  const length = numberIn(queuing, "queueLengthLimit");
  if (length <= 0) findings.invalid(`${field}.queueLengthLimit`, length, "must be positive");
  if (queues <= 0) findings.invalid(`${field}.queues`, queues, "must be positive");
  else if (queues > QUEUES_MAX) {
    findings.invalid(`${field}.queues`, queues, `must not be greater than ${QUEUES_MAX}`);
  }
  const at = `${field}.handSize`;
  if (handSize <= 0) findings.invalid(at, handSize, "must be positive");
  else if (handSize > queues) {
    findings.invalid(at, handSize, `should not be greater than queues (${queues})`);
  } else if (entropyBits(queues, handSize) > HASH_BITS) {
    const needed = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
    findings.invalid(at, handSize, `${needed} should not be greater than ${HASH_BITS}`);
  }
}

function entropyBits(deckSize: number, handSize: number): number {
  return Math.ceil(Math.log2(deckSize) * handSize);
}
