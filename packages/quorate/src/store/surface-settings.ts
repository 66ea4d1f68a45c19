/**
 * What the etcd surface is to be, as plain data for the thread that opens it; nothing of the surface is
 * loaded here.
 */
import type { ClientTls, HttpAccess, JwtOptions } from "@quorate/etcd-api";

/** What the surface is to be. */
export interface EtcdSurfaceSettings {
  readonly listenUrls: readonly string[];
  /** Addresses for HTTP alone; where there are any, `listenUrls` serve gRPC alone. */
  readonly listenHttpUrls: readonly string[];
  readonly listenMetricsUrls: readonly string[];
  readonly tls: ClientTls | undefined;
  /** Where `tls` was read, so that it can be renewed; not given where the opener renews it. */
  readonly tlsFiles?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** The common name of a client's certificate is its user. */
  readonly certificateNamesAreUsers: boolean;
  readonly jwt: JwtOptions | undefined;
  readonly tokenTtlSeconds: number;
  readonly bcryptCost: number;
  readonly txnOpsMax: number;
  readonly requestBytesMax: number;
  readonly concurrentStreamsMax: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly electionMs: number;
  readonly learnersMax: number;
  readonly gateway: boolean;
  readonly httpAccess: HttpAccess;
}

/** etcd's defaults; addresses and certificates are the member's own. */
export const DEFAULT_SURFACE: Omit<EtcdSurfaceSettings, "listenUrls" | "tls" | "electionMs"> = {
  listenHttpUrls: [],
  listenMetricsUrls: [],
  certificateNamesAreUsers: false,
  jwt: undefined,
  tokenTtlSeconds: 300,
  bcryptCost: 10,
  txnOpsMax: 128,
  requestBytesMax: 1_572_864,
  concurrentStreamsMax: 0xffff_ffff,
  keepAliveIntervalMs: 2 * 3_600_000,
  keepAliveTimeoutMs: 20_000,
  learnersMax: 1,
  gateway: true,
  httpAccess: { origins: ["*"], hosts: ["*"] },
};
