/** A Kv with faults that a test switches: cut watches, barriers that hang, writes whose answer is lost. */
import { CodedError } from "@quorate/base";
import type {
  CallOptions,
  Kv,
  KvErrorCode,
  TxnRequest,
  TxnResponse,
  Watch,
  WatchRequest,
  WatchSink,
} from "@quorate/mvcc";

export class FaultyKv implements Pick<Kv, "txn" | "watch" | "barrier"> {
  readonly #kv: Kv;
  readonly #open = new Map<Watch, WatchSink>();
  /** Set: the next write fails so, after it was done or instead of it. */
  nextTxnFailure:
    | { readonly code: KvErrorCode; readonly isDone: boolean; readonly meanwhile?: () => Promise<void> }
    | undefined;
  /** Set: every barrier fails so. */
  barrierFailure: KvErrorCode | undefined;
  txns = 0;
  barriers = 0;
  /** Set: barriers wait for it. */
  barrierHold: Promise<void> | undefined;

  private constructor(kv: Kv) {
    this.#kv = kv;
  }

  /** The faulty Kv and the switches, which are one object. */
  static over(kv: Kv): Kv & FaultyKv {
    const faulty = new FaultyKv(kv);
    return new Proxy(faulty, {
      get: (target, name) => {
        const owner = (name in target ? target : kv) as unknown as Record<string | symbol, unknown>;
        const value = owner[name];
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(owner) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    }) as unknown as Kv & FaultyKv;
  }

  async txn(request: TxnRequest, options?: CallOptions): Promise<TxnResponse> {
    this.txns++;
    const failure = this.nextTxnFailure;
    this.nextTxnFailure = undefined;
    if (!failure) return this.#kv.txn(request, options);
    if (failure.isDone) await this.#kv.txn(request, options);
    await failure.meanwhile?.();
    throw new CodedError(failure.code, `made to fail: ${failure.code}`);
  }

  async barrier(options?: CallOptions): Promise<number> {
    this.barriers++;
    await this.barrierHold;
    if (this.barrierFailure) throw new CodedError(this.barrierFailure, "made to fail");
    return this.#kv.barrier(options);
  }

  watch(request: WatchRequest, sink: WatchSink): Watch {
    const watch = this.#kv.watch(request, {
      batch: (batch) => sink.batch(batch),
      closed: (error) => {
        this.#open.delete(watch);
        sink.closed(error);
      },
    });
    this.#open.set(watch, sink);
    return {
      cancel: () => {
        this.#open.delete(watch);
        watch.cancel();
      },
      requestProgress: () => watch.requestProgress(),
    };
  }

  /** Ends every open watch as a lost connection does. */
  cutWatches(code: KvErrorCode = "UNAVAILABLE"): void {
    for (const [watch, sink] of [...this.#open]) {
      this.#open.delete(watch);
      watch.cancel();
      sink.closed(new CodedError(code, "made to fail"));
    }
  }
}

/** Lets everything happen that waits for no clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
