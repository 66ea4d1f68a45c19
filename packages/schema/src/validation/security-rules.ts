/** Rules of the security contexts of pods and containers. */
import {
  hasField,
  isTrueIn,
  type JsonObject,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  rangeText,
  stringIn,
} from "@quorate/object";
import { type Findings, POINTER } from "./findings.ts";
import { validateDescendingPath } from "./volume-rules.ts";

const SYSCTL_BYTES_MAX = 253;
const SYSCTL_TEXT = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const SYSCTL = new RegExp(SYSCTL_TEXT);
const ID_MAX = 2_147_483_647;

function validateId(holder: JsonObject, key: string, field: string, findings: Findings): void {
  if (!hasField(holder, key)) return;
  const id = numberIn(holder, key);
  if (id < 0 || id > ID_MAX) findings.invalid(`${field}.${key}`, id, rangeText(0, ID_MAX));
}

/** The profile of the host's own is named, that of others is not. */
function validateSeccomp(context: JsonObject, field: string, findings: Findings): void {
  if (!hasField(context, "seccompProfile")) return;
  const profile = objectIn(context, "seccompProfile");
  const at = `${field}.seccompProfile`;
  const type = stringIn(profile, "type");
  const types = ["Localhost", "RuntimeDefault", "Unconfined"];
  if (type === "") findings.required(`${at}.type`, "type is required when seccompProfile is set");
  else if (!types.includes(type)) findings.notSupported(`${at}.type`, type, types);
  const path = `${at}.localhostProfile`;
  if (type === "Localhost") {
    if (!hasField(profile, "localhostProfile")) {
      findings.required(path, "must be set when seccomp type is Localhost");
    } else validateDescendingPath(stringIn(profile, "localhostProfile"), path, findings);
  } else if (hasField(profile, "localhostProfile")) {
    findings.invalid(path, profile, "can only be set when seccomp type is Localhost");
  }
}

export function validatePodSecurity(context: JsonObject, field: string, findings: Findings): void {
  for (const key of ["fsGroup", "runAsUser", "runAsGroup"]) validateId(context, key, field, findings);
  listIn(context, "supplementalGroups").forEach((group, index) => {
    const id = Number(group);
    if (id < 0 || id > ID_MAX)
      findings.invalid(`${field}.supplementalGroups[${index}]`, id, rangeText(0, ID_MAX));
  });
  validateSeccomp(context, field, findings);
  const names = new Set<string>();
  objectsIn(context, "sysctls").forEach((sysctl, index) => {
    const name = stringIn(sysctl, "name");
    const at = `${field}.sysctls[${index}].name`;
    if (name === "") findings.required(at);
    else if (name.length > SYSCTL_BYTES_MAX || !SYSCTL.test(name)) {
      findings.invalid(
        at,
        name,
        `must have at most ${SYSCTL_BYTES_MAX} characters and match regex ${SYSCTL_TEXT}`,
      );
    } else if (names.has(name)) findings.duplicate(at, name);
    names.add(name);
  });
  findings.oneOf(context, "fsGroupChangePolicy", field, ["Always", "OnRootMismatch"], POINTER);
  findings.oneOf(context, "supplementalGroupsPolicy", field, ["Merge", "Strict"], POINTER);
  findings.oneOf(context, "seLinuxChangePolicy", field, ["MountOption", "Recursive"], POINTER);
}

export function validateContainerSecurity(
  context: JsonObject,
  hostUsers: boolean,
  field: string,
  findings: Findings,
): void {
  for (const key of ["runAsUser", "runAsGroup"]) validateId(context, key, field, findings);
  validateSeccomp(context, field, findings);
  findings.oneOf(context, "procMount", field, ["Default", "Unmasked"], POINTER);
  const unmasked = stringIn(context, "procMount") === "Unmasked";
  if (unmasked && hostUsers) {
    findings.invalid(`${field}.procMount`, "Unmasked", "`hostUsers` must be false to use `Unmasked`");
  }
  if (context.allowPrivilegeEscalation !== false) return;
  if (isTrueIn(context, "privileged")) {
    const text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
    findings.invalid(field, context, text);
  }
}
