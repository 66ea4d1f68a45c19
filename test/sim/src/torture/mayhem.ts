/**
 * Does harm to real members and takes it back: kill -9, SIGSTOP, links that are cut, one way too, disks that
 * are held back, a member replaced.
 */
import type { Random } from "@quorate/base";
import type { Harm, HarmDone } from "./harm.ts";
import type { StoreCluster } from "./store-cluster.ts";
import type { StoreProcess } from "./store-process.ts";

type Pair = readonly [from: StoreProcess, to: StoreProcess];

const SLOW_SYNC_MS = 50;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function namesOf(members: readonly StoreProcess[]): string {
  return members.map(({ options }) => options.name).join(", ");
}

function bothWays(some: readonly StoreProcess[], others: readonly StoreProcess[]): Pair[] {
  return some.flatMap((one) =>
    others.flatMap((other): Pair[] => [
      [one, other],
      [other, one],
    ]),
  );
}

/** Does one harm after the other. */
export class Mayhem {
  readonly #cluster: StoreCluster;
  readonly #random: Random;

  constructor(cluster: StoreCluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Does the harm and takes it back; resolves when all members run again (they may still catch up). */
  async do(harm: Harm): Promise<HarmDone> {
    const { current, leader } = this.#cluster;
    const victims = this.#victims(harm, current, leader);
    const at = performance.now();
    const words = await this.#hurt(harm, victims);
    return {
      harm,
      victim: words ?? namesOf(victims),
      hitLeader: victims.includes(leader),
      at,
      overAt: performance.now(),
    };
  }

  #victims(harm: Harm, current: readonly StoreProcess[], leader: StoreProcess): readonly StoreProcess[] {
    const followers = current.filter((member) => member !== leader);
    switch (harm) {
      case "kill-leader":
      case "pause-leader":
      case "isolate-leader":
        return [leader];
      case "isolate-follower":
        return [this.#one(followers)];
      case "kill-all":
        return current;
      case "split":
        return this.#some(current, (current.length - 1) >> 1);
      case "cut-one-link":
        return this.#some(current, 2);
      default:
        return [this.#one(current)];
    }
  }

  /** Words for what was done where the names of the victims do not tell. */
  async #hurt(harm: Harm, victims: readonly StoreProcess[]): Promise<string | undefined> {
    const cluster = this.#cluster;
    const [one] = victims as readonly [StoreProcess];
    switch (harm) {
      case "kill-leader":
      case "kill-one":
        await one.kill();
        await pause(200 + this.#random.int(1500));
        cluster.restart(one);
        return;
      case "kill-all":
        await Promise.all(victims.map((member) => member.kill()));
        for (const member of victims) cluster.restart(member);
        return;
      case "pause-leader":
      case "pause-one":
        one.signal("SIGSTOP");
        await pause(300 + this.#random.int(2500));
        one.signal("SIGCONT");
        return;
      case "slow-disk":
      case "stall-disk":
        await cluster.slowDisk(one, harm === "slow-disk" ? SLOW_SYNC_MS : Number.POSITIVE_INFINITY);
        await pause(500 + this.#random.int(2500));
        await cluster.quickDisk(one);
        return;
      case "replace":
        await cluster.replace(one);
        return;
      default:
        return this.#cut(harm, victims);
    }
  }

  async #cut(harm: Harm, victims: readonly StoreProcess[]): Promise<string | undefined> {
    const { current, network } = this.#cluster;
    const others = current.filter((member) => !victims.includes(member));
    let pairs = bothWays(victims, others);
    let words: string | undefined;
    if (harm === "cut-one-link") pairs = bothWays(victims.slice(0, 1), victims.slice(1));
    if (harm === "one-way") {
      const isDeaf = this.#random.int(2) === 0;
      pairs = pairs.filter(([from]) => victims.includes(from) !== isDeaf);
      words = `${namesOf(victims)} ${isDeaf ? "hears" : "is heard by"} nobody`;
    }
    await this.#cluster.cut(pairs);
    await pause(500 + this.#random.int(3000));
    await network.heal(this.#random.int(2) === 0);
    return words;
  }

  #one(members: readonly StoreProcess[]): StoreProcess {
    return members[this.#random.int(members.length)]!;
  }

  #some(members: readonly StoreProcess[], count: number): readonly StoreProcess[] {
    const left = [...members];
    return Array.from({ length: count }, () => left.splice(this.#random.int(left.length), 1)[0]!);
  }
}
