/**
 * Collects what is wrong with one object, with the checks that many kinds share. A `field` is the path of the value
 * (`spec.containers[0].name`); each check adds findings with the reference's texts and says nothing where all is well.
 */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPercent,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  duplicate,
  type FieldError,
  fieldNotFound,
  forbidden,
  hasField,
  invalid,
  type JsonObject,
  jsonEqual,
  notSupported,
  numberIn,
  required,
  stringIn,
  tooLong,
  tooMany,
} from "@quorate/object";
import { IMMUTABLE, validateLabels } from "./metadata.ts";

export type TextCheck = (value: string) => string[];

/** How a field of an enumeration may be empty. */
export interface EnumOptions {
  readonly optional?: boolean;
  readonly pointer?: boolean;
}

/** A pointer that may be absent, and that is not empty where it is there. */
export const POINTER: EnumOptions = { optional: true, pointer: true };

const DRIVER_NAME_MAX = 63;

export class Findings {
  readonly list: FieldError[] = [];

  required(field: string, detail = ""): void {
    this.list.push(required(field, detail));
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.list.push(invalid(field, value, detail));
  }

  forbidden(field: string, detail: string): void {
    this.list.push(forbidden(field, detail));
  }

  duplicate(field: string, value: unknown, detail = ""): void {
    this.list.push({ ...duplicate(field, value), detail });
  }

  notFound(field: string, value: unknown, detail = ""): void {
    this.list.push({ ...fieldNotFound(field, value), detail });
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    this.list.push(notSupported(field, value, supported));
  }

  tooLong(field: string, bytesMax: number): void {
    this.list.push(tooLong(field, bytesMax));
  }

  tooMany(field: string, actual: number, max: number): void {
    this.list.push(tooMany(field, actual, max));
  }

  /** Every text that `check` has about the value. */
  text(field: string, value: string, check: TextCheck): void {
    for (const detail of check(value)) this.invalid(field, value, detail);
  }

  /** As `text` for a field of `holder`, where it is there. */
  optionalText(holder: JsonObject, key: string, field: string, check: TextCheck): void {
    const value = stringIn(holder, key);
    if (value !== "") this.text(`${field}.${key}`, value, check);
  }

  /** As `text` for a field that is a pointer: "" that is written is checked too. */
  pointedText(holder: JsonObject, key: string, field: string, check: TextCheck): void {
    if (hasField(holder, key)) this.text(`${field}.${key}`, stringIn(holder, key), check);
  }

  requiredText(holder: JsonObject, key: string, field: string, check?: TextCheck): void {
    const value = stringIn(holder, key);
    if (value === "") this.required(`${field}.${key}`);
    else if (check) this.text(`${field}.${key}`, value, check);
  }

  /** A name of a driver of the Container Storage Interface. */
  driverName(field: string, name: string): void {
    if (name === "") {
      this.required(field);
      return;
    }
    if (name.length > DRIVER_NAME_MAX) this.tooLong(field, DRIVER_NAME_MAX);
    for (const detail of checkDns1123Subdomain(name.toLowerCase())) this.invalid(field, name, detail);
  }

  /** A domain, a slash and a name: `acme.io/foo`. */
  domainPath(field: string, path: string): void {
    const slash = path.indexOf("/");
    if (path === "") this.required(field);
    else if (slash <= 0 || slash === path.length - 1) {
      this.invalid(field, path, 'must be a domain-prefixed path (such as "acme.io/foo")');
    } else {
      for (const text of checkDns1123Subdomain(path.slice(0, slash))) {
        this.invalid(field, path.slice(0, slash), text);
      }
    }
  }

  label(field: string, value: string): void {
    this.text(field, value, checkDns1123Label);
  }

  subdomain(field: string, value: string): void {
    this.text(field, value, checkDns1123Subdomain);
  }

  qualifiedName(field: string, value: string): void {
    this.text(field, value, checkQualifiedName);
  }

  /**
   * A field of an enumeration. "" is missing, and a finding unless `optional`; where the field is a
   * `pointer`, "" that is written is a value like any other.
   */
  oneOf(
    holder: JsonObject,
    key: string,
    field: string,
    supported: readonly string[],
    options: EnumOptions = {},
  ): void {
    const value = stringIn(holder, key);
    if (value === "" && !(options.pointer && hasField(holder, key))) {
      if (!options.optional) this.required(`${field}.${key}`);
    } else if (!supported.includes(value)) this.notSupported(`${field}.${key}`, value, supported);
  }

  nonNegative(holder: unknown, key: string, field: string): void {
    const value = numberIn(holder, key);
    if (value < 0) this.invalid(`${field}.${key}`, value, "must be greater than or equal to 0");
  }

  positive(holder: unknown, key: string, field: string): void {
    const value = numberIn(holder, key);
    if (value <= 0) this.invalid(`${field}.${key}`, value, "must be greater than 0");
  }

  portNumber(field: string, port: number): void {
    for (const detail of checkPortNumber(port)) this.invalid(field, port, detail);
  }

  /** A number, or the name of a port. */
  portNumberOrName(field: string, port: unknown): void {
    if (typeof port === "string") this.text(field, port, checkPortName);
    else this.portNumber(field, typeof port === "number" ? port : 0);
  }

  /** A whole number from 0 on, or a percentage. */
  intOrPercent(field: string, value: unknown): void {
    if (typeof value === "string") this.text(field, value, checkPercent);
    else if (typeof value === "number" && value < 0) {
      this.invalid(field, value, "must be greater than or equal to 0");
    }
  }

  notMoreThan100Percent(field: string, value: unknown): void {
    if (typeof value !== "string" || !/^[0-9]+%$/.test(value)) return;
    if (Number(value.slice(0, -1)) > 100) this.invalid(field, value, "must not be greater than 100%");
  }

  labels(labels: Readonly<Record<string, string>>, field: string): void {
    validateLabels(labels, field, this.list);
  }

  /** The value may not have changed. */
  immutable(next: unknown, current: unknown, field: string): void {
    if (!jsonEqual(next ?? null, current ?? null)) this.invalid(field, next ?? null, IMMUTABLE);
  }

  /** None but one of `keys` may be set in `holder`; returns how many are. */
  countSet(holder: JsonObject, keys: readonly string[]): number {
    return keys.filter((key) => hasField(holder, key)).length;
  }
}
