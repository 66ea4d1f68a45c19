/**
 * One change of one object, shared by all watchers of its resource. Its frames are encoded once for each form
 * and kept while the event is young: almost all watchers read an event soon after it came.
 */
import type { StoredObject, WatchEvent, WatchEventType } from "../resource-store.ts";
import type { CachedObject } from "./cached-object.ts";

/** A view of an event with the type that a watcher's selector gives it. */
export class TypedEvent implements WatchEvent {
  readonly type: WatchEventType;
  readonly revision: number;
  readonly object: StoredObject;
  #frames: Map<string, Buffer> | undefined;

  constructor(type: WatchEventType, revision: number, object: StoredObject) {
    this.type = type;
    this.revision = revision;
    this.object = object;
  }

  frame(form: string, encode: (type: WatchEventType, object: StoredObject) => Buffer): Buffer {
    let frame = this.#frames?.get(form);
    if (!frame) {
      frame = encode(this.type, this.object);
      this.#frames ??= new Map();
      this.#frames.set(form, frame);
    }
    return frame;
  }

  dropFrames(): void {
    this.#frames = undefined;
  }
}

/** A change with the states before and after it. */
export class CacheEvent {
  readonly revision: number;
  readonly key: string;
  /** The state after; undefined for a deletion. */
  readonly object: CachedObject | undefined;
  readonly previous: CachedObject | undefined;
  readonly atMs: number;
  #added: TypedEvent | undefined;
  #modified: TypedEvent | undefined;
  #deleted: TypedEvent | undefined;

  constructor(
    revision: number,
    key: string,
    object: CachedObject | undefined,
    previous: CachedObject | undefined,
    atMs: number,
  ) {
    this.revision = revision;
    this.key = key;
    this.object = object;
    this.previous = previous;
    this.atMs = atMs;
  }

  /**
   * What the event is to a watcher that was, and is, concerned with the object; undefined for none of its
   * business.
   */
  seenBy(wasSelected: boolean, isSelected: boolean): TypedEvent | undefined {
    const { revision } = this;
    if (isSelected && wasSelected) {
      this.#modified ??= new TypedEvent("MODIFIED", revision, this.object!);
      return this.#modified;
    }
    if (isSelected) {
      this.#added ??= new TypedEvent("ADDED", revision, this.object!);
      return this.#added;
    }
    if (!wasSelected) return undefined;
    this.#deleted ??= new TypedEvent("DELETED", revision, this.previous!.atRevision(revision));
    return this.#deleted;
  }

  dropFrames(): void {
    this.#added?.dropFrames();
    this.#modified?.dropFrames();
    this.#deleted?.dropFrames();
  }

  get bytes(): number {
    return (this.object ?? this.previous)?.bytes ?? 0;
  }
}
