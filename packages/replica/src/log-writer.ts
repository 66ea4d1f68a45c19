/**
 * Feeds the durable log, one write at a time: what raft hands over while a write is under way goes together
 * into the next one (group commit). What waits for a write is released in the order in which it came.
 */
import type { Entry, HardState, Message } from "@quorate/raft";
import type { DurableLog, LogPoint } from "./durable-log.ts";

interface Pending {
  readonly reset: LogPoint | undefined;
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  readonly trim: LogPoint | undefined;
  readonly messages: readonly Message[];
  readonly done: (() => void) | undefined;
  readonly mustSync: boolean;
}

/** What becomes of the writes. */
export interface LogWriterHandlers {
  /** These entries are durable, and so is what the messages promise. */
  persisted(entries: readonly Entry[], messages: readonly Message[]): void;
  /** The log can't be written any more: the member must stop. */
  failed(error: Error): void;
  /** How long a write took, in milliseconds. */
  measured?(ms: number): void;
}

/** Bound: bytes of entries in one write; a single Ready may be larger. */
const WRITE_BYTES_MAX = 16 * 1024 * 1024;

const EMPTY: Pending = {
  reset: undefined,
  entries: [],
  hardState: undefined,
  trim: undefined,
  messages: [],
  done: undefined,
  mustSync: false,
};

/** The only caller of a DurableLog. */
export class LogWriter {
  readonly #log: DurableLog;
  readonly #handlers: LogWriterHandlers;
  readonly #now: () => number;
  #pending: Pending[] = [];
  #writing = false;
  #failed = false;
  #writtenBytes = 0;
  /** A commit index that need not be synced by itself. */
  #lazy: HardState | undefined;
  #idle: (() => void)[] = [];

  constructor(log: DurableLog, now: () => number, handlers: LogWriterHandlers) {
    this.#log = log;
    this.#now = now;
    this.#handlers = handlers;
  }

  /** Takes over what a Ready wants written; `messages` are released once it is. */
  write(work: {
    readonly entries: readonly Entry[];
    readonly hardState?: HardState;
    readonly mustSync: boolean;
    readonly afterPersist: readonly Message[];
  }): void {
    const lazy = !work.mustSync && work.entries.length === 0;
    if (lazy && work.hardState) this.#lazy = work.hardState;
    if (lazy && work.afterPersist.length === 0) return;
    this.#submit({
      ...EMPTY,
      entries: work.entries,
      hardState: lazy ? undefined : work.hardState,
      messages: work.afterPersist,
      mustSync: !lazy,
    });
  }

  /** Starts the log over behind a snapshot; `done` is called when that is durable, before `persisted`. */
  reset(
    point: LogPoint,
    work: {
      readonly entries: readonly Entry[];
      readonly hardState?: HardState;
      readonly afterPersist: readonly Message[];
    },
    done: () => void,
  ): void {
    const { entries, hardState, afterPersist: messages } = work;
    this.#submit({ ...EMPTY, reset: point, entries, hardState, messages, done, mustSync: true });
  }

  /** Bytes of entries that were handed to the disk since the start. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Gives the space of entries up to `point` back. */
  trim(point: LogPoint): void {
    this.#submit({ ...EMPTY, trim: point, mustSync: true });
  }

  /** Resolves when all that was handed over is durable, or the log has failed. */
  async drained(): Promise<void> {
    if (this.#lazy && !this.#failed) this.#submit({ ...EMPTY, mustSync: true });
    if (this.#writing) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #submit(pending: Pending): void {
    if (this.#failed) return;
    if (!this.#writing && !pending.mustSync) {
      this.#release([pending]);
      return;
    }
    this.#pending.push(pending);
    if (!this.#writing) void this.#run();
  }

  async #run(): Promise<void> {
    this.#writing = true;
    while (this.#pending.length > 0 && !this.#failed) {
      const group = this.#takeGroup();
      const start = this.#now();
      try {
        if (group.some((one) => one.mustSync)) await this.#append(group);
      } catch (error) {
        this.#failed = true;
        this.#pending = [];
        this.#handlers.failed(error as Error);
        break;
      }
      this.#handlers.measured?.(this.#now() - start);
      this.#release(group);
    }
    this.#writing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /**
   * What goes into the next write. A reset forgets what is before it, so it always comes first in its own.
   */
  #takeGroup(): readonly Pending[] {
    let count = 0;
    let bytes = 0;
    for (const one of this.#pending) {
      if (count > 0 && (one.reset || bytes > WRITE_BYTES_MAX)) break;
      for (const entry of one.entries) bytes += entry.data.length;
      count++;
    }
    this.#writtenBytes += bytes;
    return this.#pending.splice(0, count);
  }

  #append(group: readonly Pending[]): Promise<void> {
    const first = group[0]!;
    let entries = first.entries;
    let hardState = this.#lazy;
    let trim: LogPoint | undefined;
    if (group.length > 1) entries = group.flatMap((one) => one.entries);
    for (const one of group) {
      // A lazy state is newer than those that were handed over before it, but never than one of a higher
      // commit.
      if (one.hardState && !isOlder(one.hardState, hardState)) hardState = one.hardState;
      trim = one.trim ?? trim;
    }
    this.#lazy = undefined;
    return this.#log.append({
      entries,
      ...(first.reset ? { reset: first.reset } : undefined),
      ...(hardState ? { hardState } : undefined),
      ...(trim ? { trim } : undefined),
    });
  }

  #release(group: readonly Pending[]): void {
    for (const one of group) {
      one.done?.();
      if (one.entries.length > 0 || one.messages.length > 0)
        this.#handlers.persisted(one.entries, one.messages);
    }
  }
}

function isOlder(state: HardState, than: HardState | undefined): boolean {
  if (!than) return false;
  return state.term < than.term || (state.term === than.term && state.commit < than.commit);
}
