/**
 * Time for leases, on the member that leads: proposes the revocation of those that ended. A revocation is
 * proposed for the leader's own term only: a later leader has given every lease new time, and must not be
 * overtaken by an old one's opinion.
 */
import { LeaseExpiry, type LeaseId, type Store } from "@quorate/mvcc";

/** Bound: revocations under way. */
const REVOKES_MAX = 500;
const CHECK_MS = 500;

/** The time, and how to propose. */
export interface LeaseKeeperOptions {
  readonly now: () => number;
  /** A new leader adds this to every lease: no lease may end early because of a change of leaders. */
  readonly extendMs: number;
  /** Proposes in this term or fails. */
  readonly revoke: (id: LeaseId, term: number) => Promise<unknown>;
  /** Proposes in this term or fails: what is left of long leases. */
  readonly checkpoint: (
    leases: readonly { readonly id: LeaseId; readonly remainingSeconds: number }[],
    term: number,
  ) => Promise<unknown>;
}

/** The leases of one store, as their leader sees them. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #revoking = new Set<LeaseId>();
  #expiry: LeaseExpiry;
  #term = 0;
  #checkAt = 0;

  constructor(store: Store, options: LeaseKeeperOptions) {
    this.#options = options;
    this.#expiry = new LeaseExpiry(store.leases);
  }

  /** The state was replaced by a snapshot. */
  replace(store: Store): void {
    this.#expiry = new LeaseExpiry(store.leases);
  }

  lead(term: number): void {
    this.#term = term;
    this.#expiry.promote(this.#options.now(), this.#options.extendMs);
  }

  follow(): void {
    if (this.#expiry.isLeading) this.#expiry.demote();
  }

  /** The lease was granted: its time begins here. */
  granted(id: LeaseId): void {
    this.#expiry.granted(id, this.#options.now());
  }

  /** Renews the lease; its TTL in seconds, 0 where there is none or it has ended. */
  renew(id: LeaseId): number {
    return this.#expiry.renew(id, this.#options.now());
  }

  remainingSeconds(id: LeaseId): number {
    return this.#expiry.remainingSeconds(id, this.#options.now());
  }

  tick(): void {
    const now = this.#options.now();
    if (!this.#expiry.isLeading || now < this.#checkAt) return;
    this.#checkAt = now + CHECK_MS;
    const notes = this.#expiry.checkpoints(now);
    // One that is lost only costs a new leader's generosity.
    if (notes.length > 0) this.#options.checkpoint(notes, this.#term).catch(() => {});
    for (const id of this.#expiry.expired(now, REVOKES_MAX)) {
      if (this.#revoking.size >= REVOKES_MAX) return;
      if (this.#revoking.has(id)) continue;
      this.#revoking.add(id);
      const done = (): void => void this.#revoking.delete(id);
      this.#options.revoke(id, this.#term).then(done, done);
    }
  }
}
