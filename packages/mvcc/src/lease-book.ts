/**
 * The replicated half of leases: which exist, their granted TTL, the keys attached to each. When one expires
 * is the leader's business (`LeaseExpiry`), for time must not decide what a command does.
 */
import type { LeaseId } from "./kv.ts";

/** A lease as all members know it. */
export interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** What a checkpoint found to be left; 0 where there was none since the last renewal. */
  remainingSeconds: number;
  /** Keys as latin1 text. */
  readonly keys: Set<string>;
}

/** All leases by id. */
export class LeaseBook {
  readonly #leases = new Map<LeaseId, Lease>();

  get size(): number {
    return this.#leases.size;
  }

  find(id: LeaseId): Lease | undefined {
    return this.#leases.get(id);
  }

  grant(id: LeaseId, ttlSeconds: number, remainingSeconds = 0): Lease {
    const lease = { id, ttlSeconds, remainingSeconds, keys: new Set<string>() };
    this.#leases.set(id, lease);
    return lease;
  }

  remove(id: LeaseId): void {
    this.#leases.delete(id);
  }

  /** Moves a key from one lease to another; 0n is none. */
  move(key: string, from: LeaseId, to: LeaseId): void {
    if (from === to) return;
    if (from !== 0n) this.#leases.get(from)?.keys.delete(key);
    if (to !== 0n) this.#leases.get(to)?.keys.add(key);
  }

  all(): Lease[] {
    return [...this.#leases.values()];
  }
}
