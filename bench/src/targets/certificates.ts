/** Certificates for the reference API server: a CA, its serving certificate, an admin of system:masters, a token key. */
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

export interface ReferenceCertificates {
  readonly ca: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly serviceAccountKey: string;
  readonly credentials: Credentials;
}

async function privatePem(keys: KeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
}

export async function makeReferenceCertificates(directory: string): Promise<ReferenceCertificates> {
  const generate = () =>
    webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<KeyPair>;
  const caKeys = await generate();
  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(Date.now() + 7 * DAY_MS);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=bench-ca",
    keys: caKeys,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const issue = async (subject: string, extensions: x509.Extension[]) => {
    const keys = await generate();
    const cert = await x509.X509CertificateGenerator.create({
      subject,
      issuer: ca.subject,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    });
    return { cert: cert.toString("pem"), key: await privatePem(keys) };
  };
  const serving = await issue("CN=kube-apiserver", [
    new x509.SubjectAlternativeNameExtension([
      { type: "ip", value: "127.0.0.1" },
      { type: "dns", value: "localhost" },
    ]),
  ]);
  const admin = await issue("O=system:masters, CN=bench-admin", [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const { privateKey: serviceAccountKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    ca: await file("ca.crt", ca.toString("pem")),
    servingCert: await file("serving.crt", serving.cert),
    servingKey: await file("serving.key", serving.key),
    serviceAccountKey: await file(
      "sa.key",
      serviceAccountKey.export({ type: "sec1", format: "pem" }) as string,
    ),
    credentials: { ca: ca.toString("pem"), cert: admin.cert, key: admin.key },
  };
}
