/**
 * The leader's half of leases: when each ends, on the leader's own monotonic clock. Safety: a lease must never end early,
 * so a new leader gives every lease its whole TTL and the election timeout on top, and a member that does not lead says
 * nothing of expiry.
 */
import type { LeaseId } from "./kv.ts";
import type { LeaseBook } from "./lease-book.ts";

export class LeaseExpiry {
  readonly #book: LeaseBook;
  readonly #endsAt = new Map<LeaseId, number>();
  #leading = false;

  constructor(book: LeaseBook) {
    this.#book = book;
  }

  get isLeading(): boolean {
    return this.#leading;
  }

  /** Begins to lead at `now` (ms): every lease lasts its TTL and `extendMs` from here. */
  promote(now: number, extendMs: number): void {
    this.#leading = true;
    this.#endsAt.clear();
    for (const lease of this.#book.all())
      this.#endsAt.set(lease.id, now + extendMs + lease.ttlSeconds * 1000);
  }

  demote(): void {
    this.#leading = false;
    this.#endsAt.clear();
  }

  /** A lease was granted or renewed at `now`; its TTL in seconds, 0 where it does not exist. */
  renew(id: LeaseId, now: number): number {
    const lease = this.#book.find(id);
    if (!lease) {
      this.#endsAt.delete(id);
      return 0;
    }
    if (this.#leading) this.#endsAt.set(id, now + lease.ttlSeconds * 1000);
    return lease.ttlSeconds;
  }

  /** Whole seconds left, -1 where the lease does not exist. */
  remainingSeconds(id: LeaseId, now: number): number {
    const lease = this.#book.find(id);
    if (!lease) return -1;
    const endsAt = this.#endsAt.get(id);
    return endsAt === undefined ? lease.ttlSeconds : Math.max(0, Math.ceil((endsAt - now) / 1000));
  }

  /** Leases that ended by `now`, at most `max`: the driver proposes their revocation. */
  expired(now: number, max = 500): LeaseId[] {
    const ids: LeaseId[] = [];
    if (!this.#leading) return ids;
    for (const [id, endsAt] of this.#endsAt) {
      if (!this.#book.find(id)) this.#endsAt.delete(id);
      else if (endsAt <= now) {
        ids.push(id);
        if (ids.length >= max) break;
      }
    }
    return ids;
  }

  /** When the next lease ends, undefined where none does. */
  nextEnd(): number | undefined {
    let next: number | undefined;
    for (const endsAt of this.#endsAt.values()) if (next === undefined || endsAt < next) next = endsAt;
    return next;
  }
}
