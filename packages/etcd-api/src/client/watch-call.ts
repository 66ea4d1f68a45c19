/**
 * One watch on a stream of etcd's watch rpc.
 *
 * etcd says how far a watch has come in three ways: an event says it for its own revision, since a revision's
 * events come in one message (the header's revision may be ahead of events still to come); an idle watch is
 * told now and then; and a stream that asks is told once it is synced, else not at all, so that who asks has
 * to ask again.
 */

import type { ServiceError } from "@grpc/grpc-js";
import { type Clock, CodedError, messageOf, type Timer } from "@quorate/base";
import type { Change, Revision, Watch, WatchRequest, WatchSink } from "@quorate/mvcc";
import type * as pb from "../generated/etcd-types.ts";
import { codeOfRpcError, GRPC } from "../rpc-error.ts";
import { changeOf, watchMessage } from "./client-messages.ts";
import { EtcdFailure, failureOf } from "./etcd-failure.ts";
import type { WatchRpc } from "./watch-set.ts";

/** What a watch is run with. */
export interface WatchCallOptions {
  readonly clock: Clock;
  readonly endpoint: string;
  /** Told when the stream failed in a way that concerns the whole connection. */
  readonly failed: (failure: EtcdFailure) => void;
  /** Called once when the watch is over. */
  readonly ended: () => void;
}

interface Waiter {
  readonly revision: Revision;
  readonly resolve: () => void;
}

/** Between two questions for progress, as kube-apiserver's. */
const ASK_AGAIN_MS = 100;
/** The watch id of an answer to a question for progress. */
const ANSWER_ID = -1;
/** Where a member lags behind the one that answered. */
const LAGGING_MS = 10;

/** One watch and its stream; it runs from its making on. */
export class WatchCall implements Watch {
  /** Resolves when the store has started the watch, or it is over. */
  readonly known: Promise<void>;
  readonly #stream: WatchRpc;
  readonly #sink: WatchSink;
  readonly #options: WatchCallOptions;
  readonly #startRevision: Revision;
  #setKnown: () => void = () => {};
  #isKnown = false;
  #isOver = false;
  #reached: Revision;
  #waiters: Waiter[] = [];
  #progressWanted = false;
  #asking = false;
  #askTimer: Timer | undefined;

  constructor(stream: WatchRpc, request: WatchRequest, sink: WatchSink, options: WatchCallOptions) {
    this.#stream = stream;
    this.#sink = sink;
    this.#options = options;
    this.#startRevision = request.startRevision ?? 0;
    this.#reached = Math.max(0, this.#startRevision - 1);
    this.known = new Promise((resolve) => {
      this.#setKnown = resolve;
    });
    stream.on("data", (message: pb.WatchResponse) => this.#received(message));
    stream.on("error", (error: ServiceError) => this.#failed(error));
    stream.on("end", () => setImmediate(() => this.end(this.#unavailable("the store ended the watch"))));
    stream.write({ create_request: watchMessage(request) });
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Whether everything up to `revision` has been delivered, or nothing more will be. */
  hasReached(revision: Revision): boolean {
    return this.#isOver || (this.#isKnown && this.#reached >= revision);
  }

  /** Resolves when `hasReached(revision)`. */
  reach(revision: Revision): Promise<void> {
    if (this.hasReached(revision)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ revision, resolve });
      this.#askSoon();
    });
  }

  cancel(): void {
    this.#finish();
  }

  requestProgress(): void {
    this.#progressWanted = true;
    this.#ask();
  }

  /** Ends the watch and tells its owner why. */
  end(reason: Error): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sink.closed(reason);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#askTimer?.cancel();
    this.#stream.cancel();
    this.#setKnown();
    this.#options.ended();
    this.#wake();
  }

  #received(message: pb.WatchResponse): void {
    if (this.#isOver) return;
    try {
      if (message.created) this.#created(message);
      if (message.canceled) this.#cancelled(message);
      else if (message.events.length > 0) this.#deliver(message.events);
      else if (!message.created) this.#progress(message);
    } catch (error) {
      this.end(this.#unavailable(`a message of the store can't be read: ${messageOf(error)}`));
    }
    if (!this.#isOver) this.#wake();
  }

  /** A watch of what comes next has nothing to deliver up to where it started. */
  #created(message: pb.WatchResponse): void {
    this.#isKnown = true;
    if (this.#startRevision === 0) this.#reached = message.header?.revision ?? 0;
    this.#setKnown();
  }

  #cancelled(message: pb.WatchResponse): void {
    const compactRevision = message.compact_revision;
    const code = codeOfRpcError(GRPC.UNKNOWN, message.cancel_reason);
    if (compactRevision > 0 || code === "COMPACTED") {
      const text = "mvcc: required revision has been compacted";
      this.end(new CodedError("COMPACTED", text, { details: { compactRevision } }));
    } else if (message.cancel_reason === "") {
      this.end(this.#unavailable("the store cancelled the watch"));
    } else {
      this.end(failureOf(this.#options.endpoint, GRPC.UNKNOWN, message.cancel_reason));
    }
  }

  /** The store may send several revisions in a message: one batch each. */
  #deliver(events: readonly pb.Event[]): void {
    let changes: Change[] = [];
    let revision = 0;
    const flush = (): void => {
      if (changes.length === 0 || this.#isOver) return;
      this.#reached = Math.max(this.#reached, revision);
      this.#sink.batch({ revision, changes });
    };
    for (const event of events) {
      const change = changeOf(event);
      if (change.kv.modRevision !== revision) {
        flush();
        changes = [];
        revision = change.kv.modRevision;
      }
      changes.push(change);
    }
    flush();
  }

  /** Its owner is told what it asked for; what an answer's order needs is ours alone. */
  #progress(message: pb.WatchResponse): void {
    const isAnswer = message.watch_id === ANSWER_ID;
    this.#reached = Math.max(this.#reached, message.header?.revision ?? 0);
    if (isAnswer) {
      this.#asking = false;
      this.#askTimer?.cancel();
      if (!this.#progressWanted) return;
      this.#progressWanted = false;
    }
    this.#sink.batch({ revision: this.#reached, changes: [] });
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => !this.hasReached(waiter.revision));
    for (const waiter of waiters) if (this.hasReached(waiter.revision)) waiter.resolve();
    // An answer that was too old: the member lags behind the one that told the revision.
    if (this.#waiters.length > 0 && !this.#asking) this.#askAfter(LAGGING_MS);
  }

  /** Events that are on their way make the question unnecessary. */
  #askSoon(): void {
    if (this.#asking) return;
    this.#asking = true;
    setImmediate(() => {
      this.#asking = false;
      this.#askIfNeeded();
    });
  }

  #askIfNeeded(): void {
    if (this.#waiters.length > 0 || this.#progressWanted) this.#ask();
  }

  #ask(): void {
    if (this.#isOver || this.#asking) return;
    this.#asking = true;
    this.#stream.write({ progress_request: {} });
    this.#askAfter(ASK_AGAIN_MS);
  }

  #askAfter(delayMs: number): void {
    this.#askTimer?.cancel();
    this.#askTimer = this.#options.clock.setTimer(delayMs, () => {
      this.#asking = false;
      this.#askIfNeeded();
    });
  }

  #failed(error: ServiceError): void {
    if (this.#isOver) return;
    const failure = failureOf(this.#options.endpoint, error.code, error.details ?? "");
    // Whatever broke it, its owner may start again from its place, and is told so by the one code for that.
    const reason =
      failure.outcome === "answered"
        ? failure
        : new EtcdFailure("UNAVAILABLE", failure.message, failure.outcome, failure.isEndpointBad);
    if (reason.isEndpointBad) this.#options.failed(reason);
    this.end(reason);
  }

  #unavailable(text: string): EtcdFailure {
    return new EtcdFailure("UNAVAILABLE", `${text} (${this.#options.endpoint})`, "unknown", true);
  }
}
