/**
 * The replicated half of leases: which exist, their granted TTL, the keys attached to each. When one expires is the
 * leader's business (`LeaseExpiry`), for time must not decide what a command does.
 */
import type { LeaseId } from "./kv.ts";

export interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /** Keys as latin1 text. */
  readonly keys: Set<string>;
}

export class LeaseBook {
  readonly #leases = new Map<LeaseId, Lease>();

  find(id: LeaseId): Lease | undefined {
    return this.#leases.get(id);
  }

  grant(id: LeaseId, ttlSeconds: number): Lease {
    const lease = { id, ttlSeconds, keys: new Set<string>() };
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
