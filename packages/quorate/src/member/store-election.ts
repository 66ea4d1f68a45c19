/**
 * Which of several API servers on one external store runs the controllers: the one that holds a key with a
 * lease, as etcd's own elections do it.
 *
 * Safety: it stops before its lease can have ended, counted from when it asked for the renewal that was
 * granted, never from when the answer came.
 */
import { type Clock, messageOf, type Timer } from "@quorate/base";
import type { Leadership, Log } from "@quorate/controllers";
import type { Kv, LeaseId, Watch } from "@quorate/mvcc";

/** What an election needs. */
export interface StoreElectionOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  /** Holds the name of who leads. */
  readonly key: string;
  /** Our name. */
  readonly identity: string;
  readonly leaseSeconds?: number;
}

const LEASE_SECONDS = 10;
/** Renewals within a lease's time, and the part of it that is left for the others' clocks. */
const RENEWALS = 3;
const AGAIN_MS = 1_000;
const MARGIN = 0.2;

/** One candidate of the election. */
export class StoreElection implements Leadership {
  readonly #options: StoreElectionOptions;
  readonly #leaseMs: number;
  readonly #key: Uint8Array;
  readonly #listeners = new Set<() => void>();
  #lease: LeaseId = 0n;
  #isLeader = false;
  #isStopped = false;
  #timer: Timer | undefined;
  #endTimer: Timer | undefined;
  #watch: Watch | undefined;

  /** Takes part from now on, until `stop`. */
  constructor(options: StoreElectionOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000;
    this.#key = Buffer.from(options.key);
    void this.#campaign();
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Gives up the lead, so that another takes it at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#watch?.cancel();
    this.#setLeader(false);
    if (this.#lease !== 0n) await this.#options.kv.leaseRevoke(this.#lease).catch(() => undefined);
  }

  async #campaign(): Promise<void> {
    try {
      const { kv, clock, identity } = this.#options;
      const asked = clock.now();
      if (!(await this.#hasLease())) return;
      const lease = this.#lease;
      const { succeeded, responses, header } = await kv.txn({
        compare: [{ key: this.#key, target: "create", createRevision: 0, result: "equal" }],
        success: [{ op: "put", request: { key: this.#key, value: Buffer.from(identity), lease } }],
        failure: [{ op: "range", request: { key: this.#key } }],
      });
      const [found] = responses;
      const isOurs = found?.op === "range" && found.response.kvs[0]?.lease === lease;
      if (this.#isStopped) return;
      if (succeeded || isOurs) await this.#renew(asked);
      else this.#await(header.revision);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Keeps the lease that we have, or takes a new one. */
  async #hasLease(): Promise<boolean> {
    const { kv } = this.#options;
    const isAlive = this.#lease !== 0n && (await kv.leaseKeepAlive(this.#lease)) > 0;
    if (!isAlive) this.#lease = (await kv.leaseGrant({ id: 0n, ttlSeconds: this.#leaseMs / 1_000 })).id;
    if (!this.#isStopped) return true;
    await kv.leaseRevoke(this.#lease).catch(() => undefined);
    return false;
  }

  /** Waits until the key is gone; looks now and then all the same, which also keeps our lease. */
  #await(revision: number): void {
    const again = (): void => {
      if (this.#isStopped) return;
      this.#watch?.cancel();
      this.#after(0, () => void this.#campaign());
    };
    const batch = ({ changes }: { readonly changes: readonly { readonly type: string }[] }): void => {
      if (changes.some(({ type }) => type === "delete")) again();
    };
    // A broken watch is no reason to hurry.
    this.#watch = this.#options.kv.watch(
      { key: this.#key, startRevision: revision + 1, noPut: true },
      { batch, closed: () => {} },
    );
    this.#after(this.#leaseMs / RENEWALS, again);
  }

  async #renew(asked: number): Promise<void> {
    const { clock, kv } = this.#options;
    this.#leadUntil(asked + this.#leaseMs * (1 - MARGIN));
    this.#after(this.#leaseMs / RENEWALS, async () => {
      try {
        const askedAgain = clock.now();
        if ((await kv.leaseKeepAlive(this.#lease)) > 0) await this.#renew(askedAgain);
        else {
          this.#setLeader(false);
          this.#failed(new Error("its lease has ended"));
        }
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  #leadUntil(end: number): void {
    const { clock } = this.#options;
    this.#endTimer?.cancel();
    if (this.#isStopped || clock.now() >= end) {
      this.#setLeader(false);
      return;
    }
    this.#endTimer = clock.setTimer(end - clock.now(), () => this.#setLeader(false));
    this.#setLeader(true);
  }

  /** Goes on to lead while the lease still holds for sure. */
  #failed(error: unknown): void {
    if (this.#isStopped) return;
    const { log } = this.#options;
    log("warn", "the election of who runs the controllers is held up", { why: messageOf(error) });
    this.#after(AGAIN_MS, () => void this.#campaign());
  }

  #after(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    if (!this.#isStopped) this.#timer = this.#options.clock.setTimer(delayMs, run);
  }

  #setLeader(isLeader: boolean): void {
    if (!isLeader) this.#endTimer?.cancel();
    if (isLeader === this.#isLeader) return;
    this.#isLeader = isLeader;
    const { log, identity } = this.#options;
    log("info", isLeader ? "runs the controllers" : "no longer runs the controllers", { identity });
    for (const listener of this.#listeners) listener();
  }
}
