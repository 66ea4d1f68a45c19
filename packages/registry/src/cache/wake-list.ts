/**
 * Watchers that have read everything and wait. They are filed by scope (all, a namespace, one object), so
 * that an event costs only those whom it may concern, and woken together: once an event-loop turn, or less
 * often where there are many (see `wake-pace.ts`).
 */
import type { Clock } from "@quorate/base";
import { WakePace } from "./wake-pace.ts";

/** Bound: waiters that are woken in one turn of the event loop; each writes to a socket. */
const WOKEN_MAX = 512;

/** Somebody who waits. `wake` gets the sequence number of the first event that may concern it. */
export interface Waiter {
  wake(sequence: number): void;
}

/** What a watcher is concerned with: one object, a namespace, or everything. */
export type Scope = { readonly namespace?: string; readonly key?: string };

/** Who waits for the next change of a resource. */
export class WakeList {
  readonly #all = new Set<Waiter>();
  readonly #byNamespace = new Map<string, Set<Waiter>>();
  readonly #byKey = new Map<string, Set<Waiter>>();
  readonly #pace: WakePace;
  /** From when a round is called for until it has ended. */
  #isUnderWay = false;
  #woken: Waiter[] = [];
  /** The sequence number for each of `#woken`. */
  #wokenAt: number[] = [];

  constructor(clock: Clock) {
    this.#pace = new WakePace(clock);
  }

  add(waiter: Waiter, scope: Scope): void {
    if (scope.key !== undefined) setOf(this.#byKey, scope.key).add(waiter);
    else if (scope.namespace) setOf(this.#byNamespace, scope.namespace).add(waiter);
    else this.#all.add(waiter);
  }

  /** Takes a waiter out; false where it does not wait, or is about to be woken. */
  remove(waiter: Waiter, scope: Scope): boolean {
    if (scope.key !== undefined) return drop(this.#byKey, scope.key, waiter);
    if (scope.namespace) return drop(this.#byNamespace, scope.namespace, waiter);
    return this.#all.delete(waiter);
  }

  /** Wakes whom an event of `key` may concern. */
  wake(key: string, sequence: number): void {
    if (this.#all.size > 0) {
      for (const waiter of this.#all) this.#schedule(waiter, sequence);
      this.#all.clear();
    }
    if (this.#byNamespace.size > 0) {
      const slash = key.indexOf("/");
      this.#wakeSet(this.#byNamespace, slash < 0 ? "" : key.slice(0, slash), sequence);
    }
    if (this.#byKey.size > 0) this.#wakeSet(this.#byKey, key, sequence);
  }

  #wakeSet(map: Map<string, Set<Waiter>>, name: string, sequence: number): void {
    const set = map.get(name);
    if (!set) return;
    map.delete(name);
    for (const waiter of set) this.#schedule(waiter, sequence);
  }

  #schedule(waiter: Waiter, sequence: number): void {
    this.#woken.push(waiter);
    this.#wokenAt.push(sequence);
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#pace.schedule(this.#round);
  }

  readonly #round = (): void => {
    const [woken, sequences] = [this.#woken, this.#wokenAt];
    this.#woken = [];
    this.#wokenAt = [];
    this.#wakeSlice(woken, sequences, { at: 0, startedMs: this.#pace.now() });
  };

  #wakeSlice(woken: readonly Waiter[], sequences: readonly number[], from: Slice): void {
    const end = Math.min(from.at + WOKEN_MAX, woken.length);
    for (let i = from.at; i < end; i++) woken[i]!.wake(sequences[i]!);
    if (end < woken.length) {
      setImmediate(() => this.#wakeSlice(woken, sequences, { at: end, startedMs: from.startedMs }));
      return;
    }
    this.#pace.ended(from.startedMs);
    this.#isUnderWay = this.#woken.length > 0;
    if (this.#isUnderWay) this.#pace.schedule(this.#round);
  }
}

interface Slice {
  readonly at: number;
  readonly startedMs: number;
}

function setOf(map: Map<string, Set<Waiter>>, name: string): Set<Waiter> {
  let set = map.get(name);
  if (!set) {
    set = new Set();
    map.set(name, set);
  }
  return set;
}

function drop(map: Map<string, Set<Waiter>>, name: string, waiter: Waiter): boolean {
  const set = map.get(name);
  if (!set?.delete(waiter)) return false;
  if (set.size === 0) map.delete(name);
  return true;
}
