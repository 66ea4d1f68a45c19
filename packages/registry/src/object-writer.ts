/**
 * Conditional writes of one object: create where absent, replace and remove where unchanged. One txn each,
 * guarded by the key's mod revision, so that a try whose outcome is not known can be repeated and told apart
 * from somebody else's write.
 */
import { hasCode } from "@quorate/base";
import type { Compare, KeyValue, Kv, RequestOp, TxnRequest, TxnResponse } from "@quorate/mvcc";
import type { CachedObject } from "./cache/cached-object.ts";
import type { ResourceCache } from "./cache/resource-cache.ts";
import { statusOfKvError } from "./kv-status.ts";
import type { LeasePool } from "./lease-pool.ts";

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

/** Bound: tries of a write whose leader went while it was under way. */
const TRIES_MAX = 3;

const UID = '"uid":"';
const QUOTE = '"';

interface Tried {
  readonly response: TxnResponse;
  /** An earlier try may have happened. */
  readonly isRepeated: boolean;
  readonly lastError: unknown;
}

/** Writes of one resource, of bytes as they are stored. */
export class ObjectWriter {
  readonly #kv: Kv;
  readonly #cache: ResourceCache;
  readonly #leases: LeasePool | undefined;

  /** `leases`: the objects expire; each write begins their lifetime anew. */
  constructor(kv: Kv, cache: ResourceCache, leases?: LeasePool) {
    this.#kv = kv;
    this.#cache = cache;
    this.#leases = leases;
  }

  create(key: string, stored: Buffer, companions?: readonly CompanionWrite[]): Promise<WriteOutcome> {
    return this.replace(key, stored, 0, companions);
  }

  /** Writes where the key still has `revision`. */
  async replace(
    key: string,
    stored: Buffer,
    revision: number,
    companions: readonly CompanionWrite[] = [],
  ): Promise<WriteOutcome> {
    const tried = await this.#put(key, stored, revision, companions);
    const { response, isRepeated } = tried;
    if (response.succeeded) return this.#written(key, response.header.revision, stored);
    const kv = rangedKv(response);
    if (!isRepeated || !kv) return { written: false, current: kv && this.#objectOf(key, kv) };
    // An earlier try may have done it. The value holds a uid or the state it replaces: these bytes are ours.
    if (stored.equals(kv.value)) return this.#written(key, kv.modRevision, stored);
    if (revision === 0 && holdsSameUid(stored, kv.value))
      return this.#written(key, kv.createRevision, stored);
    if (revision === 0) return { written: false, current: this.#objectOf(key, kv) };
    throw statusOfKvError(tried.lastError);
  }

  /** Deletes where the key still has `revision`. */
  async remove(
    key: string,
    revision: number,
    companions: readonly CompanionWrite[] = [],
  ): Promise<RemoveOutcome> {
    const bytes = this.#bytesOf(key);
    const request = guarded(bytes, revision, { op: "delete-range", request: { key: bytes } }, companions);
    const { response, isRepeated } = await this.#try(request).catch((error) => {
      throw statusOfKvError(error);
    });
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
    companions: readonly CompanionWrite[],
  ): Promise<Tried> {
    const bytes = this.#bytesOf(key);
    for (let isAgain = false; ; isAgain = true) {
      const lease = (await this.#leases?.take()) ?? 0n;
      const put: RequestOp = { op: "put", request: { key: bytes, value: stored, lease } };
      try {
        return await this.#try(guarded(bytes, revision, put, companions));
      } catch (error) {
        // A lease that was shared may be gone, by hand or with a restored store.
        if (isAgain || !this.#leases || !hasCode(error, "LEASE_NOT_FOUND")) throw statusOfKvError(error);
        this.#leases.forget(lease);
      }
    }
  }

  #written(key: string, revision: number, stored: Buffer): WriteOutcome {
    return { written: true, object: this.objectAt(key, revision, stored) };
  }

  /** What was just written, as the cache has it: the cache is never behind an answer of the store. */
  objectAt(key: string, revision: number, stored: Buffer): CachedObject {
    return this.#cache.known(key, revision, stored);
  }

  #objectOf(key: string, kv: KeyValue): CachedObject {
    return this.#cache.known(key, kv.modRevision, kv.value);
  }

  async #try(request: TxnRequest): Promise<Tried> {
    let lastError: unknown;
    for (let tries = 1; ; tries++) {
      try {
        return { response: await this.#kv.txn(request), isRepeated: tries > 1, lastError };
      } catch (error) {
        if (tries >= TRIES_MAX || !hasCode(error, "LEADER_CHANGED")) throw error;
        lastError = error;
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

/** Whether two stored values are states of one object. */
function holdsSameUid(ours: Buffer, theirs: Uint8Array): boolean {
  const at = ours.indexOf(UID);
  if (at < 0) return false;
  return Buffer.from(theirs).includes(ours.subarray(at, ours.indexOf(QUOTE, at + UID.length) + 1));
}

function rangedKv(response: TxnResponse): KeyValue | undefined {
  const answer = response.responses[0];
  return answer?.op === "range" ? answer.response.kvs[0] : undefined;
}
