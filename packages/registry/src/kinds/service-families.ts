/**
 * Which IP families a Service has: taken from its policy, its addresses and what the cluster is configured
 * for, with the reference's rules and words.
 */
import {
  type FieldError,
  hasField,
  invalid,
  type JsonObject,
  jsonEqual,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { isIpv6 } from "@quorate/schema";
import type { IpFamily } from "./address-range.ts";

const SINGLE = "SingleStack";
const PREFER = "PreferDualStack";
const REQUIRE = "RequireDualStack";

/** The family of an address. */
export function familyOf(address: string): IpFamily {
  return isIpv6(address) ? "IPv6" : "IPv4";
}

function otherFamily(family: string): IpFamily {
  return family === "IPv4" ? "IPv6" : "IPv4";
}

/** Whether the service wants no cluster IP. */
export function isHeadless(spec: JsonObject): boolean {
  return stringIn(spec, "clusterIP") === "None" || stringsIn(spec, "clusterIPs")[0] === "None";
}

/**
 * Whether a PreferDualStack service stays as it is: it is never moved between one and two families by itself.
 */
export function keepsFamilies(spec: JsonObject, old: JsonObject | undefined): boolean {
  if (!old || stringIn(spec, "type") !== stringIn(old, "type") || stringIn(spec, "type") === "ExternalName")
    return false;
  const same = ["clusterIPs", "ipFamilies"].every((key) =>
    jsonEqual(stringsIn(spec, key), stringsIn(old, key)),
  );
  return same && stringIn(spec, "ipFamilyPolicy") === PREFER && stringIn(old, "ipFamilyPolicy") === PREFER;
}

/** Fills in ipFamilyPolicy and ipFamilies; `configured` are the cluster's families, the default one first. */
export function fillFamilies(
  spec: JsonObject,
  old: JsonObject | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  if (stringIn(spec, "type") === "ExternalName") return [];
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isSelectorless(spec) ? REQUIRE : SINGLE);
  const errors = old ? shrink(spec, old) : [];
  errors.push(...checkSingle(spec), ...inferFamilies(spec, configured));
  if (errors.length > 0) return errors;
  const families = [...stringsIn(spec, "ipFamilies")];
  if (families.length === 0 && configured[0]) families.push(configured[0]);
  const wantsBoth = stringIn(spec, "ipFamilyPolicy") !== SINGLE;
  if (!isSelectorless(spec)) {
    errors.push(...checkConfigured(spec, configured));
    if (errors.length > 0) return errors;
  }
  const canHaveBoth = isSelectorless(spec) || configured.length === 2;
  if (wantsBoth && families.length === 1 && canHaveBoth) families.push(otherFamily(families[0]!));
  spec.ipFamilies = families;
  return [];
}

function isSelectorless(spec: JsonObject): boolean {
  return stringIn(spec, "clusterIP") === "None" && Object.keys(stringMapIn(spec, "selector")).length === 0;
}

/** An update to one family gives the second up; giving it up without saying so is an error. */
function shrink(spec: JsonObject, old: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const isSingle = stringIn(spec, "ipFamilyPolicy") === SINGLE;
  for (const [key, what] of [
    ["clusterIPs", "cluster IP"],
    ["ipFamilies", "IP family"],
  ] as const) {
    const [now, before] = [stringsIn(spec, key), stringsIn(old, key)];
    if (isSingle && now.length > 1 && jsonEqual(now, before)) spec[key] = [now[0]!];
    const isReduced = now.length === 1 && before.length === 2 && now[0] === before[0];
    if (isSingle || !isReduced) continue;
    const text = `must be 'SingleStack' to release the secondary ${what}`;
    errors.push(invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text));
  }
  return errors;
}

function checkSingle(spec: JsonObject): FieldError[] {
  if (stringIn(spec, "ipFamilyPolicy") !== SINGLE) return [];
  const errors: FieldError[] = [];
  for (const [key, what] of [
    ["clusterIPs", "cluster IPs"],
    ["ipFamilies", "IP families"],
  ] as const) {
    if (stringsIn(spec, key).length !== 2) continue;
    const text = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    errors.push(invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text));
  }
  return errors;
}

/** Addresses that were given say which families are meant. */
function inferFamilies(spec: JsonObject, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  const ips = stringsIn(spec, "clusterIPs");
  const families = [...stringsIn(spec, "ipFamilies")];
  for (const [index, ip] of ips.entries()) {
    if (ip === "None") break;
    const family = familyOf(ip);
    if (index < families.length) continue;
    if (configured.includes(family)) families.push(family);
    else
      errors.push(invalid(`spec.clusterIPs[${index}]`, ips, `${family} is not configured on this cluster`));
  }
  if (families.length > 0 || hasField(spec, "ipFamilies")) spec.ipFamilies = families;
  return errors;
}

function checkConfigured(spec: JsonObject, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  if (stringIn(spec, "ipFamilyPolicy") === REQUIRE && configured.length < 2) {
    const text = "this cluster is not configured for dual-stack services";
    errors.push(invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text));
  }
  for (const [index, family] of stringsIn(spec, "ipFamilies").entries()) {
    if (configured.includes(family as IpFamily)) continue;
    errors.push(invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
  }
  return errors;
}
