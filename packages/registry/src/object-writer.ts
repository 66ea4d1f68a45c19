/**
 * Conditional writes of one object: create where absent, replace and remove where unchanged. One txn each,
 * guarded by the key's mod revision, so that a try whose outcome is not known can be repeated and told apart
 * from somebody else's write.
 */
import { hasCode } from "@quorate/base";
import type { Compare, KeyValue, Kv, LeaseId, RequestOp, TxnRequest, TxnResponse } from "@quorate/mvcc";
import type { CachedObject } from "./cache/cached-object.ts";
import type { ResourceCache } from "./cache/resource-cache.ts";
import { statusOfKvError } from "./kv-status.ts";

/** What became of a conditional write. */
export type WriteOutcome =
  | { readonly written: true; readonly object: CachedObject }
  /**
   * A condition did not hold: `current` is what the store has, undefined where it has nothing. Where that is
   * what was expected, a companion was taken.
   */
  | { readonly written: false; readonly current: CachedObject | undefined };

/** What became of a conditional removal. */
export type RemoveOutcome =
  | { readonly removed: true; readonly revision: number }
  | { readonly removed: false; readonly current: CachedObject | undefined };

/**
 * A key that is written together with the object, in the same txn: what the object takes from a range of its
 * own. A value is written only where the key is absent; without one the key is deleted.
 */
export interface CompanionWrite {
  readonly key: string;
  readonly value: Buffer | undefined;
}

/** What a write carries along. */
export interface PutOptions {
  readonly lease?: LeaseId;
  readonly companions?: readonly CompanionWrite[];
}

/** Bound: tries of a write whose leader went while it was under way. */
const TRIES_MAX = 3;

interface Tried {
  readonly response: TxnResponse;
  /** An earlier try may have happened. */
  readonly isRepeated: boolean;
}

/** Writes of one resource, of bytes as they are stored. */
export class ObjectWriter {
  readonly #kv: Kv;
  readonly #cache: ResourceCache;

  constructor(kv: Kv, cache: ResourceCache) {
    this.#kv = kv;
    this.#cache = cache;
  }

  create(key: string, stored: Buffer, options: PutOptions = {}): Promise<WriteOutcome> {
    return this.#put(key, stored, 0, options);
  }

  /** Writes where the key still has `revision`. */
  replace(key: string, stored: Buffer, revision: number, options: PutOptions = {}): Promise<WriteOutcome> {
    return this.#put(key, stored, revision, options);
  }

  /** Deletes where the key still has `revision`. */
  async remove(
    key: string,
    revision: number,
    companions: readonly CompanionWrite[] = [],
  ): Promise<RemoveOutcome> {
    const bytes = this.#bytesOf(key);
    const request = guarded(bytes, revision, { op: "delete-range", request: { key: bytes } }, companions);
    const { response, isRepeated } = await this.#try(request);
    const kv = rangedKv(response);
    // A key that is gone after a try whose outcome is not known: that try has done it.
    const isDone = response.succeeded || (isRepeated && !kv);
    if (isDone) return { removed: true, revision: response.header.revision };
    return { removed: false, current: kv && this.#objectOf(key, kv) };
  }

  async #put(
    key: string,
    stored: Buffer,
    revision: number,
    { lease = 0n, companions = [] }: PutOptions,
  ): Promise<WriteOutcome> {
    const bytes = this.#bytesOf(key);
    const put: RequestOp = { op: "put", request: { key: bytes, value: stored, lease } };
    const { response, isRepeated } = await this.#try(guarded(bytes, revision, put, companions));
    if (response.succeeded)
      return { written: true, object: this.objectAt(key, response.header.revision, stored) };
    const kv = rangedKv(response);
    // The value holds a uid or the state it replaces: nobody else has written just these bytes.
    if (isRepeated && kv && stored.equals(kv.value)) {
      return { written: true, object: this.objectAt(key, kv.modRevision, stored) };
    }
    return { written: false, current: kv && this.#objectOf(key, kv) };
  }

  /** What was just written, as the cache has it: the cache is never behind an answer of the store. */
  objectAt(key: string, revision: number, stored: Buffer): CachedObject {
    return this.#cache.known(key, revision, stored);
  }

  #objectOf(key: string, kv: KeyValue): CachedObject {
    return this.#cache.known(key, kv.modRevision, kv.value);
  }

  async #try(request: TxnRequest): Promise<Tried> {
    for (let tries = 1; ; tries++) {
      try {
        return { response: await this.#kv.txn(request), isRepeated: tries > 1 };
      } catch (error) {
        if (tries >= TRIES_MAX || !hasCode(error, "LEADER_CHANGED")) throw statusOfKvError(error);
      }
    }
  }

  #bytesOf(key: string): Buffer {
    return Buffer.from(this.#cache.prefix + key);
  }
}

/**
 * The txn that does `write` where the key still has `revision` (0: is absent), and else tells what is there.
 */
function guarded(
  key: Buffer,
  revision: number,
  write: RequestOp,
  companions: readonly CompanionWrite[],
): TxnRequest {
  const compare: Compare[] = [{ target: "mod", key, result: "equal", modRevision: revision }];
  const success = [write];
  for (const companion of companions) {
    const other = Buffer.from(companion.key);
    if (companion.value) {
      compare.push({ target: "mod", key: other, result: "equal", modRevision: 0 });
      success.push({ op: "put", request: { key: other, value: companion.value } });
    } else success.push({ op: "delete-range", request: { key: other } });
  }
  return { compare, success, failure: [{ op: "range", request: { key } }] };
}

function rangedKv(response: TxnResponse): KeyValue | undefined {
  const answer = response.responses[0];
  return answer?.op === "range" ? answer.response.kvs[0] : undefined;
}
