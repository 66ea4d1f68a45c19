/**
 * A watch as a cursor: a sequence number in the ring and a selector, no queue. What came before the cursor's start (the
 * initial objects, or history from the store) is a list that it walks first.
 */
import type { KubernetesObject } from "@quorate/object";
import type { ObjectWatch, StoredObject, WatchEvent } from "../resource-store.ts";
import { TypedEvent } from "./cache-event.ts";
import type { CachedObject } from "./cached-object.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Scope, Waiter } from "./wake-list.ts";

export interface CursorStart {
  /** Events to hand out before the ring's. */
  readonly before: readonly WatchEvent[];
  /** First sequence number of the ring that concerns the watcher. */
  readonly sequence: number;
  readonly revision: number;
}

export interface CursorOptions {
  readonly scope: Scope;
  /** Whether an object is of the watcher's business; undefined: all of the scope are. */
  readonly selects: ((object: CachedObject) => boolean) | undefined;
  readonly allowBookmarks: boolean;
  /** The revision that the caches have reached. */
  readonly feedRevision: () => number;
  readonly bookmarkOf: (revision: number, initialEventsEnd: boolean) => StoredObject;
  readonly lostOf: () => KubernetesObject;
  readonly onClose: (cursor: ObjectCursor) => void;
}

export class ObjectCursor implements ObjectWatch, Waiter {
  readonly #cache: ResourceCache;
  readonly #options: CursorOptions;
  #before: readonly WatchEvent[];
  #beforeAt = 0;
  #sequence: number;
  #revision: number;
  #ready: (() => void) | undefined;
  #isWaiting = false;
  #bookmarkDue = false;
  #isOver = false;
  #isLost = false;

  constructor(cache: ResourceCache, start: CursorStart, options: CursorOptions) {
    this.#cache = cache;
    this.#before = start.before;
    this.#sequence = start.sequence;
    this.#revision = start.revision;
    this.#options = options;
  }

  get revision(): number {
    return this.#revision;
  }

  next(into: WatchEvent[], max: number): number {
    let count = 0;
    if (this.#isOver) return 0;
    while (this.#beforeAt < this.#before.length && count < max) {
      const event = this.#before[this.#beforeAt++]!;
      into.push(event);
      count++;
    }
    if (this.#beforeAt >= this.#before.length && this.#before.length > 0) {
      this.#before = [];
      this.#beforeAt = 0;
    }
    if (count >= max) return count;
    const { ring } = this.#cache;
    if (this.#isLost || this.#sequence < ring.first) {
      this.#isOver = true;
      into.push(lostEvent(this.#options.lostOf()));
      return count + 1;
    }
    while (this.#sequence < ring.end && count < max) {
      const event = ring.at(this.#sequence++);
      this.#revision = Math.max(this.#revision, event.revision);
      const seen = this.#inScope(event.key) ? this.#seen(event) : undefined;
      if (!seen) continue;
      into.push(seen);
      count++;
    }
    if (this.#bookmarkDue && this.#sequence >= ring.end && count < max) {
      this.#bookmarkDue = false;
      this.#revision = Math.max(this.#revision, this.#options.feedRevision());
      into.push(new TypedEvent("BOOKMARK", this.#revision, this.#options.bookmarkOf(this.#revision, false)));
      count++;
    }
    return count;
  }

  #inScope(key: string): boolean {
    const { scope } = this.#options;
    if (scope.key !== undefined) return key === scope.key;
    return !scope.namespace || (key.startsWith(scope.namespace) && key[scope.namespace.length] === "/");
  }

  #seen(event: Parameters<typeof seenThrough>[0]): WatchEvent | undefined {
    return seenThrough(event, this.#options.selects);
  }

  onReady(callback: () => void): void {
    this.#ready = callback;
    const { ring } = this.#cache;
    const hasMore =
      this.#beforeAt < this.#before.length || this.#sequence < ring.end || this.#bookmarkDue || this.#isLost;
    if (hasMore && !this.#isOver) setImmediate(() => this.#call());
    else if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#cache.waiting.add(this, this.#options.scope);
    }
  }

  wake(sequence: number): void {
    this.#isWaiting = false;
    // Everything before was of no concern: it was caught up when it began to wait.
    this.#sequence = Math.max(this.#sequence, sequence);
    this.#call();
  }

  /** Asks for a BOOKMARK once everything else has been handed out. */
  requestBookmark(): void {
    if (!this.#options.allowBookmarks || this.#isOver) return;
    this.#bookmarkDue = true;
    this.#leaveQueue();
    this.#call();
  }

  /** The cache was rebuilt: the cursor's place means nothing any more. */
  lose(): void {
    this.#isLost = true;
    this.#leaveQueue();
    this.#call();
  }

  close(): void {
    this.#isOver = true;
    this.#ready = undefined;
    this.#leaveQueue();
    this.#options.onClose(this);
  }

  /** Before it leaves the queue, a cursor that was caught up passes over what did not concern it. */
  #leaveQueue(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#cache.waiting.remove(this, this.#options.scope);
    this.#sequence = Math.max(this.#sequence, this.#cache.ring.end);
  }

  #call(): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
  }
}

/** What an event is to a watcher with a selector. */
export function seenThrough(
  event: {
    readonly object: CachedObject | undefined;
    readonly previous: CachedObject | undefined;
    seenBy(was: boolean, is: boolean): TypedEvent | undefined;
  },
  selects: ((object: CachedObject) => boolean) | undefined,
): TypedEvent | undefined {
  const { object, previous } = event;
  if (!selects) return event.seenBy(previous !== undefined, object !== undefined);
  return event.seenBy(previous !== undefined && selects(previous), object !== undefined && selects(object));
}

/** The last event of a watch that can't go on: its object is a Status. */
export function lostEvent(status: KubernetesObject): WatchEvent {
  const json = Buffer.from(JSON.stringify(status));
  const object: StoredObject = {
    namespace: "",
    name: "",
    revision: 0,
    json,
    decode: () => structuredClone(status),
    encoded: (_form, encode) => encode(structuredClone(status)),
  };
  return new TypedEvent("ERROR", 0, object);
}
