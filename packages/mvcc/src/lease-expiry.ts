/**
 * The leader's half of leases: when each ends, on the leader's own monotonic clock. Safety: a lease must
 * never end early, so a new leader gives every lease its whole TTL (or what the last checkpoint left of it)
 * and the election timeout on top, and a member that does not lead says nothing of expiry.
 */

import type { LeaseId } from "./kv.ts";
import type { Lease, LeaseBook } from "./lease-book.ts";

/** Leases that live longer than this are checkpointed that often, as in etcd. */
const CHECKPOINT_SECONDS = 300;

/** When leases end, as the member that leads sees it. */
export class LeaseExpiry {
  readonly #book: LeaseBook;
  readonly #endsAt = new Map<LeaseId, number>();
  readonly #checkpointAt = new Map<LeaseId, number>();
  #leading = false;

  constructor(book: LeaseBook) {
    this.#book = book;
  }

  get isLeading(): boolean {
    return this.#leading;
  }

  /** Begins to lead at `now` (ms): every lease lasts what is left of it and `extendMs` from here. */
  promote(now: number, extendMs: number): void {
    this.#leading = true;
    this.#endsAt.clear();
    this.#checkpointAt.clear();
    for (const lease of this.#book.all()) {
      this.#set(lease, now, extendMs + (lease.remainingSeconds || lease.ttlSeconds) * 1000);
    }
  }

  demote(): void {
    this.#leading = false;
    this.#endsAt.clear();
    this.#checkpointAt.clear();
  }

  /** A lease was granted at `now`, maybe under the id of one that is gone. */
  granted(id: LeaseId, now: number): void {
    const lease = this.#book.find(id);
    if (lease && this.#leading) this.#set(lease, now, lease.ttlSeconds * 1000);
  }

  /**
   * A lease is to be renewed at `now`; its TTL in seconds, 0 where it does not exist. Safety: one whose time
   * is up stays so, since its revocation may be on its way already; its owner must not be told that it lives
   * on.
   */
  renew(id: LeaseId, now: number): number {
    const lease = this.#book.find(id);
    if (!lease) {
      this.#forget(id);
      return 0;
    }
    if (this.#leading && (this.#endsAt.get(id) ?? now + 1) <= now) return 0;
    if (this.#leading) this.#set(lease, now, lease.ttlSeconds * 1000);
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
      if (!this.#book.find(id)) this.#forget(id);
      else if (endsAt <= now) {
        ids.push(id);
        if (ids.length >= max) break;
      }
    }
    return ids;
  }

  /**
   * What a `lease-checkpoint` should say at `now`, at most `max` leases: those whose last checkpoint is old,
   * and those that were renewed since a checkpoint (remaining 0). Empty for nearly everyone: only long leases
   * are noted.
   */
  checkpoints(now: number, max = 500): { id: LeaseId; remainingSeconds: number }[] {
    const due: { id: LeaseId; remainingSeconds: number }[] = [];
    for (const [id, at] of this.#checkpointAt) {
      if (at > now) continue;
      const lease = this.#book.find(id);
      const endsAt = this.#endsAt.get(id);
      if (!lease || endsAt === undefined) {
        this.#forget(id);
        continue;
      }
      const left = Math.max(1, Math.ceil((endsAt - now) / 1000));
      due.push({ id, remainingSeconds: left >= lease.ttlSeconds ? 0 : left });
      this.#planCheckpoint(id, now, left);
      if (due.length >= max) break;
    }
    return due;
  }

  /** When the next lease ends, undefined where none does. */
  nextEnd(): number | undefined {
    let next: number | undefined;
    for (const endsAt of this.#endsAt.values()) if (next === undefined || endsAt < next) next = endsAt;
    return next;
  }

  #set(lease: Lease, now: number, leftMs: number): void {
    this.#endsAt.set(lease.id, now + leftMs);
    // A renewal makes the checkpoint before it wrong: it is taken back at once.
    if (lease.remainingSeconds > 0) this.#checkpointAt.set(lease.id, now);
    else this.#planCheckpoint(lease.id, now, leftMs / 1000);
  }

  #planCheckpoint(id: LeaseId, now: number, leftSeconds: number): void {
    if (leftSeconds > CHECKPOINT_SECONDS) this.#checkpointAt.set(id, now + CHECKPOINT_SECONDS * 1000);
    else this.#checkpointAt.delete(id);
  }

  #forget(id: LeaseId): void {
    this.#endsAt.delete(id);
    this.#checkpointAt.delete(id);
  }
}
