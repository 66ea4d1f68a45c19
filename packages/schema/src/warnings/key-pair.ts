/**
 * What is wrong with a certificate and its private key, in the words of the reference, which reads them as a
 * TLS server does: the first certificate counts, whatever else stands between the blocks does not.
 */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

interface PemBlock {
  readonly type: string;
  readonly bytes: Buffer;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----[ \t]*(?=\r?\n|$)/g;
const HEADERS = /^(?:[^\n:]+:[^\n]*\n)+\s*\n/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Blocks whose content is no base64 are passed over. */
function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, type = "", content = ""] of text.matchAll(BLOCK)) {
    const base64 = content.replace(HEADERS, "").replace(/\s/g, "");
    if (BASE64.test(base64)) blocks.push({ type, bytes: Buffer.from(base64, "base64") });
  }
  return blocks;
}

/** The first finding; undefined where the key is that of the first certificate. */
export function keyPairProblem(certificates: string, key: string): string | undefined {
  const blocks = pemBlocks(certificates);
  const leaf = blocks.find(({ type }) => type === "CERTIFICATE");
  if (!leaf) return noCertificate(blocks.map(({ type }) => type));
  const keyBlocks = pemBlocks(key);
  const isKey = (type: string) => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY");
  const keyBlock = keyBlocks.find(({ type }) => isKey(type));
  if (!keyBlock) return noKey(keyBlocks.map(({ type }) => type));
  const publicKey = publicKeyOf(leaf.bytes);
  if (typeof publicKey === "string") return publicKey;
  const privateKey = privateKeyOf(keyBlock.bytes);
  if (typeof privateKey === "string") return privateKey;
  return mismatch(publicKey, privateKey);
}

function noCertificate(types: readonly string[]): string {
  if (types.length === 0) return "tls: failed to find any PEM data in certificate input";
  if (types.length === 1 && types[0]!.endsWith("PRIVATE KEY")) {
    return (
      "tls: failed to find certificate PEM data in certificate input, but did find a private key; " +
      "PEM inputs may have been switched"
    );
  }
  const skipped = `after skipping PEM blocks of the following types: [${types.join(" ")}]`;
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input ${skipped}`;
}

function noKey(types: readonly string[]): string {
  if (types.length === 0) return "tls: failed to find any PEM data in key input";
  if (types.length === 1 && types[0] === "CERTIFICATE") {
    return "tls: found a certificate rather than a key in the PEM for the private key";
  }
  const skipped = `after skipping PEM blocks of the following types: [${types.join(" ")}]`;
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${skipped}`;
}

/** What Go reads; more kinds of keys are known here. */
const KEY_TYPES: readonly (string | undefined)[] = ["rsa", "ec", "ed25519"];
const CURVES: readonly (string | undefined)[] = ["secp224r1", "prime256v1", "secp384r1", "secp521r1"];

function isKnownCurve(key: KeyObject): boolean {
  return key.asymmetricKeyType !== "ec" || CURVES.includes(key.asymmetricKeyDetails?.namedCurve);
}

function publicKeyOf(certificate: Buffer): KeyObject | string {
  try {
    const key = new X509Certificate(certificate).publicKey;
    if (!isKnownCurve(key)) return "x509: unsupported elliptic curve";
    return KEY_TYPES.includes(key.asymmetricKeyType) ? key : "tls: unknown public key algorithm";
  } catch {
    return "x509: malformed certificate";
  }
}

function privateKeyOf(key: Buffer): KeyObject | string {
  for (const type of ["pkcs1", "pkcs8", "sec1"] as const) {
    const found = tryPrivateKey(key, type);
    if (!found || !isKnownCurve(found)) continue;
    if (KEY_TYPES.includes(found.asymmetricKeyType)) return found;
    if (found.asymmetricKeyType === "x25519") return "tls: found unknown private key type in PKCS#8 wrapping";
  }
  return "tls: failed to parse private key";
}

function tryPrivateKey(key: Buffer, type: "pkcs1" | "pkcs8" | "sec1"): KeyObject | undefined {
  try {
    return createPrivateKey({ key, format: "der", type });
  } catch {
    return undefined;
  }
}

function mismatch(publicKey: KeyObject, privateKey: KeyObject): string | undefined {
  if (publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) {
    return "tls: private key type does not match public key type";
  }
  if (createPublicKey(privateKey).equals(publicKey)) return undefined;
  return "tls: private key does not match public key";
}
