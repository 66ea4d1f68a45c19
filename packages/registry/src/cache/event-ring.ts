/**
 * The recent changes of a resource in order: what watchers read by cursor, and what past states are rebuilt
 * from. Each event has a sequence number; the ring keeps those of the last HISTORY_MS, more than EVENTS_MIN
 * of them, and never more than EVENTS_MAX or BYTES_MAX.
 */
import type { CacheEvent } from "./cache-event.ts";

const EVENTS_MIN = 100;
const EVENTS_MAX = 102_400;
const BYTES_MAX = 64 << 20;
const HISTORY_MS = 75_000;
/** Encoded frames are kept for the newest events only. */
const FRAMES_KEPT = 1_024;

/** The recent changes of one resource. */
export class EventRing {
  #events: CacheEvent[] = [];
  #head = 0;
  #firstSequence = 0;
  #bytes = 0;
  /** Every change after this revision is in the ring. */
  #completeSince: number;

  constructor(completeSince: number) {
    this.#completeSince = completeSince;
  }

  get completeSince(): number {
    return this.#completeSince;
  }

  /** Sequence number of the oldest event, and the one that the next event will get. */
  get first(): number {
    return this.#firstSequence;
  }

  get end(): number {
    return this.#firstSequence + this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  at(sequence: number): CacheEvent {
    return this.#events[this.#head + sequence - this.#firstSequence]!;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += event.bytes;
    const aged = this.end - FRAMES_KEPT;
    if (aged >= this.#firstSequence) this.at(aged).dropFrames();
    while (this.#isOver(event.atMs)) this.#dropOldest();
  }

  /** The sequence number of the first event after `revision`. */
  after(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#firstSequence + low - this.#head;
  }

  #isOver(nowMs: number): boolean {
    const count = this.#events.length - this.#head;
    if (count <= EVENTS_MIN) return false;
    if (count > EVENTS_MAX || this.#bytes > BYTES_MAX) return true;
    return nowMs - this.#events[this.#head]!.atMs > HISTORY_MS;
  }

  #dropOldest(): void {
    const event = this.#events[this.#head]!;
    this.#completeSince = event.revision;
    this.#bytes -= event.bytes;
    this.#head++;
    this.#firstSequence++;
    if (this.#head > 1_024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}
