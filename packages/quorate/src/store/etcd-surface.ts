/**
 * Opens the etcd surface over a replica, in the replica's own thread (decision 15). Its settings are plain
 * data, so that they can be handed to that thread; files are read before.
 */
import { type EtcdApi, type EtcdApiOptions, JwtSigner, startEtcdApi } from "@quorate/etcd-api";
import type { Replica } from "@quorate/replica";
import { replicaBackend } from "./replica-backend.ts";
import type { EtcdSurfaceSettings } from "./surface-settings.ts";

/**
 * Takes the addresses at once, answers clients from when `ready` resolves. Rejects with a CodedError of one
 * line where an address can't be taken or a key can't be read.
 */
export function openEtcdSurface(
  replica: Replica,
  settings: EtcdSurfaceSettings,
  ready: Promise<void>,
  hooks: Pick<EtcdApiOptions, "slowCalls" | "rejected"> = {},
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
