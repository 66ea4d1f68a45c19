/**
 * A watch as a cursor: a sequence number in the ring and a selector, no queue. What lies before the ring is
 * walked first: the objects that the watch starts with, or history, which is read from the store piece by
 * piece as the reader takes it. A cursor that was overtaken by the ring goes back to history, and ends only
 * where the store has forgotten its place.
 *
 *   start at 17, ring holds 40..95:  history (17, 40) -> ring 40..95 -> waits
 */
import { type KubernetesObject, StatusError } from "@quorate/object";
import type { ObjectWatch, WatchEvent } from "../resource-store.ts";
import { type CacheEvent, TypedEvent } from "./cache-event.ts";
import type { CachedObject } from "./cached-object.ts";
import type { EventRing } from "./event-ring.ts";
import { plainObject } from "./plain-object.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Scope, Waiter } from "./wake-list.ts";

/** Changes after a revision, as far as one read goes. */
export interface HistoryPiece {
  readonly events: readonly CacheEvent[];
  /** Every change up to this revision is among `events`. */
  readonly revision: number;
}

/** What a cursor needs of its store. */
export interface CursorOptions {
  readonly cache: ResourceCache;
  readonly scope: Scope;
  /** Whether an object is of the watcher's business; undefined: all of the scope are. */
  readonly selects: ((object: CachedObject) => boolean) | undefined;
  readonly allowBookmarks: boolean;
  /** The revision that the caches have reached. */
  readonly feedRevision: () => number;
  readonly bookmarkOf: (revision: number, initialEventsEnd: boolean) => WatchEvent;
  /** Reads the changes after a revision; rejects with a StatusError where that can't be done. */
  readonly readHistory: (revision: number) => Promise<HistoryPiece>;
  readonly onClose: (cursor: ObjectCursor) => void;
}

/** Where a cursor starts: every change after `revision` concerns it. */
export interface CursorStart {
  readonly revision: number;
  /** The selected objects as of `revision`, to be handed out as ADDED. */
  readonly initial?: readonly CachedObject[];
}

const NO_EVENTS: readonly CacheEvent[] = [];

/** One watcher's place. */
export class ObjectCursor implements ObjectWatch, Waiter {
  readonly #options: CursorOptions;
  #initial: readonly CachedObject[] | undefined;
  #initialAt = 0;
  /** Events of history that have not been handed out. */
  #past: readonly CacheEvent[] = NO_EVENTS;
  #pastAt = 0;
  #pastRevision = 0;
  /** The ring that `#sequence` is a place in; undefined: the place is `#revision`. */
  #ring: EventRing | undefined;
  #sequence = 0;
  readonly #startRevision: number;
  #revision: number;
  #ready: (() => void) | undefined;
  #isReading = false;
  #bookmarkDue = false;
  #isOver = false;
  #failure: KubernetesObject | undefined;

  constructor(start: CursorStart, options: CursorOptions) {
    this.#options = options;
    this.#startRevision = start.revision;
    this.#revision = start.revision;
    this.#initial = start.initial;
    this.#enterRing();
  }

  get revision(): number {
    return this.#revision;
  }

  next(into: WatchEvent[], max: number): number {
    if (this.#isOver) return 0;
    const before = into.length;
    this.#takeInitial(into, before + max);
    while (into.length - before < max && this.#take(into, before + max));
    return into.length - before;
  }

  onReady(callback: () => void): void {
    if (this.#isOver) return;
    this.#ready = callback;
    const { cache, scope } = this.#options;
    if (this.#hasMore()) setImmediate(() => this.#call());
    else if (!this.#isReading) cache.waiting.add(this, scope);
  }

  wake(sequence: number): void {
    // Everything before was of no concern: the cursor was caught up when it began to wait.
    if (this.#ring === this.#options.cache.ring) this.#sequence = Math.max(this.#sequence, sequence);
    this.#call();
  }

  requestBookmark(): void {
    if (!this.#options.allowBookmarks || this.#isOver) return;
    this.#bookmarkDue = true;
    this.#leaveQueue();
    this.#call();
  }

  /** The cache was rebuilt: the cursor's place in the ring means nothing any more. */
  displace(): void {
    const { waiting } = this.#options.cache;
    waiting.remove(this, this.#options.scope);
    this.#call();
  }

  /** Ends the watch with an ERROR event that holds the Status. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#failure = statusObject(error);
    this.#leaveQueue();
    this.#call();
  }

  close(): void {
    this.#isOver = true;
    this.#ready = undefined;
    this.#leaveQueue();
    this.#options.onClose(this);
  }

  #takeInitial(into: WatchEvent[], end: number): void {
    const initial = this.#initial;
    if (!initial) return;
    while (this.#initialAt < initial.length && into.length < end) {
      const object = initial[this.#initialAt++]!;
      if (!this.#isReadable(object)) return;
      into.push(new TypedEvent("ADDED", object.revision, object));
    }
    if (this.#initialAt < initial.length || into.length >= end) return;
    this.#initial = undefined;
    if (this.#options.allowBookmarks) into.push(this.#options.bookmarkOf(this.#revision, true));
  }

  /** Takes from wherever the cursor stands; false where nothing more is to be had now. */
  #take(into: WatchEvent[], end: number): boolean {
    if (this.#initial) return false;
    if (this.#pastAt < this.#past.length) {
      this.#takePast(into, end);
      return true;
    }
    if (this.#failure) {
      this.#isOver = true;
      into.push(new TypedEvent("ERROR", 0, plainObject(this.#failure)));
      return false;
    }
    if (!this.#enterRing()) {
      this.#readOn();
      return false;
    }
    if (this.#takeRing(into, end)) return true;
    if (!this.#bookmarkDue) return false;
    this.#bookmarkDue = false;
    this.#revision = Math.max(this.#revision, this.#options.feedRevision());
    into.push(this.#options.bookmarkOf(this.#revision, false));
    return false;
  }

  #takePast(into: WatchEvent[], end: number): void {
    const past = this.#past;
    while (
      this.#pastAt < past.length &&
      !this.#failure &&
      (into.length < end || past[this.#pastAt]!.revision === this.#revision)
    ) {
      this.#see(past[this.#pastAt++]!, into);
    }
    if (this.#pastAt < past.length) return;
    this.#past = NO_EVENTS;
    this.#pastAt = 0;
    this.#revision = this.#pastRevision;
  }

  /** Safety: never stops within a revision, so that `#revision` alone says what has been handed out. */
  #takeRing(into: WatchEvent[], end: number): boolean {
    const ring = this.#ring!;
    const from = this.#sequence;
    while (this.#sequence < ring.end && !this.#failure) {
      const event = ring.at(this.#sequence);
      if (into.length >= end && event.revision !== this.#revision) break;
      this.#sequence++;
      this.#see(event, into);
    }
    return this.#sequence > from;
  }

  #see(event: CacheEvent, into: WatchEvent[]): void {
    // A watch may start at a revision that is yet to come.
    if (event.revision <= this.#startRevision) return;
    this.#revision = Math.max(this.#revision, event.revision);
    if (!this.#inScope(event.key) || !this.#isReadable(event.object) || !this.#isReadable(event.previous))
      return;
    const seen = seenThrough(event, this.#options.selects);
    if (seen) into.push(seen);
  }

  /** An object that can't be read ends the watch. */
  #isReadable(object: CachedObject | undefined): boolean {
    try {
      object?.requireReadable();
      return true;
    } catch (error) {
      this.#initial = undefined;
      this.#past = NO_EVENTS;
      this.#failure = statusObject(error);
      return false;
    }
  }

  #inScope(key: string): boolean {
    const { key: only, namespace } = this.#options.scope;
    if (only !== undefined) return key === only;
    return !namespace || (key.startsWith(namespace) && key[namespace.length] === "/");
  }

  /**
   * Whether the cursor stands in the ring; it goes there from history where the ring holds all that comes
   * next.
   */
  #enterRing(): boolean {
    const { ring } = this.#options.cache;
    if (this.#ring === ring && this.#sequence >= ring.first) return true;
    this.#ring = undefined;
    if (this.#revision < ring.completeSince) return false;
    this.#ring = ring;
    this.#sequence = ring.after(this.#revision);
    return true;
  }

  #readOn(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#options.readHistory(this.#revision).then(
      ({ events, revision }) => {
        this.#past = events;
        this.#pastAt = 0;
        this.#pastRevision = revision;
        if (events.length === 0) this.#revision = Math.max(this.#revision, revision);
        this.#isReading = false;
        this.#call();
      },
      (error) => {
        this.#isReading = false;
        this.fail(error);
      },
    );
  }

  #hasMore(): boolean {
    if (this.#initial || this.#pastAt < this.#past.length || this.#failure) return true;
    if (this.#isReading) return false;
    return !this.#ring || !this.#enterRing() || this.#sequence < this.#ring.end || this.#bookmarkDue;
  }

  /**
   * Before it leaves the queue, a cursor that was caught up passes over what did not concern it. Safety: one
   * that is no longer in the queue is about to be woken for an event that it has not seen.
   */
  #leaveQueue(): void {
    const { cache, scope } = this.#options;
    if (!cache.waiting.remove(this, scope)) return;
    if (this.#ring === cache.ring) this.#sequence = Math.max(this.#sequence, cache.ring.end);
  }

  #call(): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
  }
}

/** What an event is to a watcher with a selector. */
export function seenThrough(
  event: CacheEvent,
  selects: ((object: CachedObject) => boolean) | undefined,
): TypedEvent | undefined {
  const { object, previous } = event;
  if (!selects) return event.seenBy(previous !== undefined, object !== undefined);
  return event.seenBy(previous !== undefined && selects(previous), object !== undefined && selects(object));
}

function statusObject(error: unknown): KubernetesObject {
  if (error instanceof StatusError) return error.status as unknown as KubernetesObject;
  const message = `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: "InternalError",
    code: 500,
  } as unknown as KubernetesObject;
}
