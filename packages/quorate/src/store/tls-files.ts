/** Reads the files of a TlsConfig, and makes the certificate that --auto-tls and --peer-auto-tls ask for. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import type { ClientTls } from "@quorate/etcd-api";
import type { PeerTls } from "@quorate/replica";
import { writeFileAtomically } from "../write-file-atomically.ts";
import type { StoreLog } from "./store-log.ts";
import type { TlsConfig } from "./tls-config.ts";

const DAY_MS = 24 * 3_600_000;

interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

async function read(path: string, flag: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new CodedError("BAD_FLAGS", `${flag} ${path} can't be read: ${messageOf(error)}`);
  });
}

async function readPair(certFile: string, keyFile: string, prefix: string): Promise<KeyPair> {
  const cert = await read(certFile, `--${prefix}cert-file`);
  const key = await read(keyFile, `--${prefix}key-file`);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    const files = `--${prefix}cert-file ${certFile} and --${prefix}key-file ${keyFile}`;
    throw new CodedError("BAD_FLAGS", `${files} must be PEM: ${messageOf(error)}`);
  }
  if (isPair) return { cert, key };
  throw new CodedError(
    "BAD_FLAGS",
    `tls: private key does not match public key: --${prefix}key-file ${keyFile} is not that of ${certFile}`,
  );
}

/** The serial numbers of a list of revocations, PEM or DER. */
async function readRevoked(path: string, flag: string): Promise<string[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new CodedError("BAD_FLAGS", `${flag} ${path} can't be read: ${messageOf(error)}`);
  });
  const { revokedSerials } = await import("./revocation-list.ts");
  try {
    return revokedSerials(bytes);
  } catch (error) {
    throw new CodedError("BAD_FLAGS", `${flag} ${path} is no revocation list: ${messageOf(error)}`);
  }
}

/** The pair in `folder`, made for `hosts` where it is absent. */
async function selfMade(
  folder: string,
  hosts: readonly string[],
  years: number,
  log: StoreLog,
): Promise<KeyPair> {
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const found = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]).catch(
    () => undefined,
  );
  if (found) return { cert: found[0], key: found[1] };
  const { issueSelfSigned } = await import("./self-signed-certificate.ts");
  const until = new Date(Date.now() + years * 365 * DAY_MS);
  log.warn("automatically generate certificates", { "certificate-validity-bound-not-after": until });
  const { certificate, key } = await issueSelfSigned(hosts, until);
  await writeFileAtomically(keyFile, key, 0o600);
  await writeFileAtomically(certFile, certificate, 0o644);
  log.info("created cert file", { path: certFile });
  return { cert: certificate, key };
}

function hostsOf(urls: readonly string[]): string[] {
  return urls
    .map((url) => URL.parse(url)?.hostname.replace(/^\[|\]$/g, "") ?? "")
    .filter((host) => host !== "");
}

/** The TLS of the client addresses; undefined where there is none. Throws BAD_FLAGS naming flag and file. */
export async function readClientTls(
  config: TlsConfig,
  options: { readonly folder: string; readonly urls: readonly string[]; readonly log: StoreLog },
): Promise<ClientTls | undefined> {
  const { certFile, keyFile, caFile, crlFile, clientCertAuth, maxVersion, ciphers } = config;
  if (certFile && config.auto) options.log.warn("ignoring client auto TLS since certs given");
  let pair: KeyPair | undefined;
  if (certFile) pair = await readPair(certFile, keyFile!, "");
  else if (config.auto) {
    pair = await selfMade(options.folder, hostsOf(options.urls), config.validityYears, options.log);
  }
  if (!pair) return undefined;
  return {
    ...pair,
    ...(caFile ? { clientCa: await read(caFile, "--trusted-ca-file") } : undefined),
    ...(crlFile ? { revokedSerials: await readRevoked(crlFile, "--client-crl-file") } : undefined),
    ...(config.allowedHostnames.length > 0 ? { allowedHostnames: config.allowedHostnames } : undefined),
    // As etcd: an authority asks for certificates, whether --client-cert-auth is set or not.
    requireClientCertificate: clientCertAuth || caFile !== undefined,
    minVersion: config.minVersion,
    ...(maxVersion ? { maxVersion } : undefined),
    ...(ciphers ? { ciphers } : undefined),
  };
}

/** The TLS between members; undefined where there is none. Throws BAD_FLAGS naming flag and file. */
export async function readPeerTls(
  config: TlsConfig,
  options: { readonly folder: string; readonly urls: readonly string[]; readonly log: StoreLog },
): Promise<PeerTls | undefined> {
  const { certFile, keyFile, caFile, crlFile, clientCertFile, clientKeyFile, maxVersion, ciphers } = config;
  const versions = {
    minVersion: config.minVersion,
    ...(maxVersion ? { maxVersion } : undefined),
    ...(ciphers ? { ciphers } : undefined),
  };
  if (!certFile) {
    if (!config.auto) return undefined;
    const pair = await selfMade(options.folder, hostsOf(options.urls), config.validityYears, options.log);
    return { ...pair, selfSigned: true, ...versions };
  }
  if (config.auto) options.log.warn("ignoring peer auto TLS since certs given");
  const pair = await readPair(certFile, keyFile!, "peer-");
  const client =
    clientCertFile && clientKeyFile
      ? await readPair(clientCertFile, clientKeyFile, "peer-client-")
      : undefined;
  return {
    ...pair,
    ...(client ? { client } : undefined),
    ...(caFile ? { ca: await read(caFile, "--peer-trusted-ca-file") } : undefined),
    ...(crlFile ? { revokedSerials: await readRevoked(crlFile, "--peer-crl-file") } : undefined),
    allowedNames: config.allowedNames,
    allowedHostnames: config.allowedHostnames,
    ...versions,
  };
}
