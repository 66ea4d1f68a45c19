/**
 * What is done to real members: kill -9 of the leader, of one, of all; SIGSTOP; cut links; a member
 * replaced.
 */
import type { Random } from "@quorate/base";
import type { StoreCluster } from "./store-cluster.ts";

/** The kinds of harm. */
export const HARMS = [
  "kill-leader",
  "kill-one",
  "kill-all",
  "pause-leader",
  "pause-one",
  "isolate-leader",
  "isolate-one",
  "cut-one-link",
  "replace",
] as const;

/** One kind. */
export type Harm = (typeof HARMS)[number];

/** What was done, and when, by `performance.now()`. */
export interface HarmDone {
  readonly harm: Harm;
  readonly at: number;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does one harm after the other. */
export class Mayhem {
  readonly done: HarmDone[] = [];
  readonly #cluster: StoreCluster;
  readonly #random: Random;

  constructor(cluster: StoreCluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Does the harm and takes it back; resolves when all members run again (they may still catch up). */
  async do(harm: Harm): Promise<void> {
    const cluster = this.#cluster;
    const { current, leader = current[0]! } = cluster;
    const one = current[this.#random.int(current.length)]!;
    this.done.push({ harm, at: performance.now() });
    switch (harm) {
      case "kill-leader":
      case "kill-one": {
        const victim = harm === "kill-leader" ? leader : one;
        await victim.kill();
        await pause(200 + this.#random.int(1500));
        cluster.restart(victim);
        return;
      }
      case "kill-all":
        await Promise.all(current.map((member) => member.kill()));
        for (const member of current) cluster.restart(member);
        return;
      case "pause-leader":
      case "pause-one": {
        const victim = harm === "pause-leader" ? leader : one;
        victim.signal("SIGSTOP");
        await pause(300 + this.#random.int(2500));
        victim.signal("SIGCONT");
        return;
      }
      case "replace":
        await cluster.replace(one);
        return;
      default:
        await this.#cut(harm);
    }
  }

  async #cut(harm: Harm): Promise<void> {
    const { links, current, leader } = this.#cluster;
    const one = harm === "isolate-leader" ? leader! : current[this.#random.int(current.length)]!;
    const others = current.filter((member) => member !== one);
    const cut = harm === "cut-one-link" ? others.slice(0, 1) : others;
    for (const other of cut) links.cut(one.id, other.id);
    await pause(500 + this.#random.int(3000));
    links.heal(this.#random.int(2) === 0);
  }
}
