/** Leases of the source, granted in the target when the first key that hangs on one is copied. */
import { hasCode } from "@quorate/base";
import type { Kv, LeaseId } from "@quorate/mvcc";

/** A lease must outlive the writing of its keys. */
const TTL_SECONDS_MIN = 10;

/** The leases of one copy. */
export class LeaseCopier {
  readonly #source: Kv;
  readonly #target: Kv;
  readonly #isResumed: boolean;
  readonly #known = new Map<LeaseId, Promise<LeaseId | undefined>>();

  /** In a copy that goes on, leases of the same id are those that were granted before. */
  constructor(source: Kv, target: Kv, isResumed: boolean) {
    this.#source = source;
    this.#target = target;
    this.#isResumed = isResumed;
  }

  /** How many there were. */
  get count(): number {
    return this.#known.size;
  }

  /** The target's lease for one of the source: the same id where it is free; undefined where it has ended. */
  leaseFor(id: LeaseId): Promise<LeaseId | undefined> {
    let lease = this.#known.get(id);
    if (!lease) {
      lease = this.#copy(id);
      this.#known.set(id, lease);
    }
    return lease;
  }

  async #copy(id: LeaseId): Promise<LeaseId | undefined> {
    const { ttlSeconds } = await this.#source.leaseTimeToLive(id, false);
    if (ttlSeconds < 0) return undefined;
    const ttl = Math.max(TTL_SECONDS_MIN, ttlSeconds);
    try {
      return (await this.#target.leaseGrant({ id, ttlSeconds: ttl })).id;
    } catch (error) {
      if (!hasCode(error, "LEASE_EXISTS")) throw error;
      if (this.#isResumed) return id;
      return (await this.#target.leaseGrant({ id: 0n, ttlSeconds: ttl })).id;
    }
  }
}
