/**
 * What the values of flags may be: each parser returns the value or refuses it saying what it should have
 * been.
 */
import { isIP, isIPv4 } from "node:net";
import { parseDuration } from "@quorate/object";
import { InvalidArgumentError } from "commander";

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const upTo = max === Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`;
      throw new InvalidArgumentError(`It must be a whole number${upTo}.`);
    }
    return value;
  };
}

/** A port that can be asked for. */
export const port = integer(1, 65_535);

/** An IPv4 or IPv6 address. */
export function ipAddress(text: string): string {
  if (!isIP(text)) throw new InvalidArgumentError("It must be an IP address.");
  return text;
}

/** `true` where the flag stands alone, as in `--flag` and `--flag=true`. */
export function boolean(text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw new InvalidArgumentError("It must be true or false.");
}

/** A duration as Go writes it (`1m30s`, `500ms`), in milliseconds; a bare 0 is one too. */
export function duration(text: string): number {
  const ns = text === "0" ? 0 : parseDuration(text);
  if (Number.isNaN(ns) || ns < 0) throw new InvalidArgumentError("It must be a duration like 1m30s.");
  return ns / 1e6;
}

/** A value of a list; the flag's default is the list's first. */
export function oneOf(...allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new InvalidArgumentError(`It must be one of ${allowed.join(", ")}.`);
    return text;
  };
}

/** Comma-separated, may also be given several times. */
export function list(text: string, before: readonly string[] | undefined, isDefault = false): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "")) throw new InvalidArgumentError("A part of it is empty.");
  return [...(isDefault ? [] : (before ?? [])), ...parts];
}

/** A list of `http(s)://host:port` without a path. */
export function urlList(text: string): string[] {
  return list(text, undefined).map((part) => {
    const url = URL.canParse(part) ? new URL(part) : undefined;
    const isPlain = url && /^https?:$/.test(url.protocol) && url.port !== "" && url.pathname === "/";
    if (!isPlain) throw new InvalidArgumentError(`${part} must be like https://127.0.0.1:2380.`);
    return part.replace(/\/$/, "");
  });
}

/** One IPv4 range, or an IPv4 and an IPv6 range with a comma between them. */
export function addressRanges(text: string): string {
  const ranges = list(text, undefined);
  for (const range of ranges) {
    const [address = "", bits = "", ...rest] = range.split("/");
    const max = isIPv4(address) ? 32 : 128;
    const isRange = isIP(address) !== 0 && /^\d+$/.test(bits) && Number(bits) <= max && rest.length === 0;
    if (!isRange) throw new InvalidArgumentError(`${range} must be a range like 10.0.0.0/24.`);
  }
  if (ranges.length > 2) throw new InvalidArgumentError("It must not be more than two ranges.");
  return text;
}
