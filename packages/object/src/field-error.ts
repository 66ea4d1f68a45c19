/**
 * One finding of validation: which field, what is wrong, in the reference's words (references "Cause types").
 * Paths are plain text (`spec.containers[0].name`, `data[key]`); the constructors below give each type its
 * form.
 */
import { goJson, goQuote } from "./go-quote.ts";

export type FieldErrorType =
  | "NotFound"
  | "Required"
  | "Duplicate"
  | "Invalid"
  | "NotSupported"
  | "Forbidden"
  | "TooLong"
  | "TooShort"
  | "TooMany"
  | "TooFew"
  | "TypeInvalid"
  | "InternalError";

export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  /** The offending value; `omitted` where it must not be shown. */
  readonly value?: unknown;
  readonly detail: string;
}

/** Stands for a value that is not shown in the message. */
export const omitted: unique symbol = Symbol("omitted");

interface Words {
  readonly text: string;
  readonly cause: string;
  readonly showsValue: boolean;
}

const WORDS: Readonly<Record<FieldErrorType, Words>> = {
  NotFound: { text: "Not found", cause: "FieldValueNotFound", showsValue: true },
  Required: { text: "Required value", cause: "FieldValueRequired", showsValue: false },
  Duplicate: { text: "Duplicate value", cause: "FieldValueDuplicate", showsValue: true },
  Invalid: { text: "Invalid value", cause: "FieldValueInvalid", showsValue: true },
  NotSupported: { text: "Unsupported value", cause: "FieldValueNotSupported", showsValue: true },
  Forbidden: { text: "Forbidden", cause: "FieldValueForbidden", showsValue: false },
  TooLong: { text: "Too long", cause: "FieldValueTooLong", showsValue: false },
  TooShort: { text: "Too short", cause: "FieldValueTooShort", showsValue: false },
  TooMany: { text: "Too many", cause: "FieldValueTooMany", showsValue: true },
  TooFew: { text: "Too few", cause: "FieldValueTooFew", showsValue: true },
  TypeInvalid: { text: "Invalid value", cause: "FieldValueTypeInvalid", showsValue: true },
  InternalError: { text: "Internal error", cause: "InternalError", showsValue: false },
};

/** The `reason` of a Status cause. */
export function causeOf(error: FieldError): string {
  return WORDS[error.type].cause;
}

/** The message without the field: `Invalid value: "x": must be …`. */
export function bodyOf(error: FieldError): string {
  const words = WORDS[error.type];
  let text = words.text;
  if (words.showsValue && error.value !== omitted) text += `: ${valueText(error.value)}`;
  return error.detail === "" ? text : `${text}: ${error.detail}`;
}

/** The whole message: `spec.x: Invalid value: …`. */
export function textOf(error: FieldError): string {
  return `${error.field}: ${bodyOf(error)}`;
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return goQuote(value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return goJson(value);
  }
}

export function required(field: string, detail = ""): FieldError {
  return { type: "Required", field, detail };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: "Invalid", field, value, detail };
}

/** `supported` is listed in the given order, quoted. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length > 0 ? `supported values: ${supported.map(goQuote).join(", ")}` : "";
  return { type: "NotSupported", field, value, detail };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: "Forbidden", field, detail };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: "Duplicate", field, value, detail: "" };
}

export function fieldNotFound(field: string, value: unknown): FieldError {
  return { type: "NotFound", field, value, detail: "" };
}

export function tooLong(field: string, bytesMax: number): FieldError {
  const unit = bytesMax === 1 ? "byte" : "bytes";
  return { type: "TooLong", field, detail: `may not be more than ${bytesMax} ${unit}` };
}

export function tooLongCharacters(field: string, charactersMax: number): FieldError {
  const unit = charactersMax === 1 ? "character" : "characters";
  return { type: "TooLong", field, detail: `may not be more than ${charactersMax} ${unit}` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  const unit = max === 1 ? "item" : "items";
  const value = actual >= 0 ? actual : omitted;
  return { type: "TooMany", field, value, detail: `must have at most ${max} ${unit}` };
}

export function tooFew(field: string, actual: number, min: number): FieldError {
  const unit = min === 1 ? "item" : "items";
  return { type: "TooFew", field, value: actual, detail: `must have at least ${min} ${unit}` };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: "TypeInvalid", field, value, detail };
}

export function internalFieldError(field: string, detail: string): FieldError {
  return { type: "InternalError", field, detail };
}
