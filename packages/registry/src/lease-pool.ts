/**
 * Leases for objects that expire. Objects written within a short time share one, so that a burst of events
 * does not make a lease each; the lease lives a little longer than the objects were promised.
 */
import type { Clock } from "@quorate/base";
import type { Kv, LeaseId } from "@quorate/mvcc";

/** Bounds of sharing: time, share of the lifetime, objects. */
const SHARED_SECONDS_MAX = 60;
const SHARED_PART = 0.05;
const OBJECTS_MAX = 1_000;

interface Shared {
  /** Once it was granted. */
  lease?: LeaseId;
  readonly id: Promise<LeaseId>;
  readonly untilMs: number;
  objects: number;
}

/** Hands out leases of one lifetime. */
export class LeasePool {
  readonly #kv: Kv;
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #sharedMs: number;
  #current: Shared | undefined;

  constructor(kv: Kv, clock: Clock, ttlSeconds: number) {
    this.#kv = kv;
    this.#clock = clock;
    this.#ttlSeconds = ttlSeconds;
    this.#sharedMs = Math.min(SHARED_SECONDS_MAX, ttlSeconds * SHARED_PART) * 1_000;
  }

  /** A lease that ends no sooner than the lifetime from now. */
  async take(): Promise<LeaseId> {
    const nowMs = this.#clock.now();
    let shared = this.#current;
    if (!shared || nowMs >= shared.untilMs || shared.objects >= OBJECTS_MAX) {
      shared = { id: this.#grant(), untilMs: nowMs + this.#sharedMs, objects: 0 };
      this.#current = shared;
    }
    shared.objects++;
    try {
      shared.lease = await shared.id;
      return shared.lease;
    } catch (error) {
      if (this.#current === shared) this.#current = undefined;
      throw error;
    }
  }

  /** The store does not know the lease any more. */
  forget(lease: LeaseId): void {
    if (this.#current?.lease === lease) this.#current = undefined;
  }

  async #grant(): Promise<LeaseId> {
    const ttlSeconds = Math.ceil(this.#ttlSeconds + this.#sharedMs / 1_000);
    return (await this.#kv.leaseGrant({ id: 0n, ttlSeconds })).id;
  }
}
