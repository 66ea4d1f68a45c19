/**
 * Opens the etcd surface over a replica, in the replica's own thread (decision 15). Its settings are plain data, so that
 * they can be handed to that thread; files are read before.
 */
import { type ClientTls, type EtcdApi, type JwtOptions, JwtSigner, startEtcdApi } from "@quorate/etcd-api";
import type { Replica } from "@quorate/replica";
import { replicaBackend } from "./replica-backend.ts";

/** What the surface is to be. */
export interface EtcdSurfaceSettings {
  readonly listenUrls: readonly string[];
  /** Addresses for HTTP alone; where there are any, `listenUrls` serve gRPC alone. */
  readonly listenHttpUrls: readonly string[];
  readonly listenMetricsUrls: readonly string[];
  readonly tls: ClientTls | undefined;
  /** The common name of a client's certificate is its user. */
  readonly certificateNamesAreUsers: boolean;
  readonly jwt: JwtOptions | undefined;
  readonly tokenTtlSeconds: number;
  readonly txnOpsMax: number;
  readonly requestBytesMax: number;
  readonly concurrentStreamsMax: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly electionMs: number;
  readonly learnersMax: number;
  readonly gateway: boolean;
}

/**
 * Takes the addresses at once, answers clients from when `ready` resolves. Rejects with a CodedError of one line where an
 * address can't be taken or a key can't be read.
 */
export function openEtcdSurface(
  replica: Replica,
  settings: EtcdSurfaceSettings,
  ready: Promise<void>,
): Promise<EtcdApi> {
  const { txnOpsMax, requestBytesMax, learnersMax } = settings;
  return startEtcdApi({
    backend: replicaBackend(replica, { txnOpsMax, requestBytesMax, learnersMax }),
    listenUrls: settings.listenUrls,
    listenHttpUrls: settings.listenHttpUrls,
    listenMetricsUrls: settings.listenMetricsUrls,
    ...(settings.tls ? { tls: settings.tls } : undefined),
    certificateNamesAreUsers: settings.certificateNamesAreUsers,
    tokens: {
      ttlSeconds: settings.tokenTtlSeconds,
      ...(settings.jwt ? { jwt: new JwtSigner(settings.jwt) } : undefined),
    },
    maxRequestBytes: requestBytesMax,
    maxConcurrentStreams: settings.concurrentStreamsMax,
    electionTimeoutMs: settings.electionMs,
    gateway: settings.gateway,
    keepAliveIntervalMs: settings.keepAliveIntervalMs,
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    ready,
  });
}
