/**
 * Certificates for what a run starts, of one authority: a certificate for servers and peers, an admin of
 * system:masters, a key for service accounts. Every link of every target is mutual TLS with these, so that
 * all pay the same for it.
 */
import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import type { Credentials } from "../target.ts";

type KeyPair = webcrypto.CryptoKeyPair;

x509.cryptoProvider.set(globalThis.crypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** Files, and the admin's credentials as texts. */
export interface Certificates {
  readonly ca: string;
  /** For servers and peers: valid for 127.0.0.1 and localhost, on both ends of a connection. */
  readonly cert: string;
  readonly key: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly credentials: Credentials;
}

const generate = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<KeyPair>;

async function privatePem(keys: KeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
}

interface Issuer {
  readonly pem: string;
  issue(subject: string, extensions: x509.Extension[]): Promise<{ cert: string; key: string }>;
}

async function makeIssuer(): Promise<Issuer> {
  const keys = await generate();
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 7 * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=bench-ca",
    keys,
    ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const issue = async (subject: string, extensions: x509.Extension[]) => {
    const own = await generate();
    const cert = await x509.X509CertificateGenerator.create({
      subject,
      issuer: ca.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      ...validity,
      extensions,
    });
    return { cert: cert.toString("pem"), key: await privatePem(own) };
  };
  return { pem: ca.toString("pem"), issue };
}

/** Writes them into a directory; servers are valid for loopback and for `addresses`. */
export async function makeCertificates(
  directory: string,
  addresses: readonly string[] = [],
): Promise<Certificates> {
  const issuer = await makeIssuer();
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const serving = await issuer.issue("CN=bench-server", [
    new x509.SubjectAlternativeNameExtension([
      { type: "ip", value: "127.0.0.1" },
      { type: "dns", value: "localhost" },
      ...addresses.map((value) => ({ type: "ip" as const, value })),
    ]),
    new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
  ]);
  const admin = await issuer.issue("O=system:masters, CN=bench-admin", [
    new x509.ExtendedKeyUsageExtension([clientAuth]),
  ]);
  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    ca: await file("ca.crt", issuer.pem),
    cert: await file("server.crt", serving.cert),
    key: await file("server.key", serving.key),
    serviceAccountKey: await file("sa.key", privateKey.export({ type: "sec1", format: "pem" }) as string),
    serviceAccountPublicKey: await file(
      "sa.pub",
      publicKey.export({ type: "spki", format: "pem" }) as string,
    ),
    credentials: { ca: issuer.pem, cert: admin.cert, key: admin.key },
  };
}
