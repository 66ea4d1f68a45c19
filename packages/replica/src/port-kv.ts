/**
 * Kv over a carrier: the user's end of the thread seam. Calls of one event-loop turn leave in one frame. When
 * the carrier closes, calls under way fail with UNAVAILABLE (a write may or may not have happened) and
 * watches end so.
 */
import { CodedError } from "@quorate/base";
import type {
  CallOptions,
  CompactRequest,
  DeleteRangeRequest,
  DeleteRangeResponse,
  Kv,
  KvErrorCode,
  KvStatus,
  LeaseGrantRequest,
  LeaseId,
  LeaseStatus,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  ResponseHeader,
  Revision,
  TxnRequest,
  TxnResponse,
  Watch,
  WatchRequest,
  WatchSink,
} from "@quorate/mvcc";
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { pack, unpack } from "./control-codec.ts";
import type { FrameCarrier } from "./frame-carrier.ts";
import { ACK_BYTES, FrameOutbox, METHODS, type Method, REQUEST, RESPONSE } from "./kv-protocol.ts";
import {
  writeCompact,
  writeDeleteRange,
  writeLeaseGrant,
  writePut,
  writeRange,
  writeTxn,
  writeWatch,
} from "./kv-request-codec.ts";
import {
  readDeleteRangeResponse,
  readError,
  readHeader,
  readLeaseStatus,
  readPutResponse,
  readRangeResponse,
  readTxnResponse,
  readWatchBatch,
} from "./kv-response-codec.ts";
import { type Scheduler, turnScheduler } from "./scheduler.ts";

interface PendingCall {
  readonly read: (body: ByteReader, release?: () => void) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly release: (() => void) | undefined;
}

/** Smaller answers are left to the collector. */
const RELEASED_BYTES_MIN = 64 * 1024;

const METHOD_NUMBER = Object.fromEntries(METHODS.map((name, number) => [name, number])) as Record<
  Method,
  number
>;

const readRevision = (r: ByteReader): number => r.integer();
const readPacked = (r: ByteReader): unknown => unpack(r.bytes());
function readLeases(r: ByteReader): readonly LeaseId[] {
  const ids: LeaseId[] = [];
  for (let left = r.count(8); left > 0; left--) ids.push(r.id());
  return ids;
}

/** A Kv whose provider is at the other end of a carrier. */
export class PortKv implements Kv {
  readonly #carrier: FrameCarrier;
  readonly #outbox: FrameOutbox;
  readonly #calls = new Map<number, PendingCall>();
  readonly #watches = new Map<number, WatchSink>();
  #nextId = 1;
  #closed: CodedError<KvErrorCode> | undefined;
  #receivedBytes = 0;
  #ackedBytes = 0;

  constructor(carrier: FrameCarrier, scheduler: Scheduler = turnScheduler) {
    this.#carrier = carrier;
    this.#outbox = new FrameOutbox(carrier, scheduler);
    carrier.start(
      (frame) => this.#receive(frame),
      () => this.#end(new CodedError("UNAVAILABLE", "the connection to the store is closed")),
    );
  }

  range(request: RangeRequest, options?: CallOptions): Promise<RangeResponse> {
    return this.#call("range", (w) => writeRange(w, request), readRangeResponse, options);
  }

  put(request: PutRequest, options?: CallOptions): Promise<PutResponse> {
    return this.#call("put", (w) => writePut(w, request), readPutResponse, options);
  }

  deleteRange(request: DeleteRangeRequest, options?: CallOptions): Promise<DeleteRangeResponse> {
    return this.#call("deleteRange", (w) => writeDeleteRange(w, request), readDeleteRangeResponse, options);
  }

  txn(request: TxnRequest, options?: CallOptions): Promise<TxnResponse> {
    return this.#call("txn", (w) => writeTxn(w, request), readTxnResponse, options);
  }

  compact(request: CompactRequest, options?: CallOptions): Promise<ResponseHeader> {
    return this.#call("compact", (w) => writeCompact(w, request), readHeader, options);
  }

  barrier(options?: CallOptions): Promise<Revision> {
    return this.#call("barrier", undefined, readRevision, options);
  }

  leaseGrant(request: LeaseGrantRequest, options?: CallOptions): Promise<LeaseStatus> {
    return this.#call("leaseGrant", (w) => writeLeaseGrant(w, request), readLeaseStatus, options);
  }

  leaseRevoke(id: LeaseId, options?: CallOptions): Promise<ResponseHeader> {
    return this.#call("leaseRevoke", (w) => w.id(id), readHeader, options);
  }

  leaseKeepAlive(id: LeaseId, options?: CallOptions): Promise<number> {
    return this.#call("leaseKeepAlive", (w) => w.id(id), readRevision, options);
  }

  leaseTimeToLive(id: LeaseId, withKeys: boolean, options?: CallOptions): Promise<LeaseStatus> {
    const write = (w: ByteWriter): void => {
      w.id(id);
      w.flag(withKeys);
    };
    return this.#call("leaseTimeToLive", write, readLeaseStatus, options);
  }

  leases(options?: CallOptions): Promise<readonly LeaseId[]> {
    return this.#call("leases", undefined, readLeases, options);
  }

  status(): Promise<KvStatus> {
    return this.#call("status", undefined, (r) => readPacked(r) as KvStatus);
  }

  /** A call that is not Kv's, answered by the server's `control`. Plain data both ways. */
  control(request: unknown): Promise<unknown> {
    return this.#call("control", (w) => w.bytes(pack(request)), readPacked);
  }

  watch(request: WatchRequest, sink: WatchSink): Watch {
    const id = this.#takeId();
    if (this.#closed) {
      const error = this.#closed;
      queueMicrotask(() => sink.closed(error));
      return { cancel: () => {}, requestProgress: () => {} };
    }
    this.#watches.set(id, sink);
    this.#outbox.add(REQUEST.watch, id, (w) => writeWatch(w, request));
    return {
      cancel: () => {
        if (this.#watches.delete(id) && !this.#closed) this.#outbox.add(REQUEST.watchCancel, id);
      },
      requestProgress: () => {
        if (this.#watches.has(id)) this.#outbox.add(REQUEST.watchProgress, id);
      },
    };
  }

  async close(): Promise<void> {
    this.#end(new CodedError("STOPPED", "the connection to the store was closed by its user"));
    this.#carrier.close();
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1;
    return id;
  }

  #call<T>(
    method: Method,
    write: ((writer: ByteWriter) => void) | undefined,
    read: (body: ByteReader, release?: () => void) => T,
    options?: CallOptions,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const id = this.#takeId();
    return new Promise<T>((resolve, reject) => {
      let release: (() => void) | undefined;
      if (signal) {
        const abort = (): void => this.#abort(id, signal.reason as Error);
        signal.addEventListener("abort", abort, { once: true });
        release = () => signal.removeEventListener("abort", abort);
      }
      this.#calls.set(id, { read, resolve, reject, release });
      this.#outbox.add(REQUEST.call, id, (w) => {
        w.byte(METHOD_NUMBER[method]);
        w.integer(Math.ceil(options?.timeoutMs ?? 0));
        w.flag(signal !== undefined);
        write?.(w);
      });
    });
  }

  #abort(id: number, reason: Error): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    this.#outbox.add(REQUEST.cancel, id);
    call.reject(reason);
  }

  #receive(frame: Uint8Array): void {
    const r = new ByteReader(frame);
    for (let isFirst = true; !r.done; isFirst = false) {
      const kind = r.byte();
      const id = r.uint32();
      const body = r.section();
      if (kind === RESPONSE.result) this.#settle(id, body, true, isFirst && r.done ? frame : undefined);
      else if (kind === RESPONSE.batch) this.#watches.get(id)?.batch(readWatchBatch(body));
      else if (kind === RESPONSE.failure) this.#settle(id, body, false);
      else if (kind === RESPONSE.watchClosed) this.#watchClosed(id, body);
    }
    this.#receivedBytes += frame.length;
    if (this.#receivedBytes - this.#ackedBytes < ACK_BYTES || this.#closed) return;
    this.#ackedBytes = this.#receivedBytes;
    this.#outbox.add(REQUEST.ack, 0, (w) => w.integer(this.#ackedBytes));
  }

  /** `frame` where all of it is this answer. */
  #settle(id: number, body: ByteReader, ok: boolean, frame?: Uint8Array): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    call.release?.();
    const carrier = this.#carrier;
    const isWorthIt = carrier.free && frame && frame.length >= RELEASED_BYTES_MIN;
    if (ok) call.resolve(call.read(body, isWorthIt ? () => carrier.free!(frame) : undefined) as never);
    else call.reject(readError(body));
  }

  #watchClosed(id: number, body: ByteReader): void {
    const sink = this.#watches.get(id);
    this.#watches.delete(id);
    sink?.closed(body.done ? undefined : readError(body));
  }

  #end(error: CodedError<KvErrorCode>): void {
    if (this.#closed) return;
    this.#outbox.flush();
    this.#closed = error;
    const [calls, watches] = [[...this.#calls.values()], [...this.#watches.values()]];
    this.#calls.clear();
    this.#watches.clear();
    for (const call of calls) {
      call.release?.();
      call.reject(error);
    }
    for (const sink of watches) sink.closed(error);
  }
}
