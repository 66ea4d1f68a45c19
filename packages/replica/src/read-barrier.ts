/**
 * Linearizable read points. Reads that arrive while a ReadIndex round is under way share the next one, so
 * that any number of reads costs a round after the other. A round is asked again when its answer does not
 * come: the leader may have changed, or the message was lost.
 */
import { kvError } from "@quorate/mvcc";
import type { ReadState } from "@quorate/raft";
import { onAbort } from "./abort-listener.ts";

/** Bound: reads waiting; more are refused with TOO_MANY_REQUESTS. */
const READS_MAX = 50_000;
const RETRY_MS = 200;

interface Read {
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  over: boolean;
  /** Stops listening to the caller's signal. */
  release: (() => void) | undefined;
}

interface Confirmed {
  readonly index: number;
  readonly reads: readonly Read[];
}

/** The reads of one member. */
export class ReadBarrier {
  readonly #ask: (context: bigint) => void;
  #waiting: Read[] = [];
  #asked: Read[] = [];
  #context: bigint;
  #askedAt = 0;
  #confirmed: Confirmed[] = [];
  #count = 0;
  #closed: Error | undefined;
  #failures = 0;

  /**
   * `ask` starts a ReadIndex round, or does nothing where there is no leader. Contexts must not repeat over
   * restarts.
   */
  constructor(firstContext: bigint, ask: (context: bigint) => void) {
    this.#context = firstContext;
    this.#ask = ask;
  }

  /** Reads that were not confirmed in their time. */
  get failures(): number {
    return this.#failures;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0 && this.#asked.length === 0;
  }

  /** Resolves when this member has applied every write acknowledged before the call. */
  add(options: { readonly deadline: number; readonly signal?: AbortSignal | undefined }): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#count >= READS_MAX) {
      return Promise.reject(kvError("TOO_MANY_REQUESTS"));
    }
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const read: Read = { deadline: options.deadline, resolve, reject, over: false, release: undefined };
      this.#count++;
      read.release = onAbort(signal, (reason) => this.#fail(read, reason));
      this.#waiting.push(read);
    });
  }

  /** Starts a round for the reads that wait, unless one is under way. */
  flush(now: number): void {
    if (this.#asked.length > 0 || this.#waiting.length === 0) return;
    this.#asked = this.#waiting;
    this.#waiting = [];
    this.#start(now);
  }

  /** The leader's answer to a round. */
  confirmed(state: ReadState): void {
    if (state.context !== this.#context || this.#asked.length === 0) return;
    this.#confirmed.push({ index: state.index, reads: this.#asked });
    this.#asked = [];
  }

  /** Releases the reads whose point has been applied. */
  applied(index: number): void {
    if (this.#confirmed.length === 0) return;
    const ready = this.#confirmed.filter((one) => one.index <= index);
    if (ready.length === 0) return;
    this.#confirmed = this.#confirmed.filter((one) => one.index > index);
    for (const one of ready) for (const read of one.reads) this.#finish(read);
  }

  /** Another leader, or none: what was asked of the old one won't be answered. */
  leaderChanged(now: number): void {
    if (this.#asked.length > 0) this.#start(now);
  }

  /** Fails reads over their time, and asks again where an answer is overdue. */
  tick(now: number): void {
    for (const reads of [this.#waiting, this.#asked, ...this.#confirmed.map((one) => one.reads)]) {
      for (const read of reads) {
        if (read.over || read.deadline > now) continue;
        this.#failures++;
        this.#fail(read, kvError("NO_LEADER"));
      }
    }
    this.#waiting = this.#waiting.filter((read) => !read.over);
    this.#asked = this.#asked.filter((read) => !read.over);
    if (this.#asked.length > 0 && now - this.#askedAt >= RETRY_MS) this.#start(now);
  }

  close(error: Error): void {
    this.#closed = error;
    const all = [this.#waiting, this.#asked, ...this.#confirmed.map((one) => one.reads)];
    this.#waiting = [];
    this.#asked = [];
    this.#confirmed = [];
    for (const reads of all) for (const read of reads) this.#fail(read, error);
  }

  #start(now: number): void {
    this.#askedAt = now;
    this.#context = BigInt.asUintN(64, this.#context + 1n);
    this.#ask(this.#context);
  }

  #finish(read: Read): void {
    if (read.over) return;
    read.over = true;
    read.release?.();
    this.#count--;
    read.resolve();
  }

  #fail(read: Read, error: Error): void {
    if (read.over) return;
    read.over = true;
    read.release?.();
    this.#count--;
    read.reject(error);
  }
}
