/** What the store's workloads ask of a store, over gRPC or within a member's process. */
import type { OperationResult } from "../workload.ts";

/** An open watch; `close` ends it. */
export interface StoreWatch {
  /** Resolves once the store has confirmed the watch. */
  readonly opened: Promise<void>;
  close(): void;
}

/** How to read. */
export interface StoreReadOptions {
  /** From the asked member's own state, as far as that is. */
  readonly serializable: boolean;
  /** All keys below the key as a prefix instead of the key alone. */
  readonly prefix?: boolean;
}

/** etcd's calls as far as the workloads use them. Every call rejects where no answer came. */
export interface StoreClient {
  put(key: string, value: Buffer): Promise<OperationResult>;
  /** Puts where the key is absent, in one transaction; 409 where it is there. */
  create(key: string, value: Buffer): Promise<OperationResult>;
  range(key: string, options: StoreReadOptions): Promise<OperationResult>;
  /** Watches a prefix from now on; `event` gets each value. */
  watch(prefix: string, slot: number, event: (value: Uint8Array) => void): StoreWatch;
  close(): void;
}
