/**
 * The client's view during a failure: steady writes, linearizable reads and a watch, each spread over all
 * members, every attempt recorded with its start, end and outcome.
 */

import { pause } from "../pause.ts";
import type { Outcome, ProbeClient } from "./probe-client.ts";

/** One write or read. */
export interface Attempt {
  readonly kind: "write" | "read";
  readonly member: number;
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: Outcome;
}

/** One object at the watch. */
export interface WatchArrival {
  readonly name: string;
  readonly atMs: number;
}

/** From the break of a watch to its next confirmation. */
export interface WatchBreak {
  readonly brokenMs: number;
  readonly restoredMs: number;
}

/** All that a probe saw. */
export interface ProbeRecord {
  readonly attempts: readonly Attempt[];
  readonly arrivals: readonly WatchArrival[];
  readonly watchBreaks: readonly WatchBreak[];
  /** True where the watch had to start over from a list: its history was gone. */
  readonly watchRelisted: boolean;
}

/** The load. */
export interface ProbeOptions {
  /** One a member; the probe closes them. */
  readonly clients: readonly ProbeClient[];
  /** Writers and readers for each member: each has one request under way at a time. */
  readonly writersPerMember: number;
  readonly readersPerMember: number;
}

/** Bound: how often one writer or reader starts an attempt, so that the load is steady. */
const PERIOD_MS = 25;
/** A watch that broke turns to the next member after so long. */
const WATCH_AGAIN_MS = 20;
/** A watch without events for so long, under steady writes, is given up: its member may be frozen. */
const WATCH_SILENCE_MS = 2_000;
/** Bound: an event that is not there so long after the end of the load is missed. */
const CATCH_UP_MS = 10_000;
/** For events that nobody was told of, or that come twice. */
const SETTLE_MS = 500;

/** Milliseconds since the Unix epoch by the monotonic clock, comparable between processes of one machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Runs from `start` to `stop`. */
export class Probe implements ProbeRecord {
  readonly attempts: Attempt[] = [];
  readonly arrivals: WatchArrival[] = [];
  readonly watchBreaks: WatchBreak[] = [];
  watchRelisted = false;
  readonly #options: ProbeOptions;
  readonly #loadStopped = new AbortController();
  readonly #watchStopped = new AbortController();
  #load: Promise<unknown> = Promise.resolve();
  #watch: Promise<unknown> = Promise.resolve();
  #sequence = 0;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Opens the watch and starts the load. */
  async start(): Promise<void> {
    const { clients, writersPerMember, readersPerMember } = this.#options;
    const position = await clients[0]!.position();
    this.#watch = this.#keepWatching(position);
    const loops = clients.flatMap((_, member) => [
      ...Array.from({ length: writersPerMember }, () => this.#keepTrying("write", member)),
      ...Array.from({ length: readersPerMember }, () => this.#keepTrying("read", member)),
    ]);
    this.#load = Promise.all(loops);
  }

  /** Ends the load, waits for what is under way, and for the watch to have everything that was acknowledged. */
  async stop(): Promise<void> {
    this.#loadStopped.abort();
    await this.#load;
    const limit = performance.now() + CATCH_UP_MS;
    while (this.#isWatchBehind() && performance.now() < limit) await pause(WATCH_AGAIN_MS);
    await pause(SETTLE_MS);
    this.#watchStopped.abort();
    await this.#watch;
  }

  #isWatchBehind(): boolean {
    const seen = new Set(this.arrivals.map(({ name }) => name));
    return this.attempts.some(
      ({ kind, outcome, name }) => kind === "write" && outcome === "ok" && !seen.has(name),
    );
  }

  async #keepTrying(kind: "write" | "read", member: number): Promise<void> {
    const client = this.#options.clients[member]!;
    while (!this.#loadStopped.signal.aborted) {
      const name = `w-${this.#sequence++}`;
      const startedMs = nowMs();
      const outcome = await (kind === "write" ? client.write(name) : client.read());
      const endedMs = nowMs();
      this.attempts.push({ kind, member, name, startedMs, endedMs, outcome });
      const rest = PERIOD_MS - (endedMs - startedMs);
      if (rest > 0) await pause(rest);
    }
  }

  /** One watch that goes on at the next member from its last position whenever it breaks. */
  async #keepWatching(position: string): Promise<void> {
    const { clients } = this.#options;
    const { signal } = this.#watchStopped;
    let from = position;
    let brokenMs: number | undefined;
    for (let member = 0; !signal.aborted; member = (member + 1) % clients.length) {
      const opened = () => {
        if (brokenMs !== undefined) this.watchBreaks.push({ brokenMs, restoredMs: nowMs() });
        brokenMs = undefined;
      };
      const silent = new AbortController();
      const watchdog = setTimeout(() => silent.abort(), WATCH_SILENCE_MS);
      const created = (name: string, next: string) => {
        watchdog.refresh();
        if (name) this.arrivals.push({ name, atMs: nowMs() });
        from = next;
      };
      const expired = () => {
        this.watchRelisted = true;
      };
      const either = AbortSignal.any([signal, silent.signal]);
      await clients[member]!.watch(from, { opened, created, expired }, either);
      clearTimeout(watchdog);
      brokenMs ??= nowMs();
      if (!signal.aborted) await pause(WATCH_AGAIN_MS);
    }
  }
}
