/** Follows who leads, for people and supervisors: asks the replica now and then and tells when the answer changes. */
import type { RunningReplica } from "../start-replica.ts";

const POLL_MS = 500;

export class LeaderWatch {
  readonly #replica: RunningReplica;
  readonly #changed: (leader: string | undefined) => void;
  #leader: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(replica: RunningReplica, changed: (leader: string | undefined) => void) {
    this.#replica = replica;
    this.#changed = changed;
  }

  /** The name of the member that leads; undefined where none is known. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /** Asks now, and from then on regularly. */
  async poll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { leader, members } = await this.#replica.status();
      const name = members.find(({ id }) => id === leader)?.name;
      if (name !== this.#leader) {
        this.#leader = name;
        this.#changed(name);
      }
    } catch {
      // The replica's own end is told elsewhere.
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.poll(), POLL_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
