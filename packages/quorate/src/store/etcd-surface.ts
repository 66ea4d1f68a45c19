/**
 * Opens the etcd surface over a replica, in the replica's own thread (decision 15). Its settings are plain
 * data, so that they can be handed to that thread; files are read before.
 */
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import {
  type ClientTls,
  type EtcdApi,
  type EtcdApiOptions,
  JwtSigner,
  startEtcdApi,
} from "@quorate/etcd-api";
import type { Replica } from "@quorate/replica";
import { RenewedFiles } from "../renewed-files.ts";
import { replicaBackend } from "./replica-backend.ts";
import type { EtcdSurfaceSettings } from "./surface-settings.ts";

/** What the surface tells and asks its opener. */
export interface SurfaceHooks extends Pick<EtcdApiOptions, "slowCalls" | "rejected" | "renewTls"> {
  /** One line for the log. */
  readonly note?: (line: string) => void;
}

function renewalOf(
  { tls, tlsFiles }: EtcdSurfaceSettings,
  note: (line: string) => void,
): Pick<EtcdApiOptions, "renewTls"> {
  if (!tls || !tlsFiles) return {};
  const { certFile, keyFile, caFile } = tlsFiles;
  const paths = [certFile, keyFile, caFile];
  const read = async (): Promise<ClientTls> => {
    const [cert, key, clientCa] = await Promise.all(paths.map((path) => readFile(path)));
    createSecureContext({ cert, key, ca: clientCa });
    return { ...tls, cert: cert!, key: key!, clientCa: clientCa! };
  };
  const renewed = new RenewedFiles(paths, read, note);
  return { renewTls: () => renewed.take() };
}

/**
 * Takes the addresses at once, answers clients from when `ready` resolves. Rejects with a CodedError of one
 * line where an address can't be taken or a key can't be read.
 */
export function openEtcdSurface(
  replica: Replica,
  settings: EtcdSurfaceSettings,
  ready: Promise<void>,
  { note = () => {}, ...hooks }: SurfaceHooks = {},
): Promise<EtcdApi> {
  const { txnOpsMax, requestBytesMax, learnersMax } = settings;
  return startEtcdApi({
    backend: replicaBackend(replica, { txnOpsMax, requestBytesMax, learnersMax }),
    listenUrls: settings.listenUrls,
    listenHttpUrls: settings.listenHttpUrls,
    listenMetricsUrls: settings.listenMetricsUrls,
    ...(settings.tls ? { tls: settings.tls } : undefined),
    ...renewalOf(settings, note),
    certificateNamesAreUsers: settings.certificateNamesAreUsers,
    tokens: {
      ttlSeconds: settings.tokenTtlSeconds,
      ...(settings.jwt ? { jwt: new JwtSigner(settings.jwt) } : undefined),
    },
    bcryptCost: settings.bcryptCost,
    maxRequestBytes: requestBytesMax,
    maxConcurrentStreams: settings.concurrentStreamsMax,
    electionTimeoutMs: settings.electionMs,
    gateway: settings.gateway,
    httpAccess: settings.httpAccess,
    keepAliveIntervalMs: settings.keepAliveIntervalMs,
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    ready,
    ...hooks,
  });
}
