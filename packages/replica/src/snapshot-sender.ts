/**
 * Sends the applied state to followers that need entries which the log no longer has: one transfer a follower
 * at a time, over a connection of its own. What is sent is the state of the moment, which may be newer than
 * the point that raft named; the message says which.
 */
import type { MemberId, Message, SnapshotMeta } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import type { PeerTransport } from "./peer-transport.ts";
import { encodeState } from "./snapshot-codec.ts";

/** What becomes of the transfers. */
export interface SnapshotSenderHandlers {
  began(to: MemberId): void;
  /** The transfer ended after `ms`; raft goes on from there, or tries again. */
  finished(to: MemberId, ok: boolean, ms: number): void;
  note(line: string): void;
  now(): number;
}

/** The transfers of one member. */
export class SnapshotSender {
  readonly #transport: PeerTransport;
  readonly #handlers: SnapshotSenderHandlers;
  /** Index that each transfer under way stands at. */
  readonly #active = new Map<MemberId, number>();

  constructor(transport: PeerTransport, handlers: SnapshotSenderHandlers) {
    this.#transport = transport;
    this.#handlers = handlers;
  }

  /** Entries behind this index are still needed by a transfer under way; undefined where none is. */
  oldestIndex(): number | undefined {
    let oldest: number | undefined;
    for (const index of this.#active.values()) if (oldest === undefined || index < oldest) oldest = index;
    return oldest;
  }

  /** Starts the transfer that raft's `snap` message asks for, unless one to that member is under way. */
  send(message: Message, state: AppliedState): void {
    const to = message.to;
    if (this.#active.has(to)) return;
    const { appliedIndex: index, appliedTerm: term } = state.store;
    const meta: SnapshotMeta = { index, term, conf: state.membership.conf };
    this.#active.set(to, index);
    const head = { message: { ...message, snapshot: meta }, meta };
    this.#handlers.note(`sending a snapshot at index ${index} to member ${to.toString(16)}`);
    const begun = this.#handlers.now();
    this.#handlers.began(to);
    const finish = (ok: boolean, outcome: string): void => {
      this.#active.delete(to);
      this.#handlers.note(`the snapshot for member ${to.toString(16)} ${outcome}`);
      this.#handlers.finished(to, ok, this.#handlers.now() - begun);
    };
    this.#transport.sendSnapshot(to, head, encodeState(state.disk)).then(
      () => finish(true, "arrived"),
      (error: Error) => finish(false, `failed: ${error.message}`),
    );
  }
}
