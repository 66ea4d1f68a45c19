/**
 * The watches of one stream. Batches of a turn go out together, one message a watch; the bytes of a batch
 * are made once for all watches that share it. Safety: a watch's `created` goes out before its first event,
 * events keep the order of revisions, and a revision is not split unless the client allows fragments.
 *
 * Bound: what waits for a slow client is at most PENDING_BYTES_MAX; beyond it the watch lets its place go
 * and comes back to it in the history when the client has read what there was.
 */
import type { Kv, Watch, WatchBatch, WatchRequest } from "@quorate/mvcc";
import type { AccessCheck } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import type { MessageStream, RpcCall } from "./rpc-call.ts";
import { findRpcError, GRPC, GRPC_NAMES, type RpcError, rpcErrorOf } from "./rpc-error.ts";
import { encodeEvents, splitEvents, watchBytes } from "./watch-encoding.ts";

/** Sizes that a stream keeps to. */
export interface WatchStreamLimits {
  /** A message of a watch with `fragment` is split where it would be larger. */
  readonly fragmentBytes: number;
}

/** Bound: encoded events that wait for the client. */
const PENDING_BYTES_MAX = 8 * 2 ** 20;
/** Several revisions go in one message up to this size. */
const MESSAGE_BYTES = 512 * 2 ** 10;
/** Bound: watches of one stream. */
const WATCHES_MAX = 100_000;

const FILTER = { NOPUT: 0, NODELETE: 1 } as const;
/** What etcd's clients take for "no watch". */
const INVALID_WATCH_ID = -1;
const FIRST_KEY = Buffer.from([0]);

interface Pending {
  readonly revision: number;
  readonly events: Buffer;
  readonly batch: WatchBatch;
}

interface StreamWatch {
  readonly id: number;
  readonly request: WatchRequest;
  readonly fragment: boolean;
  watch: Watch | undefined;
  pending: Pending[];
  /** Where to start again once the client has caught up; 0 while the watch runs. */
  resumeFrom: number;
  /** Whether the stream waits for its progress. */
  progressAwaited: boolean;
}

/** One stream's watches. */
export class WatchStream {
  readonly #backend: EtcdBackend;
  readonly #kv: Kv;
  readonly #access: AccessCheck;
  readonly #stream: MessageStream<pb.WatchRequest, Partially<pb.WatchResponse>>;
  readonly #call: RpcCall;
  readonly #limits: WatchStreamLimits;
  readonly #watches = new Map<number, StreamWatch>();
  readonly #dirty = new Set<StreamWatch>();
  #nextId = 0;
  #pendingBytes = 0;
  #flushing = false;
  #blocked = false;
  #closed = false;
  #progressAsked = false;

  constructor(
    backend: EtcdBackend,
    access: AccessCheck,
    stream: MessageStream<pb.WatchRequest, Partially<pb.WatchResponse>>,
    call: RpcCall,
    limits: WatchStreamLimits,
  ) {
    this.#backend = backend;
    this.#kv = backend.kv;
    this.#access = access;
    this.#stream = stream;
    this.#call = call;
    this.#limits = limits;
  }

  get size(): number {
    return this.#watches.size;
  }

  /** Starts a watch, or says in `cancel_reason` why not. */
  create(message: pb.WatchCreateRequest): void {
    const refusal = this.#refusalOf(message);
    if (refusal !== undefined) {
      this.#control({ watch_id: INVALID_WATCH_ID, created: true, canceled: true, cancel_reason: refusal });
      return;
    }
    const id = message.watch_id !== 0 ? message.watch_id : this.#chooseId();
    const watch: StreamWatch = {
      id,
      request: requestOf(message),
      fragment: message.fragment,
      watch: undefined,
      pending: [],
      resumeFrom: 0,
      progressAwaited: false,
    };
    this.#watches.set(id, watch);
    this.#control({ watch_id: id, created: true });
    this.#start(watch, watch.request.startRevision ?? 0);
  }

  cancel(id: number): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    this.#drop(watch);
    this.#control({ watch_id: id, canceled: true });
    this.#checkProgress();
  }

  /**
   * Tells the client, with no watch's id, the revision that all its watches have reached; at once where they
   * have.
   */
  requestProgress(): void {
    if (this.#watches.size === 0) return;
    this.#progressAsked = true;
    for (const watch of this.#watches.values()) {
      watch.progressAwaited = true;
      watch.watch?.requestProgress();
    }
  }

  /** Ends all watches; nothing is sent any more. */
  close(): void {
    this.#closed = true;
    for (const watch of this.#watches.values()) watch.watch?.cancel();
    this.#watches.clear();
    this.#dirty.clear();
  }

  #refusalOf(message: pb.WatchCreateRequest): string | undefined {
    if (message.start_revision < 0) return findRpcError("COMPACTED")!.details;
    if (message.watch_id !== 0 && this.#watches.has(message.watch_id)) {
      return "mvcc: duplicate watch ID provided on the WatchStream";
    }
    if (this.#watches.size >= WATCHES_MAX) return findRpcError("TOO_MANY_REQUESTS")!.details;
    try {
      const { key, rangeEnd } = requestOf(message);
      this.#access.checkRead(this.#access.callerOf(this.#call), key, rangeEnd);
      return undefined;
    } catch (error) {
      return authRefusal(rpcErrorOf(error));
    }
  }

  #chooseId(): number {
    while (this.#watches.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  #start(watch: StreamWatch, startRevision: number): void {
    watch.resumeFrom = 0;
    const request = startRevision > 0 ? { ...watch.request, startRevision } : watch.request;
    watch.watch = this.#kv.watch(request, {
      batch: (batch) => this.#batch(watch, batch),
      closed: (error) => this.#ended(watch, error),
    });
    if (watch.progressAwaited) watch.watch.requestProgress();
  }

  #batch(watch: StreamWatch, batch: WatchBatch): void {
    if (this.#closed || this.#watches.get(watch.id) !== watch) return;
    if (watch.resumeFrom > 0) return;
    const events = encodeEvents(batch);
    watch.pending.push({ revision: batch.revision, events, batch });
    this.#pendingBytes += events.length;
    this.#dirty.add(watch);
    if (this.#pendingBytes > PENDING_BYTES_MAX && this.#blocked) this.#letGo(watch);
    else this.#flushSoon();
  }

  /** Forgets what waits of a watch, to read it again from the history. */
  #letGo(watch: StreamWatch): void {
    const first = watch.pending.find((pending) => pending.batch.changes.length > 0);
    if (!first) return;
    for (const { events } of watch.pending) this.#pendingBytes -= events.length;
    watch.pending = [];
    watch.watch?.cancel();
    watch.watch = undefined;
    watch.resumeFrom = first.revision;
  }

  #ended(watch: StreamWatch, error: Error | undefined): void {
    if (this.#closed || this.#watches.get(watch.id) !== watch) return;
    this.#flush();
    const code = (error as { code?: string } | undefined)?.code;
    const details = (error as { details?: { compactRevision?: number } } | undefined)?.details;
    if (code === "SLOW_WATCHER" || code === "UNAVAILABLE") {
      const last = watch.pending.at(-1)?.revision;
      watch.watch = undefined;
      watch.resumeFrom = last === undefined ? (watch.request.startRevision ?? 0) : last + 1;
      this.#dirty.add(watch);
      return;
    }
    this.#drop(watch);
    if (code === "COMPACTED") {
      this.#control({ watch_id: watch.id, canceled: true, compact_revision: details?.compactRevision ?? 0 });
    } else {
      const reason = error ? rpcErrorOf(error).details : "";
      this.#control({ watch_id: watch.id, canceled: true, cancel_reason: reason });
    }
    this.#checkProgress();
  }

  #drop(watch: StreamWatch): void {
    watch.watch?.cancel();
    this.#watches.delete(watch.id);
    this.#dirty.delete(watch);
    for (const { events } of watch.pending) this.#pendingBytes -= events.length;
    watch.pending = [];
  }

  /** A message that is not about events. */
  #control(response: Partially<pb.WatchResponse>): void {
    this.#send({ header: headerMessage(this.#backend.store().header()), ...response });
  }

  #send(message: Partially<pb.WatchResponse> | Uint8Array): void {
    if (this.#closed || this.#stream.send(message) || this.#blocked) return;
    this.#blocked = true;
    void this.#stream.drained().then(() => {
      this.#blocked = false;
      this.#flush();
    });
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed) return;
    for (const watch of this.#dirty) {
      if (this.#blocked) return;
      this.#dirty.delete(watch);
      this.#flushWatch(watch);
    }
    if (this.#blocked) return;
    for (const watch of this.#watches.values()) {
      if (watch.resumeFrom > 0 && !watch.watch) this.#start(watch, watch.resumeFrom);
    }
    this.#checkProgress();
  }

  #flushWatch(watch: StreamWatch): void {
    const pending = watch.pending;
    watch.pending = [];
    for (let at = 0; at < pending.length; ) {
      const first = pending[at]!;
      this.#pendingBytes -= first.events.length;
      at++;
      if (first.batch.changes.length === 0) {
        this.#progress(watch, first.revision);
        continue;
      }
      if (watch.fragment && first.events.length > this.#limits.fragmentBytes) {
        this.#sendFragments(watch, first);
        continue;
      }
      const events = [first.events];
      let bytes = first.events.length;
      let revision = first.revision;
      while (at < pending.length && pending[at]!.batch.changes.length > 0) {
        const next = pending[at]!;
        if (bytes + next.events.length > MESSAGE_BYTES) break;
        at++;
        bytes += next.events.length;
        this.#pendingBytes -= next.events.length;
        events.push(next.events);
        revision = next.revision;
      }
      this.#send(watchBytes(this.#header(revision), watch.id, events));
    }
  }

  #sendFragments(watch: StreamWatch, { batch, revision }: Pending): void {
    const parts = splitEvents(batch, this.#limits.fragmentBytes);
    for (const [at, events] of parts.entries()) {
      const fragment = at < parts.length - 1;
      this.#send(watchBytes(this.#header(revision), watch.id, [events], fragment));
    }
  }

  #progress(watch: StreamWatch, revision: number): void {
    if (watch.progressAwaited) {
      watch.progressAwaited = false;
      this.#checkProgress();
    } else if (watch.request.progressNotify) {
      this.#send({ header: this.#header(revision), watch_id: watch.id });
    }
  }

  /** Answers a manual request for progress once every watch has told its own. */
  #checkProgress(): void {
    if (!this.#progressAsked || this.#blocked) return;
    for (const watch of this.#watches.values()) if (watch.progressAwaited || watch.resumeFrom > 0) return;
    if (this.#dirty.size > 0) return;
    this.#progressAsked = false;
    this.#control({ watch_id: INVALID_WATCH_ID });
  }

  #header(revision: number): Partially<pb.ResponseHeader> {
    return headerMessage({ ...this.#backend.store().header(), revision });
  }
}

/** Compat: clients take the reason apart, and etcd writes those of auth as Go writes gRPC errors. */
function authRefusal(error: RpcError): string {
  const known = error.code === GRPC.UNAUTHENTICATED || error.code === GRPC.INVALID_ARGUMENT;
  const { code, details } = known ? error : findRpcError("PERMISSION_DENIED")!;
  return `rpc error: code = ${GRPC_NAMES[code]} desc = ${details}`;
}

function requestOf(message: pb.WatchCreateRequest): WatchRequest {
  return {
    key: message.key.length > 0 ? message.key : FIRST_KEY,
    ...(message.range_end.length > 0 ? { rangeEnd: message.range_end } : {}),
    startRevision: message.start_revision,
    prevKv: message.prev_kv,
    noPut: message.filters.includes(FILTER.NOPUT),
    noDelete: message.filters.includes(FILTER.NODELETE),
    progressNotify: message.progress_notify,
  };
}
