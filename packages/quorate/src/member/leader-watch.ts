/**
 * Who leads, as the replica tells it: decides which member runs the controllers, and is told on to people and
 * supervisors by name.
 */
import type { Leadership } from "@quorate/controllers";
import type { RunningReplica } from "../start-replica.ts";

/** The leader as last told; tells listeners of every change. */
export class LeaderWatch implements Leadership {
  readonly #named: (leader: string | undefined) => void;
  readonly #listeners = new Set<() => void>();
  #replica: RunningReplica | undefined;
  #leader = 0n;
  #name: string | undefined;

  /** `named` hears of every change once the leader's name is known. */
  constructor(named: (leader: string | undefined) => void) {
    this.#named = named;
  }

  /** The name of the member that leads; undefined where none is known. */
  get leader(): string | undefined {
    return this.#name;
  }

  get isLeader(): boolean {
    return this.#replica !== undefined && this.#leader === this.#replica.id;
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** The replica says who leads; 0n: nobody. May come before `follow`. */
  changed(leader: bigint): void {
    this.#leader = leader;
    for (const listener of this.#listeners) listener();
    void this.#tellName();
  }

  /** The replica runs, and can be asked for names. */
  async follow(replica: RunningReplica): Promise<void> {
    this.#replica = replica;
    for (const listener of this.#listeners) listener();
    await this.#tellName();
  }

  async #tellName(): Promise<void> {
    const leader = this.#leader;
    let name: string | undefined;
    if (leader !== 0n) {
      const status = await this.#replica?.status().catch(() => undefined);
      if (!status || leader !== this.#leader) return;
      name = status.members.find(({ id }) => id === leader)?.name || leader.toString(16);
    }
    if (name === this.#name) return;
    this.#name = name;
    this.#named(name);
  }
}
