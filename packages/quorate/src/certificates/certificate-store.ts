/**
 * A folder of certificates that are made once and reused: `name.crt` (0644) beside `name.key` (0600), each
 * written whole or not at all, the key first. What is near its end, no longer fits what is asked for, or was
 * signed by an authority that is gone is issued anew; an authority never is by itself, since everything hangs
 * on it.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import { writeFileAtomically } from "../write-file-atomically.ts";
import type { CertificateFiles, CertificateRequest } from "./certificate-request.ts";

/** Certificates that end sooner than this are renewed at the next start. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

/** Where the two files of a certificate lie. */
export interface CertificatePaths {
  readonly certificateFile: string;
  readonly keyFile: string;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function covers(certificate: X509Certificate, request: CertificateRequest): boolean {
  const subject = certificate.subject.split("\n");
  if (!subject.includes(`CN=${request.commonName}`)) return false;
  if (!(request.organizations ?? []).every((name) => subject.includes(`O=${name}`))) return false;
  return request.hosts.every((host) =>
    isIP(host) ? certificate.checkIP(host) !== undefined : certificate.checkHost(host) !== undefined,
  );
}

/** The certificates of one folder, made when they are first asked for. */
export class CertificateStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  paths(name: string): CertificatePaths {
    return {
      certificateFile: join(this.#folder, `${name}.crt`),
      keyFile: join(this.#folder, `${name}.key`),
    };
  }

  /**
   * The authority `name`, made where it is absent. Throws CERTIFICATE_INVALID where half of it is missing or
   * damaged.
   */
  async authority(name: string, commonName: string): Promise<CertificateFiles> {
    const found = await this.#read(name);
    if (!found) {
      const { issueAuthority } = await import("./authority.ts");
      return this.#write(name, await issueAuthority(commonName));
    }
    const problem = this.#problemOf(found);
    if (!problem) return found;
    const { certificateFile } = this.paths(name);
    const message = `${certificateFile}: ${problem}: restore it, or remove ${this.#folder} to make all anew`;
    throw new CodedError("CERTIFICATE_INVALID", message);
  }

  /** The certificate `name` signed by `authority`, reused while it fits `request` and is not near its end. */
  async certificate(
    name: string,
    authority: CertificateFiles,
    request: CertificateRequest,
  ): Promise<CertificateFiles> {
    const found = await this.#read(name);
    if (found && !this.#problemOf(found)) {
      const certificate = new X509Certificate(found.certificate);
      const issuer = new X509Certificate(authority.certificate);
      const endsInMs = certificate.validToDate.getTime() - Date.now();
      const isSigned = certificate.verify(issuer.publicKey);
      if (isSigned && endsInMs > RENEW_BEFORE_MS && covers(certificate, request)) return found;
    }
    const { issueCertificate } = await import("./authority.ts");
    return this.#write(name, await issueCertificate(authority, request));
  }

  async #read(name: string): Promise<CertificateFiles | undefined> {
    const { certificateFile, keyFile } = this.paths(name);
    const [certificate, key] = await Promise.all([readIfPresent(certificateFile), readIfPresent(keyFile)]);
    // A key without its certificate is what a crash between the two writes leaves: nobody has used it yet.
    if (certificate === undefined) return undefined;
    return { certificate, key: key ?? "" };
  }

  #problemOf({ certificate, key }: CertificateFiles): string | undefined {
    try {
      const parsed = new X509Certificate(certificate);
      if (!parsed.checkPrivateKey(createPrivateKey(key))) return "its private key does not belong to it";
      return parsed.validToDate.getTime() < Date.now() ? "it has expired" : undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #write(name: string, files: CertificateFiles): Promise<CertificateFiles> {
    const { certificateFile, keyFile } = this.paths(name);
    await writeFileAtomically(keyFile, files.key, 0o600);
    await writeFileAtomically(certificateFile, files.certificate, 0o644);
    return files;
  }
}
