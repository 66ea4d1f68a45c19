/**
 * Applies committed entries in order: to the store, to the membership, and to those who wait for an answer. A
 * slice is a few milliseconds long, so that heartbeats are never behind it; it ends by handing the store's
 * batch, with the applied index in it, to the ordered store, and only then are its requests answered:
 * watchers have their changes by then.
 */
import type { ApplyResult, Command, OrderedStore, Store, StoreWrite } from "@quorate/mvcc";
import type { Entry, MemberId } from "@quorate/raft";
import { decodeCommand, type LogCommand } from "./command-codec.ts";
import type { Membership } from "./membership.ts";
import { decodeProposal } from "./proposal-codec.ts";
import type { ProposalQueue } from "./proposal-queue.ts";

/** Bound: how long a slice may take. */
const SLICE_MS = 8;
/** Looking at the clock costs as much as an apply does. */
const ENTRIES_BETWEEN_LOOKS = 16;
/** Bound: bytes handed to the ordered store that it has not taken yet; applying waits beyond it. */
const UNWRITTEN_BYTES_MAX = 32 * 1024 * 1024;
/** Bound: how long answers wait for watchers that catch up with the history. */
const CATCH_UP_MS = 20;

/** What is applied to; replaced as a whole by a snapshot. */
export interface AppliedState {
  readonly store: Store;
  readonly membership: Membership;
  readonly disk: OrderedStore;
}

/** What applying an entry means outside the state. */
export interface ApplierHandlers {
  /** A configuration change is to be applied to raft and to the membership. */
  conf(entry: Entry, state: AppliedState): void;
  /** A command of the store was applied. */
  command(command: Command, result: ApplyResult): void;
  /** The names or addresses of members may have changed. */
  membershipChanged(): void;
  /** Entries up to here are applied. */
  applied(index: number): void;
  /** The state can't be read or written: the member must stop. */
  failed(error: Error): void;
  /** There is room again. */
  wake(): void;
}

interface Answer {
  readonly counter: number;
  readonly result: ApplyResult | undefined;
}

/** Whose entries these are, and what is measured. */
export interface ApplierOptions {
  readonly self: MemberId;
  readonly proposals: ProposalQueue;
  readonly now: () => number;
  /** The ordered store has taken a batch, after so long. */
  readonly written: (ms: number) => void;
}

/** The apply loop of one member. */
export class Applier {
  readonly #self: MemberId;
  readonly #proposals: ProposalQueue;
  readonly #now: () => number;
  readonly #written: (ms: number) => void;
  readonly #handlers: ApplierHandlers;
  #state: AppliedState;
  #queue: Entry[] = [];
  #at = 0;
  #lastTerm: number;
  #unwrittenBytes = 0;
  #stopped = false;

  constructor(state: AppliedState, options: ApplierOptions, handlers: ApplierHandlers) {
    this.#state = state;
    this.#self = options.self;
    this.#proposals = options.proposals;
    this.#now = options.now;
    this.#written = options.written;
    this.#handlers = handlers;
    this.#lastTerm = state.store.appliedTerm;
  }

  get state(): AppliedState {
    return this.#state;
  }

  /** Entries that wait to be applied. */
  get backlog(): number {
    return this.#queue.length - this.#at;
  }

  get canRun(): boolean {
    return this.backlog > 0 && !this.#stopped && this.#unwrittenBytes < UNWRITTEN_BYTES_MAX;
  }

  push(entries: readonly Entry[]): void {
    if (this.#at === this.#queue.length) {
      this.#queue = entries.slice();
      this.#at = 0;
    } else for (const entry of entries) this.#queue.push(entry);
  }

  /** The state was replaced by a snapshot: entries that it covers are dropped. */
  replace(state: AppliedState): void {
    this.#state = state;
    this.#lastTerm = state.store.appliedTerm;
    this.#queue = this.#queue.slice(this.#at).filter((entry) => entry.index > state.store.appliedIndex);
    this.#at = 0;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Applies a slice of what waits. */
  run(): void {
    if (!this.canRun) return;
    const answers: Answer[] = [];
    try {
      this.#applySlice(answers);
      this.writeBatch();
      this.#pumpWatches();
    } catch (error) {
      this.#stopped = true;
      this.#handlers.failed(error as Error);
      return;
    }
    for (const { counter, result } of answers) {
      if (!result) this.#proposals.resolve(counter, undefined);
      else if (result.ok) this.#proposals.resolve(counter, result.response);
      else this.#proposals.reject(counter, result.error);
    }
    this.#handlers.applied(this.#state.store.appliedIndex);
  }

  /** Hands what the store has gathered to the ordered store, with the membership where that changed. */
  writeBatch(): void {
    const { store, membership, disk } = this.#state;
    const { writes } = store.takeBatch();
    const member = membership.takeWrite();
    const batch: readonly StoreWrite[] = member ? [...writes, member] : writes;
    let bytes = 0;
    for (const write of batch) bytes += write.key.length + (write.type === "put" ? write.value.length : 0);
    this.#unwrittenBytes += bytes;
    const begun = this.#now();
    disk.write(batch).then(
      () => {
        this.#written(this.#now() - begun);
        const wasFull = this.#unwrittenBytes >= UNWRITTEN_BYTES_MAX;
        this.#unwrittenBytes -= bytes;
        if (wasFull) this.#handlers.wake();
      },
      (error: Error) => {
        if (this.#stopped || disk !== this.#state.disk) return;
        this.#stopped = true;
        this.#handlers.failed(error);
      },
    );
  }

  #applySlice(answers: Answer[]): void {
    const end = this.#now() + SLICE_MS;
    let looked = 0;
    while (this.#at < this.#queue.length) {
      const entry = this.#queue[this.#at++]!;
      if (entry.term > this.#lastTerm) {
        this.#lastTerm = entry.term;
        this.#proposals.termApplied(entry.term);
      }
      if (entry.index > this.#state.store.appliedIndex) this.#apply(entry, answers);
      if (++looked % ENTRIES_BETWEEN_LOOKS === 0 && this.#now() >= end) break;
    }
    if (this.#at === this.#queue.length) {
      this.#queue = [];
      this.#at = 0;
    }
  }

  #apply(entry: Entry, answers: Answer[]): void {
    const { store } = this.#state;
    if (entry.type === "conf") {
      this.#handlers.conf(entry, this.#state);
      store.skip(entry);
      return;
    }
    // The first entry of a term is empty.
    if (entry.data.length === 0) {
      store.skip(entry);
      return;
    }
    const proposal = decodeProposal(entry.data);
    const own = proposal.origin === this.#self ? this.#proposals.find(proposal.counter) : undefined;
    const command = (own?.decoded as LogCommand | undefined) ?? decodeCommand(proposal.command);
    if (command.op === "member-update") {
      this.#state.membership.update(command.member);
      store.skip(entry);
      this.#handlers.membershipChanged();
      if (own) answers.push({ counter: proposal.counter, result: undefined });
      return;
    }
    const result = store.apply(command, entry);
    this.#handlers.command(command, result);
    if (own) answers.push({ counter: proposal.counter, result });
  }

  #pumpWatches(): void {
    const { watches } = this.#state.store;
    if (!watches.hasBacklog) return;
    const end = this.#now() + CATCH_UP_MS;
    while (watches.pump() && this.#now() < end);
  }
}
