/**
 * Serves a Kv to the other side of a carrier: the replica's end of the thread seam (decision 15). Each call
 * of a frame is started as it is read; answers and watch batches go back together once a turn.
 *
 * Bound: what the other side has not acknowledged. Beyond `unackedBytesMax` its watches are closed with
 * SLOW_WATCHER.
 */
import { CodedError } from "@quorate/base";
import type { CallOptions, Kv, KvErrorCode, Watch } from "@quorate/mvcc";
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { pack, unpack } from "./control-codec.ts";
import { encodedBatch } from "./encoded-batch.ts";
import type { FrameCarrier } from "./frame-carrier.ts";
import { FrameOutbox, METHODS, type Method, REQUEST, RESPONSE } from "./kv-protocol.ts";
import {
  readCompact,
  readDeleteRange,
  readLeaseGrant,
  readPut,
  readRange,
  readTxn,
  readWatch,
} from "./kv-request-codec.ts";
import {
  writeDeleteRangeResponse,
  writeError,
  writeHeader,
  writeLeaseStatus,
  writePutResponse,
  writeRangeResponse,
  writeTxnResponse,
  writeWatchBatch,
} from "./kv-response-codec.ts";
import { type Scheduler, turnScheduler } from "./scheduler.ts";

/** How a Kv is served; all of it may be left out. */
export interface KvPortOptions {
  readonly scheduler?: Scheduler;
  readonly unackedBytesMax?: number;
  /** Several connections watch the same: a batch is encoded once for all of them. */
  readonly sharesBatches?: boolean;
  /** When shared batches leave that no answer stands behind; absent: with their turn. */
  readonly later?: Scheduler;
  /** Answers calls that are not Kv's: status, membership, stopping. Values must be plain data. */
  readonly control?: (request: unknown) => Promise<unknown>;
}

type WriteResult = (writer: ByteWriter) => void;

const UNACKED_BYTES_MAX = 64 * 1024 * 1024;

/** One connection's worth of calls and watches. */
class KvPortServer {
  readonly #kv: Kv;
  readonly #outbox: FrameOutbox;
  readonly #options: KvPortOptions;
  readonly #calls = new Map<number, AbortController | undefined>();
  readonly #watches = new Map<number, Watch>();
  #ackedBytes = 0;

  constructor(kv: Kv, carrier: FrameCarrier, options: KvPortOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#outbox = new FrameOutbox(carrier, options.scheduler ?? turnScheduler, options.later);
  }

  receive(frame: Uint8Array): void {
    const r = new ByteReader(frame);
    while (!r.done) {
      const kind = r.byte();
      const id = r.uint32();
      const body = r.section();
      if (kind === REQUEST.call) this.#call(id, body);
      else if (kind === REQUEST.cancel) this.#calls.get(id)?.abort();
      else if (kind === REQUEST.watch) this.#watch(id, body);
      else if (kind === REQUEST.watchCancel) this.#endWatch(id);
      else if (kind === REQUEST.watchProgress) this.#watches.get(id)?.requestProgress();
      else if (kind === REQUEST.ack) this.#ackedBytes = body.integer();
    }
  }

  closed(): void {
    for (const id of [...this.#watches.keys()]) this.#endWatch(id);
    for (const abort of this.#calls.values()) abort?.abort();
  }

  #call(id: number, body: ByteReader): void {
    try {
      const method = body.name(METHODS);
      const timeoutMs = body.integer();
      const cancellable = body.flag();
      const abort = cancellable ? new AbortController() : undefined;
      const options: CallOptions = {
        ...(timeoutMs > 0 ? { timeoutMs } : undefined),
        ...(abort ? { signal: abort.signal } : undefined),
      };
      this.#calls.set(id, abort);
      this.#start(method, body, options).then(
        (write) => this.#answer(id, RESPONSE.result, write),
        (error: unknown) => this.#answer(id, RESPONSE.failure, (w) => writeError(w, error)),
      );
    } catch (error) {
      this.#answer(id, RESPONSE.failure, (w) => writeError(w, error));
    }
  }

  #answer(id: number, kind: number, write: WriteResult): void {
    this.#calls.delete(id);
    this.#outbox.add(kind, id, write);
  }

  #start(method: Method, body: ByteReader, options: CallOptions): Promise<WriteResult> {
    const kv = this.#kv;
    switch (method) {
      case "txn":
        return kv.txn(readTxn(body), options).then((result) => (w) => writeTxnResponse(w, result));
      case "range":
        return kv.range(readRange(body), options).then((result) => (w) => writeRangeResponse(w, result));
      case "put":
        return kv.put(readPut(body), options).then((result) => (w) => writePutResponse(w, result));
      case "deleteRange":
        return kv
          .deleteRange(readDeleteRange(body), options)
          .then((result) => (w) => writeDeleteRangeResponse(w, result));
      case "compact":
        return kv.compact(readCompact(body), options).then((result) => (w) => writeHeader(w, result));
      case "barrier":
        return kv.barrier(options).then((revision) => (w) => w.integer(revision));
      default:
        return this.#startRare(method, body, options);
    }
  }

  #startRare(method: Method, body: ByteReader, options: CallOptions): Promise<WriteResult> {
    const kv = this.#kv;
    switch (method) {
      case "leaseGrant":
        return kv
          .leaseGrant(readLeaseGrant(body), options)
          .then((result) => (w) => writeLeaseStatus(w, result));
      case "leaseRevoke":
        return kv.leaseRevoke(body.id(), options).then((result) => (w) => writeHeader(w, result));
      case "leaseKeepAlive":
        return kv.leaseKeepAlive(body.id(), options).then((ttl) => (w) => w.integer(ttl));
      case "leaseTimeToLive":
        return kv
          .leaseTimeToLive(body.id(), body.flag(), options)
          .then((result) => (w) => writeLeaseStatus(w, result));
      case "leases":
        return kv.leases(options).then((ids) => (w) => {
          w.uint32(ids.length);
          for (const id of ids) w.id(id);
        });
      case "status":
        return kv.status().then((status) => (w) => w.bytes(pack(status)));
      case "control": {
        const request = unpack(body.bytes());
        const control = this.#options.control;
        if (!control) throw new CodedError("UNAVAILABLE", "this connection answers no control calls");
        return control(request).then((result) => (w) => w.bytes(pack(result)));
      }
      default:
        throw new CodedError("MALFORMED_FRAME", `malformed frame: an unexpected method ${method}`);
    }
  }

  #watch(id: number, body: ByteReader): void {
    try {
      const watch = this.#kv.watch(readWatch(body), {
        batch: (batch) => {
          if (!this.#watches.has(id)) return;
          if (this.#options.sharesBatches) this.#outbox.addEncoded(RESPONSE.batch, id, encodedBatch(batch));
          else this.#outbox.add(RESPONSE.batch, id, (w) => writeWatchBatch(w, batch));
          this.#checkBacklog();
        },
        closed: (error) => this.#watchClosed(id, error),
      });
      this.#watches.set(id, watch);
    } catch (error) {
      this.#outbox.add(RESPONSE.watchClosed, id, (w) => writeError(w, error));
    }
  }

  #watchClosed(id: number, error: Error | undefined): void {
    if (!this.#watches.delete(id)) return;
    this.#outbox.add(RESPONSE.watchClosed, id, (w) => {
      if (error) writeError(w, error);
    });
  }

  #endWatch(id: number): void {
    const watch = this.#watches.get(id);
    this.#watches.delete(id);
    watch?.cancel();
  }

  #checkBacklog(): void {
    const limit = this.#options.unackedBytesMax ?? UNACKED_BYTES_MAX;
    if (this.#outbox.sentBytes - this.#ackedBytes <= limit) return;
    const slow = new CodedError<KvErrorCode>(
      "SLOW_WATCHER",
      `the watcher is more than ${limit} bytes behind`,
    );
    for (const [id, watch] of [...this.#watches]) {
      this.#watchClosed(id, slow);
      watch.cancel();
    }
  }
}

/** Serves `kv` over `carrier` until that closes. */
export function serveKvPort(kv: Kv, carrier: FrameCarrier, options: KvPortOptions = {}): void {
  const server = new KvPortServer(kv, carrier, options);
  carrier.start(
    (frame) => server.receive(frame),
    () => server.closed(),
  );
}
