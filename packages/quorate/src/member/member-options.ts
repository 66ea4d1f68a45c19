/** All that one member needs to run, checked and complete: what the flags of `quorate serve` come down to. */
import type { Limits } from "@quorate/apiserver";
import type { ControllerName } from "@quorate/controllers";
import type { ExternalEtcd } from "../external-etcd.ts";

/** A certificate and its key, as PEM files. */
export interface KeyPairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** One member's settings. */
export interface MemberOptions {
  readonly name: string;
  readonly dataDirectory: string;
  /** Where the API server listens. */
  readonly bindAddress: string;
  readonly securePort: number;
  /** Under which clients reach it; the `kubernetes` service points there. */
  readonly advertiseAddress: string;
  readonly serving: KeyPairFiles;
  readonly clientAuthorityFile: string;
  /** Authority of the serving certificates, for pods; the clients' authority where absent. */
  readonly rootAuthorityFile?: string;
  readonly serviceAccount: {
    readonly issuer: string;
    readonly signingKeyFile: string;
    readonly keyFiles: readonly string[];
  };
  readonly serviceRange: string;
  readonly controllers: ReadonlySet<ControllerName>;
  /** Whether the `kubernetes` service gets endpoints. */
  readonly publishesEndpoints: boolean;
  readonly disabledAdmission: readonly string[];
  readonly eventTtlSeconds: number;
  /** Between two compactions of the store's history; 0: never. */
  readonly compactionIntervalMs: number;
  /** An etcd of others, on which this member runs instead of on a replica of its own. */
  readonly externalStore?: ExternalEtcd;
  /** What the keys of all objects begin with. */
  readonly keyPrefix: string;
  readonly limits: Partial<Limits>;
  /** Processes that serve the API; 1: the member's own. */
  readonly apiWorkers: number;
  /** How long it serves on, unready, once it is asked to stop. */
  readonly shutdownDelayMs: number;
  readonly peers: {
    readonly initialCluster: string;
    readonly initialClusterState: "new" | "existing";
    readonly initialClusterToken: string;
    /** As a learner it asks to vote as soon as it has caught up. */
    readonly promoteWhenReady: boolean;
    readonly listenUrls: readonly string[];
    readonly advertiseUrls: readonly string[];
    /** Absent where the peer URLs are http. */
    readonly tls: (KeyPairFiles & { readonly authorityFile: string }) | undefined;
    readonly heartbeatMs: number;
    readonly electionMs: number;
  };
  /** Where etcd's clients are served; absent: nowhere. */
  readonly etcdClients?: {
    readonly listenUrls: readonly string[];
    readonly advertiseUrls: readonly string[];
    readonly keyPair: KeyPairFiles;
    readonly authorityFile: string;
    /** Whether a client needs a certificate of that authority. */
    readonly isCertificateRequired: boolean;
  };
  /** Applied entries between two trims of the log. */
  readonly snapshotCount: number;
  /** 0: the store's default. */
  readonly quotaBytes: number;
}
