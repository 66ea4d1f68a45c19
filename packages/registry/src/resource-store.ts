/**
 * The seam between the front door and the objects: one `ResourceStore` a resource, the same for built-in and
 * custom kinds. Reads answer with bytes (`StoredObject.json`), never re-encoded; writes take decoded objects.
 */
import type { FieldSelector, KubernetesObject, LabelSelector } from "@quorate/object";
import type { ResourceTable, StrategyContext, SubresourceName } from "@quorate/schema";

/** One object revision, shared by get, list and watch. Immutable. */
export interface StoredObject {
  readonly namespace: string;
  readonly name: string;
  /** mod_revision of its key: the object's resourceVersion. */
  readonly revision: number;
  /** JSON as served in the storage version, resourceVersion spliced in. Must not be changed. */
  readonly json: Buffer;
  /** A fresh decoded copy, the caller's to change. */
  decode(): KubernetesObject;
  /**
   * Encoded once for each (group version, media type), then shared; `encode` makes the bytes on the first
   * call.
   */
  encoded(form: string, encode: (object: KubernetesObject) => Buffer): Buffer;
}

/** What a client said about the point in time it wants (references 1.306-1.331). */
export interface ReadPoint {
  /** undefined or "": most recent. "0": any. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "" | "NotOlderThan" | "Exact";
}

/** Which objects, as of when, and how many at a time. */
export interface ListOptions extends ReadPoint {
  /** "" lists all namespaces (or a cluster-scoped resource). */
  readonly namespace: string;
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
  readonly limit?: number;
  readonly continue?: string;
}

/** A page: its objects, and how to go on where there are more. */
export interface ListResult {
  readonly items: readonly StoredObject[];
  readonly revision: number;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Which objects, and from when on. */
export interface WatchOptions extends ReadPoint {
  readonly namespace: string;
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents?: boolean;
}

/** The types of watch events on the wire. */
export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/**
 * One event of the shared ring. `frame` gives the encoded watch frame; it is made at most once for each
 * `form` (version and media type) and shared by every watcher.
 */
export interface WatchEvent {
  readonly type: WatchEventType;
  readonly revision: number;
  readonly object: StoredObject;
  frame(form: string, encode: (type: WatchEventType, object: StoredObject) => Buffer): Buffer;
}

/**
 * A cursor over the ring. The socket's owner pulls: `next` fills up to `max` events and returns how many;
 * when there is none, `onReady` is called once when there may be. No queue grows on behalf of a slow reader.
 * BOOKMARK events come when asked for; an ERROR event (its object holds a Status) is the last.
 */
export interface ObjectWatch {
  next(into: WatchEvent[], max: number): number;
  onReady(callback: () => void): void;
  /**
   * Asks for a BOOKMARK event once all others have been handed out; nothing where bookmarks are not allowed.
   */
  requestBookmark(): void;
  /** The revision up to which everything has been handed out: what a bookmark would say. */
  readonly revision: number;
  close(): void;
}

/** On whose behalf and with what admission a write is done. */
export interface WriteContext extends StrategyContext {
  /** Runs validating admission on what is about to be stored; throws StatusError to refuse. */
  readonly admit?: (next: KubernetesObject, current: KubernetesObject | undefined) => Promise<void>;
  /** Collects texts for the Warning header. */
  readonly warn?: (text: string) => void;
}

/** What an update may do besides changing what is there. */
export interface UpdateOptions {
  /** Create the object where it is absent (kinds with createOnUpdate, server-side apply). */
  readonly createIfAbsent?: boolean;
}

/** meta/v1 DeleteOptions, checked. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What became of a deletion. */
export interface DeleteResult {
  /** The object as it was last (deleted), or as it is now (held by finalizers or a grace period). */
  readonly object: StoredObject;
  readonly deleted: boolean;
}

/** The objects of one resource. Every method throws StatusErrors, ready for the client. */
export interface ResourceStore {
  readonly resource: ResourceTable;
  get(namespace: string, name: string, point?: ReadPoint): Promise<StoredObject>;
  list(options: ListOptions): Promise<ListResult>;
  watch(options: WatchOptions): Promise<ObjectWatch>;
  /**
   * `object` is decoded, defaulted and admitted (mutating); takes it over. Fills uid, times, generation,
   * generateName.
   */
  create(object: KubernetesObject, context: WriteContext): Promise<StoredObject>;
  /**
   * Reads, calls `change` with a copy of the current object (undefined where absent and createIfAbsent),
   * writes what it returns if nobody was faster, else starts again. A resourceVersion in the returned
   * metadata that is not the current one is a Conflict. Returns `created` when it was absent.
   */
  update(
    namespace: string,
    name: string,
    change: (current: KubernetesObject | undefined) => KubernetesObject | Promise<KubernetesObject>,
    context: WriteContext,
    options?: UpdateOptions,
  ): Promise<{ readonly object: StoredObject; readonly created: boolean }>;
  delete(
    namespace: string,
    name: string,
    options: DeleteOptions,
    context: WriteContext,
  ): Promise<DeleteResult>;
  deleteCollection(list: ListOptions, options: DeleteOptions, context: WriteContext): Promise<ListResult>;
}

/** What a server holds of one resource, for metrics and flow control. */
export interface ResourceStatistics {
  readonly group: string;
  readonly resource: string;
  readonly objects: number;
  /** Changes that watches can be resumed from without asking the store. */
  readonly recentChanges: number;
  readonly watches: number;
}

/** All stores of one API server. */
export interface ObjectStores {
  store(group: string, resource: string): ResourceStore;
  /** One entry a stored resource, from memory. */
  statistics(): readonly ResourceStatistics[];
  /** The revision up to which the caches know every change. */
  readonly revision: number;
  /** Resolves once the cache has loaded; rejects where the store can't be read. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export type { SubresourceName };
