/** Rules of PersistentVolumeClaim specs, alone or as templates. */
import {
  checkDns1123Subdomain,
  fieldOf,
  hasField,
  type JsonObject,
  objectIn,
  Quantity,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { type Findings, POINTER } from "./findings.ts";
import { validateSelectorIn } from "./label-selector-rules.ts";

export const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];

export function validateAccessModes(modes: readonly string[], field: string, findings: Findings): void {
  for (const mode of modes)
    if (!ACCESS_MODES.includes(mode)) findings.notSupported(field, mode, ACCESS_MODES);
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  if (modes.includes("ReadWriteOncePod") && others) {
    findings.forbidden(field, "may not use ReadWriteOncePod with other access modes");
  }
}

export function validateClaimSpec(spec: JsonObject, field: string, findings: Findings): void {
  const modes = stringsIn(spec, "accessModes");
  if (modes.length === 0) {
    findings.required(`${field}.accessModes`, "at least 1 access mode is required");
  }
  validateSelectorIn(spec, "selector", field, findings);
  validateAccessModes(modes, `${field}.accessModes`, findings);
  const storage = fieldOf(objectIn(objectIn(spec, "resources"), "requests"), "storage");
  if (storage === undefined) findings.required(`${field}.resources[storage]`);
  else {
    const amount = Quantity.parse(storage as string);
    if (amount.sign <= 0) {
      findings.invalid(`${field}.resources[storage]`, amount.toString(), "must be greater than zero");
    }
  }
  for (const key of ["storageClassName", "volumeAttributesClassName"]) {
    findings.optionalText(spec, key, field, checkDns1123Subdomain);
  }
  findings.oneOf(spec, "volumeMode", field, VOLUME_MODES, POINTER);
  if (hasField(spec, "dataSource")) {
    const source = objectIn(spec, "dataSource");
    findings.requiredText(source, "name", `${field}.dataSource`);
    findings.requiredText(source, "kind", `${field}.dataSource`);
    const isCore = stringIn(source, "apiGroup") === "";
    if (isCore && stringIn(source, "kind") !== "PersistentVolumeClaim" && stringIn(source, "kind") !== "") {
      findings.invalid(
        `${field}.dataSource`,
        stringIn(source, "kind"),
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      );
    }
  }
}
