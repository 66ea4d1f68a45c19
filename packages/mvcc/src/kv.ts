/**
 * The `Kv` port: etcd v3's key-value, lease and watch operations as one interface with three providers (the
 * embedded replica, the socket of a worker, an external etcd). Requests and responses carry etcd's field
 * meanings exactly.
 *
 * Ordering that every provider keeps: a response is delivered after the watch batches of every revision up to
 * the response's header revision, for the watches of the same connection that were open when the call was
 * made. So a cache that is fed by a watch has seen a write when the write's promise resolves, and has seen
 * all that a `barrier` covers when the barrier resolves.
 */

import type { Caller } from "./auth-request.ts";

/** All int64 of the wire that are revisions or counts; safe integers inside. */
export type Revision = number;
/** Lease ids are unsigned 64-bit; 0n is "no lease". */
export type LeaseId = bigint;

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId;
}

export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: Revision;
  readonly raftTerm: number;
}

export type SortOrder = "none" | "ascend" | "descend";
export type SortTarget = "key" | "version" | "create" | "mod" | "value";

/** `rangeEnd` absent: one key; `[0]`: all keys from `key` on; otherwise [key, rangeEnd). */
export interface RangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** 0 or absent: no limit. */
  readonly limit?: number;
  /** 0 or absent: the newest. Throws COMPACTED below the compaction, FUTURE_REVISION above the newest. */
  readonly revision?: Revision;
  readonly sortOrder?: SortOrder;
  readonly sortTarget?: SortTarget;
  readonly serializable?: boolean;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly minModRevision?: Revision;
  readonly maxModRevision?: Revision;
  readonly minCreateRevision?: Revision;
  readonly maxCreateRevision?: Revision;
}

export interface RangeResponse {
  readonly header: ResponseHeader;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Keys in the range, whatever the limit. */
  readonly count: number;
  /**
   * Gives the memory of a large answer back at once, where the provider can: keys and values must not be used
   * any more.
   */
  readonly release?: () => void;
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease?: LeaseId;
  readonly prevKv?: boolean;
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
}

export interface PutResponse {
  readonly header: ResponseHeader;
  readonly prevKv?: KeyValue;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly prevKv?: boolean;
}

export interface DeleteRangeResponse {
  readonly header: ResponseHeader;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export type CompareResult = "equal" | "not-equal" | "greater" | "less";
export type CompareTarget =
  | { readonly target: "version"; readonly version: number }
  | { readonly target: "create"; readonly createRevision: Revision }
  | { readonly target: "mod"; readonly modRevision: Revision }
  | { readonly target: "value"; readonly value: Uint8Array }
  | { readonly target: "lease"; readonly lease: LeaseId };

export type Compare = CompareTarget & {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly result: CompareResult;
};

export type RequestOp =
  | { readonly op: "range"; readonly request: RangeRequest }
  | { readonly op: "put"; readonly request: PutRequest }
  | { readonly op: "delete-range"; readonly request: DeleteRangeRequest }
  | { readonly op: "txn"; readonly request: TxnRequest };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export type ResponseOp =
  | { readonly op: "range"; readonly response: RangeResponse }
  | { readonly op: "put"; readonly response: PutResponse }
  | { readonly op: "delete-range"; readonly response: DeleteRangeResponse }
  | { readonly op: "txn"; readonly response: TxnResponse };

export interface TxnResponse {
  readonly header: ResponseHeader;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export interface CompactRequest {
  readonly revision: Revision;
  /** Resolve only after the space has been given back. */
  readonly physical?: boolean;
}

/** One key's change at one revision. */
export interface Change {
  readonly type: "put" | "delete";
  /** For a delete: key and modRevision (the revision of the delete), empty value, version 0. */
  readonly kv: KeyValue;
  /** The key's state before, where the watch asked for it and the history still holds it. */
  readonly prevKv?: KeyValue;
}

export interface WatchRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** First revision of interest; absent or 0: from the next one on. */
  readonly startRevision?: Revision;
  readonly prevKv?: boolean;
  readonly noPut?: boolean;
  readonly noDelete?: boolean;
  /**
   * Also deliver empty batches that tell the revision the watch has reached (about every 10 minutes when
   * idle).
   */
  readonly progressNotify?: boolean;
}

/**
 * Revisions are whole within a batch and ascend over batches; none is left out, none comes twice.
 * A batch without changes is a progress notification: every change up to `revision` has been delivered.
 */
export interface WatchBatch {
  readonly revision: Revision;
  readonly changes: readonly Change[];
}

export interface WatchSink {
  batch(batch: WatchBatch): void;
  /**
   * The watch is over and delivers nothing more. COMPACTED carries details.compactRevision; a provider that
   * lost its connection says UNAVAILABLE and the owner starts again from its last revision + 1; a slow sink
   * is told SLOW_WATCHER.
   */
  closed(error: Error | undefined): void;
}

export interface Watch {
  cancel(): void;
  /** Asks for a progress batch as soon as the watch is caught up. */
  requestProgress(): void;
}

export interface LeaseGrantRequest {
  /** 0n: the server chooses. */
  readonly id: LeaseId;
  readonly ttlSeconds: number;
}

export interface LeaseStatus {
  readonly id: LeaseId;
  /** Remaining seconds, -1 where the lease is gone. */
  readonly ttlSeconds: number;
  readonly grantedTtlSeconds: number;
  readonly keys: readonly Uint8Array[];
}

/**
 * Errors are CodedErrors with one of these codes; etcd-api maps them to etcd's gRPC texts, the registry to
 * Statuses.
 */
export type KvErrorCode =
  | "COMPACTED"
  | "FUTURE_REVISION"
  | "EMPTY_KEY"
  | "DUPLICATE_KEY"
  | "TOO_MANY_OPS"
  | "REQUEST_TOO_LARGE"
  | "VALUE_PROVIDED"
  | "LEASE_PROVIDED"
  | "KEY_NOT_FOUND"
  | "INVALID_SORT_OPTION"
  | "LEASE_NOT_FOUND"
  | "LEASE_EXISTS"
  | "LEASE_TTL_TOO_LARGE"
  | "NO_SPACE"
  | "CORRUPT"
  /** No leader, or the majority is gone: nothing was written. */
  | "NO_LEADER"
  /** The answer did not come in time: the write may or may not have happened. */
  | "TIMEOUT"
  /** The leader went while the write was under way: it may or may not have happened. */
  | "LEADER_CHANGED"
  | "TOO_MANY_REQUESTS"
  | "UNAVAILABLE"
  | "STOPPED"
  | "SLOW_WATCHER";

/** How long a call may take; absent: the provider's request timeout (etcd: 5 s + 2 x election timeout). */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * In whose name a write is asked for, where etcd's auth is on: refused at apply where they may not do it.
   */
  readonly caller?: Caller;
}

export interface Kv {
  range(request: RangeRequest, options?: CallOptions): Promise<RangeResponse>;
  put(request: PutRequest, options?: CallOptions): Promise<PutResponse>;
  deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<DeleteRangeResponse>;
  txn(request: TxnRequest, options?: CallOptions): Promise<TxnResponse>;
  compact(request: CompactRequest, options?: CallOptions): Promise<ResponseHeader>;

  /** Starts a watch; the sink may be called from now on, never synchronously within this call. */
  watch(request: WatchRequest, sink: WatchSink): Watch;

  /**
   * A linearizable read point without data: resolves with a revision at least as new as every write
   * acknowledged by any member before the call. Calls of one event-loop turn share one round.
   */
  barrier(options?: CallOptions): Promise<Revision>;

  leaseGrant(request: LeaseGrantRequest, options?: CallOptions): Promise<LeaseStatus>;
  leaseRevoke(id: LeaseId, options?: CallOptions): Promise<ResponseHeader>;
  /** Renews; resolves with the new TTL in seconds, 0 where the lease is gone (as in etcd). */
  leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<number>;
  leaseTimeToLive(id: LeaseId, withKeys: boolean, options?: CallOptions): Promise<LeaseStatus>;
  leases(options?: CallOptions): Promise<readonly LeaseId[]>;

  /** What this member knows of itself and the cluster, from its own memory. */
  status(): Promise<KvStatus>;
  close(): Promise<void>;
}

export interface KvStatus {
  readonly header: ResponseHeader;
  /** 0n where none is known. */
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly dbSizeBytes: number;
  readonly isLearner: boolean;
  readonly errors: readonly string[];
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}
