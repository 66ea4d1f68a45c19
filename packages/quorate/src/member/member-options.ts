/** All that one member needs to run, checked and complete: what the flags of `quorate serve` come down to. */

export interface KeyPairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

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
  readonly serviceAccount: {
    readonly issuer: string;
    readonly signingKeyFile: string;
    readonly keyFiles: readonly string[];
  };
  readonly serviceRange: string;
  readonly peers: {
    readonly initialCluster: string;
    readonly initialClusterState: "new" | "existing";
    readonly initialClusterToken: string;
    readonly listenUrls: readonly string[];
    readonly advertiseUrls: readonly string[];
    /** Absent where the peer URLs are http. */
    readonly tls: (KeyPairFiles & { readonly authorityFile: string }) | undefined;
    readonly heartbeatMs: number;
    readonly electionMs: number;
  };
  /** Applied entries between two trims of the log. */
  readonly snapshotCount: number;
  /** 0: the store's default. */
  readonly quotaBytes: number;
}
