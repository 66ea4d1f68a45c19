/**
 * One simulated client: calls one after the other on a member that it stays with until that is gone, or by
 * whim goes to another. What it calls is drawn from the run's random source.
 */
import type { Random } from "@quorate/base";
import type { Held } from "../check/history.ts";
import type { SimCluster } from "../world/sim-cluster.ts";
import { REQUEST_MS, type SimMember } from "../world/sim-member.ts";
import { Calls, KEYS } from "./calls.ts";
import { LeaseCalls } from "./lease-calls.ts";
import type { Recorder } from "./recorder.ts";

/** Keys of a run, as many as its profile says. */
export function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${KEYS}${i}`);
}

/** What a client shares with the others. */
export interface SimClientOptions {
  readonly cluster: SimCluster;
  readonly recorder: Recorder;
  readonly number: number;
  /** Counts a call; false where the run has had enough of them. */
  readonly takeTurn: () => boolean;
}

/** Runs until the turns are used up. */
export class SimClient {
  readonly #options: SimClientOptions;
  readonly #random: Random;
  readonly #keys: readonly string[];
  readonly #leases: LeaseCalls;
  readonly #name: string;
  #member: SimMember | undefined;
  #values = 0;
  /** What this client has last seen a key hold. */
  readonly #known = new Map<string, Held>();

  constructor(options: SimClientOptions) {
    this.#options = options;
    this.#random = options.cluster.random;
    this.#keys = keysOf(options.cluster.profile.keys);
    this.#name = `c${options.number}`;
    this.#leases = new LeaseCalls(options.cluster, this.#name);
  }

  async run(): Promise<void> {
    const { cluster, takeTurn } = this.#options;
    while (takeTurn()) {
      const member = this.#chosen();
      if (!member) {
        await cluster.loop.sleep(50 + this.#random.int(100));
        continue;
      }
      await this.#untilOver(member, this.#call(member));
      await cluster.loop.sleep(this.#random.next() * cluster.profile.restMs);
    }
  }

  /** A call ends at the latest with the process that it was made to: the connection breaks. */
  async #untilOver(member: SimMember, call: Promise<unknown>): Promise<void> {
    const { life } = member;
    if (!life) return;
    let release = (): void => {};
    // Also one that nobody waits for any more must be an error of the store.
    call.catch((error: Error) =>
      this.#options.cluster.report("errors of the store only", error.stack ?? error.message),
    );
    const before = this.#options.recorder.errors;
    const broken = new Promise<void>((resolve) => {
      release = life.onEnd(resolve);
    });
    await Promise.race([call, broken]);
    release();
    // As clients do: on to another one.
    if (this.#options.recorder.errors !== before && this.#random.int(2) === 0) this.#member = undefined;
  }

  #chosen(): SimMember | undefined {
    const { serving, profile } = this.#options.cluster;
    const stays = this.#random.next() >= profile.whim;
    if (stays && this.#member && serving.includes(this.#member)) return this.#member;
    this.#member = serving[this.#random.int(Math.max(1, serving.length))];
    return this.#member;
  }

  #key(): string {
    return this.#keys[this.#random.int(this.#keys.length)]!;
  }

  #value(): string {
    const value = `${this.#name}.${++this.#values}`;
    const { valueBytes } = this.#options.cluster.profile;
    // Zeros too: a log must not take them for the end of what was written.
    return valueBytes > value.length ? value + "\0".repeat(this.#random.int(valueBytes)) : value;
  }

  #call(member: SimMember): Promise<unknown> {
    const { recorder, cluster } = this.#options;
    const options = { recorder, client: this.#name, keys: this.#keys, call: { timeoutMs: REQUEST_MS } };
    const calls = new Calls(member.kv!, options);
    const dice = this.#random.int(100);
    const key = this.#key();
    if (dice < 30) return calls.put(key, this.#value(), this.#random.int(4) === 0);
    if (dice < 52) return this.#learning(key, calls.get(key, false));
    if (dice < 58) return this.#learning(key, calls.get(key, true));
    if (dice < 64) return calls.range(0, this.#random.int(3) === 0);
    if (dice < 67) return calls.range(1 + this.#random.int(cluster.history.lastRevision + 1), true);
    if (dice < 73) return calls.delete(key);
    if (dice < 84) return calls.swap(key, this.#known.get(key), this.#value());
    if (dice < 90) return calls.putBoth(key, this.#key(), this.#value());
    if (dice < 92) return calls.compact(1 + this.#random.int(cluster.history.lastRevision));
    return this.#leases.call(member.kv!, this.#random);
  }

  async #learning(key: string, answer: ReturnType<Calls["get"]>): Promise<void> {
    const range = await answer;
    const kv = range?.kvs[0];
    if (range) this.#known.set(key, kv && Buffer.from(kv.value).toString("latin1"));
  }
}
