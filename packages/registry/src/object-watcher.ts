/**
 * Opens watches on one resource: decides where a cursor starts (references 1.322 to 1.326). What goes wrong
 * once the watch is admitted comes as an ERROR event in the stream, as the reference does.
 */
import { hasCode } from "@quorate/base";
import { expired, type KubernetesObject, StatusError } from "@quorate/object";
import { apiVersionOf, type ResourceTable } from "@quorate/schema";
import { TypedEvent } from "./cache/cache-event.ts";
import { type CursorStart, type HistoryPiece, ObjectCursor } from "./cache/object-cursor.ts";
import { plainObject } from "./cache/plain-object.ts";
import { readHistory } from "./cache/read-history.ts";
import { statusOfKvError } from "./kv-status.ts";
import { readPage } from "./read-page.ts";
import type { ResourceBase } from "./resource-base.ts";
import type { ObjectWatch, WatchEvent, WatchOptions } from "./resource-store.ts";
import { type Selection, selectionOf } from "./selection.ts";

/** The annotation of the bookmark behind the objects that a watch begins with. */
export const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Bound: tries to read on in the store's history over lost connections. */
const HISTORY_TRIES_MAX = 5;

/** The open watches of one resource. */
export class ObjectWatcher {
  readonly #base: ResourceBase;
  readonly #resource: ResourceTable;
  readonly #cursors = new Set<ObjectCursor>();
  /** The newest bookmark: watchers that ask in the same moment share it. */
  #bookmark: WatchEvent | undefined;

  constructor(base: ResourceBase, resource: ResourceTable) {
    this.#base = base;
    this.#resource = resource;
  }

  /** Of the resource's keys in the store. */
  get keyPrefix(): string {
    return this.#base.cache.prefix;
  }

  /** How many watches are open. */
  get size(): number {
    return this.#cursors.size;
  }

  async watch(options: WatchOptions): Promise<ObjectWatch> {
    const selection = selectionOf(this.#resource, options);
    let start: CursorStart;
    let failure: unknown;
    try {
      start = await this.#start(options, selection);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failure = error;
      start = { revision: this.#base.feed.revision };
    }
    const cursor = this.#open(start, selection, options.allowBookmarks);
    if (failure) cursor.fail(failure);
    return cursor;
  }

  /** Ends all watches with an ERROR event. */
  fail(error: unknown): void {
    for (const cursor of this.#cursors) cursor.fail(error);
  }

  /** The cache was rebuilt. */
  displace(): void {
    for (const cursor of this.#cursors) cursor.displace();
  }

  async #start(options: WatchOptions, selection: Selection): Promise<CursorStart> {
    const base = this.#base;
    const { resourceVersion: asked = "", sendInitialEvents } = options;
    if (!base.cache.isLoaded) await base.loaded();
    const fromNow = asked === "" || asked === "0";
    const withInitial = sendInitialEvents ?? fromNow;
    if (withInitial) {
      if (asked === "") await base.freshness.latest();
      else if (asked !== "0") await base.freshness.notOlderThan(Number(asked));
      const { revision } = base.feed;
      const view = { tree: base.cache.tree, revision, start: selection.start, limit: 0 };
      return { revision, initial: (await readPage(view, selection)).items };
    }
    if (!fromNow) return { revision: Number(asked) };
    if (asked === "") await base.freshness.latest();
    return { revision: base.feed.revision };
  }

  #open(start: CursorStart, selection: Selection, allowBookmarks: boolean): ObjectCursor {
    const { cache, feed } = this.#base;
    const { key, namespace, selects } = selection;
    const cursor = new ObjectCursor(start, {
      cache,
      scope: key !== undefined ? { key } : namespace !== undefined ? { namespace } : {},
      selects,
      allowBookmarks,
      feedRevision: () => feed.revision,
      bookmarkOf: (revision, initialEventsEnd) => this.#bookmarkOf(revision, initialEventsEnd),
      readHistory: (revision) => this.#readHistory(revision),
      onClose: (closed) => void this.#cursors.delete(closed),
    });
    this.#cursors.add(cursor);
    return cursor;
  }

  async #readHistory(revision: number): Promise<HistoryPiece> {
    const { kv, cache, freshness } = this.#base;
    for (let tries = 1; ; tries++) {
      try {
        return await readHistory(kv, cache, revision);
      } catch (error) {
        if (hasCode(error, "COMPACTED")) {
          throw expired(`too old resource version: ${revision} (${error.details.compactRevision})`);
        }
        const isPassing = hasCode(error, "UNAVAILABLE", "SLOW_WATCHER") && tries < HISTORY_TRIES_MAX;
        if (!isPassing) throw statusOfKvError(error);
        // The connection comes back for the feed first.
        await freshness.latest();
      }
    }
  }

  #bookmarkOf(revision: number, initialEventsEnd: boolean): WatchEvent {
    const isSame = this.#bookmark?.revision === revision && !initialEventsEnd;
    if (isSame) return this.#bookmark!;
    const { storage, kind } = this.#resource;
    const object: KubernetesObject = {
      kind,
      apiVersion: apiVersionOf(storage.group, storage.version),
      metadata: {
        resourceVersion: String(revision),
        ...(initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: "true" } } : {}),
      },
    };
    const event = new TypedEvent("BOOKMARK", revision, plainObject(object, revision));
    if (!initialEventsEnd) this.#bookmark = event;
    return event;
  }
}
