/**
 * This member's proposals from the request to the answer. A proposal is attempted by handing it to the leader
 * of one term, who appends it in that term or never. So an attempt of term t is known to have failed as soon
 * as an entry of a later term is applied here: everything of term t that will ever be committed has been
 * applied before it. Only then, or when the leader says that it did not append, is a proposal attempted
 * again. Nothing is ever written twice.
 *
 *   attempt in term 4 -> leader dies -> entry of term 5 is applied -> attempt again in term 5
 *
 * Where the connection broke and the leader stays, the same attempt is repeated under its number: the leader
 * drops it where it had come. Safety: a refusal of a repeated attempt says nothing about the first time, at
 * which the leader may have been in an earlier life.
 */
import { kvError } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";
import { onAbort } from "./abort-listener.ts";
import { encodeProposals, type Proposal, proposalBytes } from "./proposal-codec.ts";

/** Bound: proposals waiting for an answer; more are refused with TOO_MANY_REQUESTS. */
const PENDING_MAX = 20_000;
/** Bound: an attempt takes further proposals up to this size. */
const ATTEMPT_BYTES = 512 * 1024;

interface PendingProposal extends Proposal {
  /** The decoded command, so that it need not be read again when it is applied. */
  readonly decoded: unknown;
  readonly deadline: number;
  /** Fails instead of being attempted in any other term; 0: any. */
  readonly onlyTerm: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Number of the batch that it is attempted in, 0 while it waits. */
  attempt: number;
  attemptTerm: number;
  /** Whether that batch was sent more than once. */
  isRepeated: boolean;
  /** Stops listening to the caller's signal. */
  release: (() => void) | undefined;
}

/** Proposals ready to be handed to a leader, one behind the other. */
export interface Attempt {
  readonly sequence: number;
  readonly data: Buffer;
}

/** All proposals of this member that have no answer yet. */
export class ProposalQueue {
  readonly #origin: MemberId;
  readonly #pending = new Map<number, PendingProposal>();
  #waiting: PendingProposal[] = [];
  /** Attempts that may have got lost on their way, by number, ascending. */
  #doubtful: (readonly [sequence: number, proposals: readonly PendingProposal[]])[] = [];
  #nextCounter: number;
  #failures = 0;
  #nextAttempt = 1;
  #closed: Error | undefined;

  /**
   * `firstCounter` must differ between the lives of a member, so that answers of an earlier one match
   * nothing.
   */
  constructor(origin: MemberId, firstCounter: number) {
    this.#origin = origin;
    this.#nextCounter = firstCounter;
  }

  /** Whether there is something to be handed to a leader. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#doubtful.length > 0;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Commands that had no answer in their time; not those that were carried out and refused. */
  get failures(): number {
    return this.#failures;
  }

  /** The answer of a command, once it has been applied here. */
  add(
    command: Uint8Array,
    decoded: unknown,
    options: {
      readonly deadline: number;
      readonly signal?: AbortSignal | undefined;
      readonly onlyTerm?: number;
    },
  ): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#pending.size >= PENDING_MAX) {
      return Promise.reject(kvError("TOO_MANY_REQUESTS"));
    }
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const counter = this.#nextCounter++;
      const proposal: PendingProposal = {
        origin: this.#origin,
        counter,
        command,
        decoded,
        deadline: options.deadline,
        onlyTerm: options.onlyTerm ?? 0,
        resolve,
        reject,
        attempt: 0,
        attemptTerm: 0,
        isRepeated: false,
        release: undefined,
      };
      proposal.release = onAbort(signal, (reason) => this.#fail(proposal, reason));
      this.#pending.set(counter, proposal);
      this.#waiting.push(proposal);
    });
  }

  /** Takes waiting proposals to be attempted in `term`; undefined where none waits. */
  takeAttempt(term: number): Attempt | undefined {
    const batch: PendingProposal[] = [];
    let bytes = 0;
    let taken = 0;
    for (const proposal of this.#waiting) {
      const size = proposalBytes(proposal.command);
      if (batch.length > 0 && bytes + size > ATTEMPT_BYTES) break;
      taken++;
      if (!this.#pending.has(proposal.counter)) continue;
      if (proposal.onlyTerm !== 0 && proposal.onlyTerm !== term) {
        this.#lose(proposal, kvError("LEADER_CHANGED"));
        continue;
      }
      bytes += size;
      batch.push(proposal);
    }
    this.#waiting = taken === this.#waiting.length ? [] : this.#waiting.slice(taken);
    if (batch.length === 0) return undefined;
    const sequence = this.#nextAttempt++;
    for (const proposal of batch) {
      proposal.attempt = sequence;
      proposal.attemptTerm = term;
      proposal.isRepeated = false;
    }
    return { sequence, data: encodeProposals(batch) };
  }

  /** The connection that attempts were sent over broke: they are to be repeated. */
  doubt(): void {
    const attempts = new Map<number, PendingProposal[]>();
    for (const proposal of this.#pending.values()) {
      if (proposal.attempt === 0) continue;
      const batch = attempts.get(proposal.attempt);
      if (batch) batch.push(proposal);
      else attempts.set(proposal.attempt, [proposal]);
    }
    this.#doubtful = [...attempts].sort(([a], [b]) => a - b);
  }

  /**
   * Passes the attempts of `term` that are in doubt to `send` again, in the order of their numbers, until it
   * says that one was not sent. False where there are more.
   */
  repeat(term: number, send: (attempt: Attempt) => boolean): boolean {
    while (this.#doubtful.length > 0) {
      const [sequence, proposals] = this.#doubtful[0]!;
      const batch = proposals.filter(
        ({ attempt, attemptTerm, counter }) =>
          attempt === sequence && attemptTerm === term && this.#pending.has(counter),
      );
      if (batch.length > 0) {
        for (const proposal of batch) proposal.isRepeated = true;
        if (!send({ sequence, data: encodeProposals(batch) })) return false;
      }
      this.#doubtful.shift();
    }
    return true;
  }

  /** The attempt was not appended and never will be: its proposals wait again. */
  refused(sequence: number): void {
    const again: PendingProposal[] = [];
    for (const proposal of this.#pending.values()) {
      if (proposal.attempt === sequence && !proposal.isRepeated) again.push(proposal);
    }
    this.#waitAgain(again);
  }

  /** An entry of `term` is about to be applied: attempts of earlier terms can't succeed any more. */
  termApplied(term: number): void {
    const again: PendingProposal[] = [];
    for (const proposal of this.#pending.values()) {
      if (proposal.attempt !== 0 && proposal.attemptTerm < term) again.push(proposal);
    }
    this.#waitAgain(again);
    this.#doubtful = this.#doubtful.filter(([sequence, all]) =>
      all.some(({ attempt }) => attempt === sequence),
    );
  }

  /**
   * The state jumped over entries up to one of `term`: what became of attempts of that term and before is not
   * known.
   */
  skippedTo(term: number): void {
    for (const proposal of [...this.#pending.values()]) {
      if (proposal.attempt === 0 || proposal.attemptTerm > term) continue;
      this.#lose(proposal, kvError("LEADER_CHANGED"));
    }
  }

  /** This member's own proposal, when it is about to be applied; undefined for one nobody waits for. */
  find(counter: number): { readonly decoded: unknown } | undefined {
    return this.#pending.get(counter);
  }

  resolve(counter: number, result: unknown): void {
    const proposal = this.#pending.get(counter);
    if (!proposal) return;
    this.#pending.delete(counter);
    proposal.release?.();
    proposal.resolve(result);
  }

  reject(counter: number, error: Error): void {
    const proposal = this.#pending.get(counter);
    if (proposal) this.#fail(proposal, error);
  }

  /** Fails what is over its time: NO_LEADER where nothing can have been written, TIMEOUT where it can. */
  expire(now: number): void {
    for (const proposal of [...this.#pending.values()]) {
      if (proposal.deadline > now) continue;
      this.#lose(proposal, kvError(proposal.attempt === 0 ? "NO_LEADER" : "TIMEOUT"));
    }
  }

  /** Fails everything, now and from now on. */
  close(error: Error): void {
    this.#closed = error;
    for (const proposal of [...this.#pending.values()]) this.#fail(proposal, error);
    this.#waiting = [];
    this.#doubtful = [];
  }

  #waitAgain(proposals: PendingProposal[]): void {
    if (proposals.length === 0) return;
    for (const proposal of proposals) proposal.attempt = 0;
    this.#waiting = proposals.concat(this.#waiting);
  }

  #lose(proposal: PendingProposal, error: Error): void {
    this.#failures++;
    this.#fail(proposal, error);
  }

  #fail(proposal: PendingProposal, error: Error): void {
    if (!this.#pending.delete(proposal.counter)) return;
    proposal.release?.();
    proposal.reject(error);
  }
}
