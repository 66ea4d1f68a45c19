/** Rules of IPAddresses and ServiceCIDRs. */
import {
  checkDns1123Subdomain,
  checkPathSegment,
  type FieldError,
  fieldOf,
  hasField,
  type KubernetesObject,
  objectIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { Findings } from "./findings.ts";
import { checkCanonicalCidr, checkCanonicalIp, isIpv6 } from "./ip.ts";
import { IMMUTABLE } from "./metadata.ts";

/** The name of an IPAddress is the address, so that each exists once. */
export function addressName(name: string): string[] {
  return checkCanonicalIp(name);
}

/** Whom the address belongs to must be said. */
export function validateIpAddress({ spec }: KubernetesObject): FieldError[] {
  const findings = new Findings();
  if (!hasField(spec, "parentRef")) {
    findings.required("spec.parentRef");
    return findings.list;
  }
  const parent = objectIn(spec, "parentRef");
  findings.optionalText(parent, "group", "spec.parentRef", checkDns1123Subdomain);
  for (const key of ["resource", "name"]) {
    if (stringIn(parent, key) === "") findings.required(`spec.parentRef.${key}`);
    else findings.text(`spec.parentRef.${key}`, stringIn(parent, key), checkPathSegment);
  }
  findings.optionalText(parent, "namespace", "spec.parentRef", checkPathSegment);
  return findings.list;
}

/** An address never changes hands. */
export function validateIpAddressUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(fieldOf(next.spec, "parentRef"), fieldOf(current.spec, "parentRef"), "spec.parentRef");
  const missing = validateIpAddress(next).filter(({ type }) => type === "Required");
  return [...missing, ...findings.list];
}

const CIDRS = "spec.cidrs";

/** One canonical network of each family. */
export function validateServiceCidr({ spec }: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const cidrs = stringsIn(spec, "cidrs");
  if (cidrs.length === 0) findings.required(CIDRS, "at least one CIDR required");
  else if (cidrs.length > 2) findings.invalid(CIDRS, spec, "may only hold up to 2 values");
  else {
    cidrs.forEach((cidr, index) => {
      findings.text(`${CIDRS}[${index}]`, cidr, checkCanonicalCidr);
    });
    if (isTwiceTheSame(cidrs)) {
      const text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
      findings.invalid(CIDRS, cidrs, text);
    }
  }
  return findings.list;
}

function isTwiceTheSame(cidrs: readonly string[]): boolean {
  if (cidrs.length !== 2 || cidrs.some((cidr) => checkCanonicalCidr(cidr).length > 0)) return false;
  const [first, second] = cidrs.map((cidr) => isIpv6(cidr.slice(0, cidr.indexOf("/"))));
  return first === second;
}

/** What is there stays; a second family may come. */
export function validateServiceCidrUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const cidrs = stringsIn(next.spec, "cidrs");
  const before = stringsIn(current.spec, "cidrs");
  const comes = before.length === 1 && cidrs.length === 2;
  if (before.length !== cidrs.length && !comes) findings.invalid(CIDRS, cidrs, IMMUTABLE);
  else {
    before.forEach((cidr, index) => {
      if (cidrs[index] !== cidr) findings.invalid(`${CIDRS}[${index}]`, cidrs[index], IMMUTABLE);
    });
  }
  return comes ? [...findings.list, ...validateServiceCidr(next)] : findings.list;
}
