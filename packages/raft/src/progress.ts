/**
 * What a leader knows of one follower's log, and how fast it may send to it.
 *
 *   probe      one append at a time, until the follower's answer tells where the logs meet
 *   replicate  appends stream ahead of their answers, bounded by count and bytes
 *   snapshot   nothing but the snapshot, until it is installed or failed
 */

/** How a leader sends to a follower, see above. */
export type ProgressState = "probe" | "replicate" | "snapshot";

/** How many appends, and how many bytes of them, may be on their way to one follower. */
export interface InflightLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** Appends that have been sent and not answered, oldest first. */
export class Inflights {
  readonly #limits: InflightLimits;
  #sent: { readonly lastIndex: number; readonly bytes: number }[] = [];
  #bytes = 0;

  constructor(limits: InflightLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#sent.length;
  }

  get isFull(): boolean {
    return this.#sent.length >= this.#limits.messagesMax || this.#bytes >= this.#limits.bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    this.#sent.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** Frees all up to `index`. */
  freeTo(index: number): void {
    let freed = 0;
    while (freed < this.#sent.length && this.#sent[freed]!.lastIndex <= index)
      this.#bytes -= this.#sent[freed++]!.bytes;
    if (freed > 0) this.#sent.splice(0, freed);
  }

  reset(): void {
    this.#sent = [];
    this.#bytes = 0;
  }
}

/** What a leader knows of one follower. */
export class Progress {
  /** The last index known to be in the follower's log as in ours. */
  match = 0;
  next: number;
  state: ProgressState = "probe";
  /** The commit that the last append carried. */
  toldCommit = 0;
  /** Index of the snapshot under way, in state `snapshot`. */
  pendingSnapshot = 0;
  /** Heard of since the last check of the quorum. */
  recentActive = false;
  isLearner: boolean;
  readonly inflights: Inflights;
  /** No append goes out until something is heard: after a probe, or while the window is full. */
  paused = false;

  constructor(next: number, isLearner: boolean, limits: InflightLimits) {
    this.next = next;
    this.isLearner = isLearner;
    this.inflights = new Inflights(limits);
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.paused = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }

  becomeProbe(): void {
    // After a snapshot it went on from there, even if the answer about it was lost.
    const from = this.state === "snapshot" ? Math.max(this.match, this.pendingSnapshot) : this.match;
    this.#enter("probe");
    this.next = from + 1;
  }

  becomeReplicate(): void {
    this.#enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter("snapshot");
    this.pendingSnapshot = index;
  }

  get isPaused(): boolean {
    return this.state === "snapshot" || this.paused;
  }

  /** An append of `count` entries up to next + count - 1 was sent. */
  sent(count: number, bytes: number): void {
    if (this.state === "replicate") {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      this.paused = this.inflights.isFull;
    } else if (this.state === "probe" && count > 0) {
      this.paused = true;
    }
  }

  /** The follower has everything up to `index`; false for an answer that tells nothing new. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.paused = false;
    return true;
  }

  /** The follower refused an append after `rejected`; false for a refusal that is out of date. */
  maybeDecrease(rejected: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      return true;
    }
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.paused = false;
    return true;
  }
}
