/**
 * CreateOptions, UpdateOptions and PatchOptions from the query, checked as the reference does: a 422 of the
 * options' kind that lists everything wrong with them.
 */
import { type FieldError, forbidden, invalidObject, notSupported } from "@quorate/object";
import { validateManager } from "@quorate/schema";
import type { RequestQuery } from "./request-query.ts";

/** What becomes of unknown and duplicate fields: nothing, a warning, a 400. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";
/** The kinds of options that writes have; errors name them. */
export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

/** What a client said about a write. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
}

const NO_OPTIONS: WriteOptions = { dryRun: false, fieldManager: "", fieldValidation: "Warn" };
const VALIDATIONS = ["", "Ignore", "Strict", "Warn"];

/** Throws a 422 that lists everything wrong with the options. */
export function parseWriteOptions(query: RequestQuery, kind: OptionsKind): WriteOptions {
  if (query.text === "") return NO_OPTIONS;
  const errors: FieldError[] = [];
  if (kind === "PatchOptions" && query.has("force")) {
    errors.push(forbidden("force", "may not be specified for non-apply patch"));
  }
  const fieldManager = query.text1("fieldManager");
  validateManager(fieldManager, "fieldManager", errors);
  const dryRun = query.all("dryRun");
  checkDryRun(dryRun, errors);
  const validation = query.text1("fieldValidation");
  if (!VALIDATIONS.includes(validation)) {
    errors.push(notSupported("fieldValidation", validation, VALIDATIONS));
  }
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind }, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
  };
}

/** Only "All" is a stage. */
export function checkDryRun(dryRun: readonly string[], errors: FieldError[]): void {
  if (dryRun.some((stage) => stage !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
}
