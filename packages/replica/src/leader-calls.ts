/**
 * Calls that only the leader can answer (lease renewal, membership changes, handing over): carried out here
 * where this member leads, sent to the leader otherwise. They wait for a leader as writes do. A call that may
 * have reached a leader is sent again only where its operation can be repeated.
 */
import { type Clock, CodedError, hasCode } from "@quorate/base";
import { kvError } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";
import { pack, unpackObject } from "./control-codec.ts";
import type { PeerMessage } from "./peer-transport.ts";

/** What can be asked. Plain data, as it travels. */
export type LeaderCall =
  | { readonly op: "lease-renew"; readonly lease: bigint }
  | { readonly op: "lease-remaining"; readonly lease: bigint }
  | {
      readonly op: "change-members";
      readonly change: "add" | "add-learner" | "promote" | "remove";
      readonly member: bigint;
      readonly peerUrls: readonly string[];
    }
  /** Takes a new member in and one out, through a joint configuration: both or neither. */
  | {
      readonly op: "replace-member";
      readonly leaving: bigint;
      readonly member: bigint;
      readonly peerUrls: readonly string[];
      readonly asLearner: boolean;
    }
  | { readonly op: "move-leader"; readonly member: bigint }
  /** For any member: the hash of its data at a revision. */
  | { readonly op: "hash-kv"; readonly revision: number };

const REPEATABLE: ReadonlySet<LeaderCall["op"]> = new Set(["lease-renew", "lease-remaining", "hash-kv"]);
/** Bound: calls that wait for the leader. */
const CALLS_MAX = 10_000;
const RETRY_MS = 500;

interface Waiting {
  readonly call: LeaderCall;
  readonly deadline: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** The member that is asked; undefined: whoever leads. */
  readonly target: MemberId | undefined;
  /** Whom it was sent to, 0n while it waits for a leader. */
  sentTo: MemberId;
  sentAt: number;
}

/** What the calls need of the replica. */
export interface LeaderCallsOptions {
  readonly clock: Clock;
  readonly session: number;
  /** Carries a call out on this member, which leads. */
  readonly carryOut: (call: LeaderCall) => Promise<unknown>;
  /** This member's id, and the leader's (0n: none). */
  readonly self: MemberId;
  readonly leader: () => MemberId;
  readonly send: (to: MemberId, message: PeerMessage) => void;
}

/** The calls of this member to the leader, and those of others to this one. */
export class LeaderCalls {
  readonly #options: LeaderCallsOptions;
  readonly #waiting = new Map<number, Waiting>();
  #nextSequence = 1;
  #closed: Error | undefined;

  constructor(options: LeaderCallsOptions) {
    this.#options = options;
  }

  /** Asks whoever leads, or `target`. */
  ask(call: LeaderCall, deadline: number, target?: MemberId): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting.size >= CALLS_MAX) return Promise.reject(kvError("TOO_MANY_REQUESTS"));
    return new Promise((resolve, reject) => {
      const sequence = this.#nextSequence++;
      const waiting: Waiting = { call, deadline, resolve, reject, target, sentTo: 0n, sentAt: 0 };
      this.#waiting.set(sequence, waiting);
      this.#attempt(sequence, waiting);
    });
  }

  /** Another member asks. Throws MALFORMED_FRAME where that can't be read. */
  asked(from: MemberId, message: PeerMessage & { kind: "ask" }): void {
    const { session, sequence } = message;
    const answer = (body: unknown): void => {
      this.#options.send(from, { kind: "answer", session, sequence, body: pack(body) });
    };
    const call = unpackObject(message.body) as unknown as LeaderCall;
    const { self, leader, carryOut } = this.#options;
    if (leader() !== self && call.op !== "hash-kv") {
      answer({ code: "NOT_LEADER", message: "this member does not lead" });
      return;
    }
    carryOut(call).then(
      (result) => answer({ result }),
      (error: Error) => answer({ code: (error as CodedError).code ?? "UNAVAILABLE", message: error.message }),
    );
  }

  /** Another member answers. Throws MALFORMED_FRAME where that can't be read. */
  answered(message: PeerMessage & { kind: "answer" }): void {
    if (message.session !== this.#options.session) return;
    const waiting = this.#waiting.get(message.sequence);
    if (!waiting) return;
    const body = unpackObject(message.body) as { result?: unknown; code?: string; message?: string };
    if (body.code === "NOT_LEADER") {
      // It was not carried out: ask whoever leads, at the next tick.
      waiting.sentTo = 0n;
      return;
    }
    this.#waiting.delete(message.sequence);
    if (body.code === undefined) waiting.resolve(body.result);
    else waiting.reject(new CodedError(body.code, body.message ?? ""));
  }

  /** Fails calls over their time, sends those that can be sent (again). */
  tick(now: number): void {
    for (const [sequence, waiting] of [...this.#waiting]) {
      if (waiting.deadline <= now) {
        this.#waiting.delete(sequence);
        waiting.reject(kvError(waiting.sentTo === 0n ? "NO_LEADER" : "TIMEOUT"));
      } else this.#attempt(sequence, waiting);
    }
  }

  close(error: Error): void {
    this.#closed = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #attempt(sequence: number, waiting: Waiting): void {
    const { self, leader, clock, session } = this.#options;
    const to = waiting.target ?? leader();
    if (to === 0n) return;
    if (waiting.sentTo !== 0n) {
      const overdue = waiting.sentTo !== to || clock.now() - waiting.sentAt >= RETRY_MS;
      if (!overdue || !REPEATABLE.has(waiting.call.op)) return;
    }
    waiting.sentTo = to;
    waiting.sentAt = clock.now();
    if (to === self) this.#carryOutHere(sequence, waiting);
    else this.#options.send(to, { kind: "ask", session, sequence, body: pack(waiting.call) });
  }

  #carryOutHere(sequence: number, waiting: Waiting): void {
    this.#options.carryOut(waiting.call).then(
      (result) => {
        if (this.#waiting.delete(sequence)) waiting.resolve(result);
      },
      (error: Error) => {
        if (hasCode(error, "NOT_LEADER")) waiting.sentTo = 0n;
        else if (this.#waiting.delete(sequence)) waiting.reject(error);
      },
    );
  }
}
