/**
 * A lease never ends before its time: from the call of the last renewal that was acknowledged its TTL must
 * pass (less what the clocks are allowed to be off) before it is revoked by anybody but a client.
 */
import type { Report } from "./history.ts";

const CHECKER = "lease never expires early";

interface KnownLease {
  readonly ttlMs: number;
  /** No revocation by time before this. */
  endsAt: number;
  /** A client has asked for its revocation. */
  isUnwanted: boolean;
  isOver: boolean;
}

/** All leases of a run. */
export class LeaseNotEarly {
  readonly #report: Report;
  /** How fast the fastest clock runs. */
  readonly #fastest: number;
  readonly #leases = new Map<bigint, KnownLease>();

  constructor(report: Report, fastestClockRate: number) {
    this.#report = report;
    this.#fastest = fastestClockRate;
  }

  /** A grant was acknowledged. */
  granted(id: bigint, ttlSeconds: number, calledAt: number): void {
    const ttlMs = (ttlSeconds * 1000) / this.#fastest;
    const known = this.#leases.get(id);
    const isOver = known?.isOver ?? false;
    this.#leases.set(id, { ttlMs, endsAt: calledAt + ttlMs, isUnwanted: false, isOver });
  }

  /** A renewal was acknowledged. */
  renewed(id: bigint, calledAt: number): void {
    const lease = this.#leases.get(id);
    if (lease) lease.endsAt = Math.max(lease.endsAt, calledAt + lease.ttlMs);
  }

  /** A client asks for the end: from now on any revocation may be it. */
  unwanted(id: bigint): void {
    const lease = this.#leases.get(id);
    if (lease) lease.isUnwanted = true;
  }

  /** The state machine has carried out a revocation. */
  revoked(id: bigint, now: number): void {
    const lease = this.#leases.get(id);
    if (!lease || lease.isOver) return;
    lease.isOver = true;
    if (lease.isUnwanted || now >= lease.endsAt) return;
    const early = (lease.endsAt - now).toFixed(0);
    this.#report(CHECKER, `lease ${id.toString(16)} ended ${early} ms before its time`);
  }

  /** Leases that must be over by `now`. */
  overdue(now: number, slackMs: number): readonly bigint[] {
    return [...this.#leases]
      .filter(([, lease]) => !lease.isOver && lease.endsAt + slackMs < now)
      .map(([id]) => id);
  }
}
