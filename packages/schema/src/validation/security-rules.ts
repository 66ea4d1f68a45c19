/** Rules of the security contexts of pods and containers. */
import {
  hasField,
  isTrueIn,
  type JsonObject,
  listIn,
  numberIn,
  objectsIn,
  rangeText,
  stringIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

const SYSCTL_BYTES_MAX = 253;
const SYSCTL_TEXT = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const SYSCTL = new RegExp(SYSCTL_TEXT);
const ID_MAX = 2_147_483_647;

function validateId(holder: JsonObject, key: string, field: string, findings: Findings): void {
  if (!hasField(holder, key)) return;
  const id = numberIn(holder, key);
  if (id < 0 || id > ID_MAX) findings.invalid(`${field}.${key}`, id, rangeText(0, ID_MAX));
}

export function validatePodSecurity(context: JsonObject, field: string, findings: Findings): void {
  for (const key of ["fsGroup", "runAsUser", "runAsGroup"]) validateId(context, key, field, findings);
  listIn(context, "supplementalGroups").forEach((group, index) => {
    const id = Number(group);
    if (id < 0 || id > ID_MAX)
      findings.invalid(`${field}.supplementalGroups[${index}]`, id, rangeText(0, ID_MAX));
  });
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
    }
  });
  const options = { optional: true };
  findings.oneOf(context, "fsGroupChangePolicy", field, ["Always", "OnRootMismatch"], options);
  findings.oneOf(context, "supplementalGroupsPolicy", field, ["Merge", "Strict"], options);
  findings.oneOf(context, "seLinuxChangePolicy", field, ["MountOption", "Recursive"], options);
}

export function validateContainerSecurity(
  context: JsonObject,
  hostUsers: boolean,
  field: string,
  findings: Findings,
): void {
  for (const key of ["runAsUser", "runAsGroup"]) validateId(context, key, field, findings);
  findings.oneOf(context, "procMount", field, ["Default", "Unmasked"], { optional: true });
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
