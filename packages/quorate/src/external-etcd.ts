/**
 * An etcd that others run, by the flags that name it: its certificates are looked at before anything
 * connects.
 */
import { CodedError, hasCode } from "@quorate/base";
import { type EtcdTls, openEtcdKv } from "@quorate/etcd-api";
import type { Kv } from "@quorate/mvcc";
import { readAuthorities, readKeyPair } from "./member/read-credentials.ts";

/** Where an etcd is. */
export interface ExternalEtcd {
  readonly servers: readonly string[];
  readonly authorityFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

/** Under which flags that was given. */
export interface ExternalEtcdFlags {
  readonly servers: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** kube-apiserver's names. */
export const ETCD_FLAGS: ExternalEtcdFlags = {
  servers: "--etcd-servers",
  authority: "--etcd-cafile",
  certificate: "--etcd-certfile",
  key: "--etcd-keyfile",
};

/** etcdctl's names. */
export const ENDPOINT_FLAGS: ExternalEtcdFlags = {
  servers: "--endpoints",
  authority: "--cacert",
  certificate: "--cert",
  key: "--key",
};

/** How the client is to behave. */
export interface ExternalEtcdOptions {
  readonly note?: (line: string) => void;
  /** A key below what the client's certificate may read; it need not exist. */
  readonly barrierKey?: string;
}

/**
 * Opens a client. Rejects with CERTIFICATE_INVALID or BAD_ENDPOINT naming flag and fix; whether anybody
 * answers is seen at the first call. Renewed files are used at the next connection.
 */
export async function openExternalEtcd(
  etcd: ExternalEtcd,
  flags: ExternalEtcdFlags,
  options: ExternalEtcdOptions = {},
): Promise<Kv> {
  const isSecure = [etcd.authorityFile, etcd.certificateFile, etcd.keyFile].some(
    (file) => file !== undefined,
  );
  const readTls = () => tlsOf(etcd, flags);
  if (isSecure) await readTls();
  try {
    return openEtcdKv({ endpoints: etcd.servers, ...(isSecure ? { tls: readTls } : {}), ...options });
  } catch (error) {
    if (!hasCode(error, "BAD_ENDPOINT")) throw error;
    throw new CodedError("BAD_ENDPOINT", `${flags.servers}: ${error.message}`);
  }
}

async function tlsOf(etcd: ExternalEtcd, flags: ExternalEtcdFlags): Promise<EtcdTls> {
  const { authorityFile, certificateFile, keyFile } = etcd;
  const ca = authorityFile === undefined ? undefined : await readAuthorities(authorityFile, flags.authority);
  const pair =
    certificateFile === undefined || keyFile === undefined
      ? undefined
      : await readKeyPair({ certificateFile, keyFile }, [flags.certificate, flags.key]);
  return {
    ...(ca ? { ca: Buffer.from(ca) } : {}),
    ...(pair ? { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) } : {}),
  };
}
