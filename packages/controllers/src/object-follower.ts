/**
 * Follows a resource through its watch cache: every object that is there, then every change, in order. It
 * keeps nothing itself. Where the cache was rebuilt it begins anew, telling so first: what was deleted
 * meanwhile is not told then.
 */
import { type Clock, messageOf, type Timer } from "@quorate/base";
import type { FieldSelector } from "@quorate/object";
import type { ObjectWatch, ResourceStore, StoredObject, WatchEvent } from "@quorate/registry";
import type { Log } from "./log.ts";

/** Called in the order of the changes, within one turn for a batch; they must not throw. */
export interface FollowerHandlers {
  /** An object is there, or has changed. */
  readonly seen: (object: StoredObject) => void;
  /** An object is gone; `object` is its last state. */
  readonly gone?: (object: StoredObject) => void;
  /** All objects are told anew from here. */
  readonly restarted?: () => void;
}

/** What is followed. */
export interface FollowerOptions {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly fieldSelector?: FieldSelector;
}

/** Bound: events handled before others get their turn. */
const BATCH_MAX = 200;
const RETRY_MS = 500;

/** May be started and stopped many times; after `stop` no handler is called any more. */
export class ObjectFollower {
  readonly #options: FollowerOptions;
  readonly #handlers: FollowerHandlers;
  #watch: ObjectWatch | undefined;
  #timer: Timer | undefined;
  #stopped = true;
  #isCaughtUp = false;
  #waiting: (() => void)[] = [];
  /** Tells one start from the next, for what was under way when it was stopped. */
  #run = 0;

  constructor(options: FollowerOptions, handlers: FollowerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#open(++this.#run);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#watch?.close();
    this.#watch = undefined;
    this.#release();
  }

  /**
   * Resolves once everything that the cache knows has been told, the objects of the start included; or at its
   * stop.
   */
  untilCaughtUp(): Promise<void> {
    if (this.#isCaughtUp || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #isOver(run: number): boolean {
    return this.#stopped || run !== this.#run;
  }

  async #open(run: number): Promise<void> {
    const { store, fieldSelector } = this.#options;
    try {
      const watch = await store.watch({
        namespace: "",
        resourceVersion: "0",
        allowBookmarks: false,
        ...(fieldSelector && { fieldSelector }),
      });
      if (this.#isOver(run)) {
        watch.close();
        return;
      }
      this.#watch = watch;
      this.#handlers.restarted?.();
      this.#pump(watch, run);
    } catch (error) {
      this.#retry(run, messageOf(error));
    }
  }

  #pump(watch: ObjectWatch, run: number): void {
    if (this.#isOver(run)) return;
    const events: WatchEvent[] = [];
    const count = watch.next(events, BATCH_MAX);
    for (const { type, object } of events) {
      if (type === "ERROR") {
        watch.close();
        this.#retry(run, object.json.toString("utf8"));
        return;
      }
      if (type === "DELETED") this.#handlers.gone?.(object);
      else if (type !== "BOOKMARK") this.#handlers.seen(object);
    }
    this.#isCaughtUp = count < BATCH_MAX;
    if (this.#isCaughtUp) this.#release();
    // What waits is read in a turn of its own.
    watch.onReady(() => this.#pump(watch, run));
  }

  #retry(run: number, why: string): void {
    if (this.#isOver(run)) return;
    this.#isCaughtUp = false;
    const { resource } = this.#options.store.resource;
    this.#options.log("debug", `following ${resource} begins anew`, { why });
    this.#timer = this.#options.clock.setTimer(RETRY_MS, () => {
      if (!this.#isOver(run)) void this.#open(run);
    });
  }
}
