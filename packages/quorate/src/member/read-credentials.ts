/** Reads PEM files that the operator named, and refuses what can't be used before anything listens. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CodedError, messageOf } from "@quorate/base";
import type { KeyPairFiles } from "./member-options.ts";

/** A certificate (with its chain) and its key, as PEM. */
export interface KeyPairPem {
  readonly cert: string;
  readonly key: string;
}

function invalid(message: string): CodedError {
  return new CodedError("CERTIFICATE_INVALID", message);
}

async function readPem(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw invalid(`${flag} ${file} can't be read: ${messageOf(error)}`);
  }
}

function parseCertificate(pem: string, file: string, flag: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw invalid(`${flag} ${file} holds no PEM certificate (${messageOf(error)}): give one that does`);
  }
}

function checkValidity(certificate: X509Certificate, file: string, flag: string): void {
  if (certificate.validToDate.getTime() > Date.now()) return;
  throw invalid(`${flag} ${file} has expired on ${certificate.validTo}: give a newer certificate`);
}

/**
 * `flags` are the names under which the two files were given. Throws CERTIFICATE_INVALID naming file and fix.
 */
export async function readKeyPair(
  { certificateFile, keyFile }: KeyPairFiles,
  flags: readonly [certificate: string, key: string],
): Promise<KeyPairPem> {
  const cert = await readPem(certificateFile, flags[0]);
  const key = await readPem(keyFile, flags[1]);
  const certificate = parseCertificate(cert, certificateFile, flags[0]);
  checkValidity(certificate, certificateFile, flags[0]);
  let isPair: boolean;
  try {
    isPair = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw invalid(
      `${flags[1]} ${keyFile} holds no PEM private key (${messageOf(error)}): give one that does`,
    );
  }
  if (!isPair) {
    throw invalid(
      `${flags[1]} ${keyFile} does not belong to ${certificateFile}: give the key of that certificate`,
    );
  }
  return { cert, key };
}

/** A bundle of authorities. Throws CERTIFICATE_INVALID naming file and fix. */
export async function readAuthorities(file: string, flag: string): Promise<string> {
  const pem = await readPem(file, flag);
  checkValidity(parseCertificate(pem, file, flag), file, flag);
  return pem;
}

/** PEM texts of the keys of service account tokens. */
export interface ServiceAccountKeys {
  readonly signingKey: string;
  /** Keys that verify only. */
  readonly otherKeys: readonly string[];
}

/** Throws CERTIFICATE_INVALID naming flag, file and fix. */
export async function readServiceAccountKeys(files: {
  readonly signingKeyFile: string;
  readonly keyFiles: readonly string[];
}): Promise<ServiceAccountKeys> {
  const { signingKeyFile, keyFiles } = files;
  const signingKey = await readKey(signingKeyFile, "--service-account-signing-key-file", createPrivateKey);
  const otherKeys = await Promise.all(
    keyFiles.map((file) => readKey(file, "--service-account-key-file", createPublicKey)),
  );
  return { signingKey, otherKeys };
}

async function readKey(file: string, flag: string, parse: (pem: string) => KeyObject): Promise<string> {
  const pem = await readPem(file, flag);
  try {
    parse(pem);
  } catch (error) {
    throw invalid(`${flag} ${file} holds no PEM key for it (${messageOf(error)}): give one that does`);
  }
  return pem;
}
