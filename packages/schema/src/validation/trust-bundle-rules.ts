/** Rules of ClusterTrustBundles: a bundle of a signer is named after it, and its entries are authorities. */
import { X509Certificate } from "node:crypto";
import { type FieldError, type KubernetesObject, stringIn } from "@quorate/object";
import { Findings } from "./findings.ts";
import { type NameCheck, subdomainName } from "./metadata.ts";
import { validateSignerName } from "./signer-name-rules.ts";

/** Bound: all certificates of a bundle together. */
const BUNDLE_BYTES_MAX = 1024 * 1024;
const BLOCK = /-----BEGIN ([^-\n]+)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;
const HEADER = /^[^\n:]+:/;
const FIELD = "spec.trustBundle";
const OMITTED = "<value omitted>";

/** A name that begins with the signer's, whose slash is a colon; without a signer, one without a colon. */
export function trustBundleName(object: KubernetesObject): NameCheck {
  const signer = stringIn(object.spec, "signerName");
  return (name, isPrefix) => {
    if (signer === "") {
      if (name.includes(":")) return ['ClusterTrustBundle without signer name must not have ":" in its name'];
      return subdomainName(name, isPrefix);
    }
    const prefix = `${signer.replaceAll("/", ":")}:`;
    if (!name.startsWith(prefix)) {
      return [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`];
    }
    return subdomainName(name.slice(prefix.length), isPrefix);
  };
}

/** Findings beyond the metadata. */
export function validateTrustBundle(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateSigner(object, findings);
  validateCertificates(stringIn(object.spec, "trustBundle"), findings);
  return findings.list;
}

/** Certificates that were taken once are not read again. */
export function validateTrustBundleUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateSigner(next, findings);
  const bundle = stringIn(next.spec, "trustBundle");
  if (bundle !== stringIn(current.spec, "trustBundle")) validateCertificates(bundle, findings);
  const field = "spec.signerName";
  findings.immutable(stringIn(next.spec, "signerName"), stringIn(current.spec, "signerName"), field);
  return findings.list;
}

function validateSigner({ spec }: KubernetesObject, findings: Findings): void {
  const signer = stringIn(spec, "signerName");
  if (signer !== "") validateSignerName(signer, "spec.signerName", findings);
}

function validateCertificates(bundle: string, findings: Findings): void {
  if (Buffer.byteLength(bundle) > BUNDLE_BYTES_MAX) {
    findings.tooLong(FIELD, BUNDLE_BYTES_MAX);
    return;
  }
  const seen = new Map<string, number[]>();
  const before = findings.list.length;
  [...bundle.matchAll(BLOCK)].forEach(([, type = "", body = ""], index) => {
    const problem = problemOf(type, body);
    if (problem !== undefined) findings.invalid(FIELD, OMITTED, `entry ${index} ${problem}`);
    const entry = body.replaceAll(/\s/g, "");
    seen.set(entry, [...(seen.get(entry) ?? []), index]);
  });
  if (findings.list.length > before) return;
  if (seen.size === 0) findings.invalid(FIELD, OMITTED, "at least one trust anchor must be provided");
  for (const indices of seen.values()) {
    if (indices.length < 2) continue;
    findings.invalid(FIELD, OMITTED, `duplicate trust anchor (indices [${indices.join(" ")}])`);
  }
}

function problemOf(type: string, body: string): string | undefined {
  if (type !== "CERTIFICATE") return `has bad block type: ${type}`;
  if (HEADER.test(body)) return "has PEM block headers";
  try {
    const { ca } = new X509Certificate(Buffer.from(body, "base64"));
    return ca ? undefined : "does not have the CA bit set";
  } catch {
    return "does not parse as X.509";
  }
}
