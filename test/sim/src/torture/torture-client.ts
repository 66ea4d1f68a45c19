/**
 * A client of real members: draws calls as the simulated ones do, on a member that it stays with until that
 * fails.
 */
import type { Random } from "@quorate/base";
import { openEtcdKv } from "@quorate/etcd-api";
import type { Kv } from "@quorate/mvcc";
import type { Held } from "../check/history.ts";
import { Calls, type KeyBounds } from "../client/calls.ts";
import type { Recorder } from "../client/recorder.ts";
import type { StoreCluster } from "./store-cluster.ts";
import type { StoreProcess } from "./store-process.ts";

const CALL_MS = 2500;
const REST_MS = 16;

/** What clients share. */
export interface TortureClientOptions {
  readonly cluster: StoreCluster;
  readonly recorder: Recorder;
  readonly random: Random;
  /** Differs between all clients of a torture: the values that they write begin with it. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Between which the keys are, and no others. */
  readonly bounds: KeyBounds;
  readonly isOver: () => boolean;
}

/** Opens a client of one member. */
export function openMember(member: StoreProcess): Kv {
  return openEtcdKv({ endpoints: [member.endpoint], requestTimeoutMs: CALL_MS, connectTimeoutMs: 500 });
}

/** Runs until the torture is over. */
export class TortureClient {
  readonly #options: TortureClientOptions;
  readonly #known = new Map<string, Held>();
  #values = 0;

  constructor(options: TortureClientOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { isOver, cluster, random } = this.#options;
    while (!isOver()) {
      const { current } = cluster;
      const member = current[random.int(current.length)]!;
      const kv = openMember(member);
      try {
        await this.#stay(kv);
      } finally {
        await kv.close();
      }
      await pause(20);
    }
  }

  /** Until a call fails, or the client wants to see another member. */
  async #stay(kv: Kv): Promise<void> {
    const { isOver, recorder, random, name, keys, bounds } = this.#options;
    const call = { timeoutMs: CALL_MS };
    const calls = new Calls(kv, { recorder, client: name, keys, bounds, call });
    const before = recorder.errors;
    for (let left = 200; left > 0 && !isOver(); left--) {
      await this.#call(calls);
      if (recorder.errors !== before && random.int(3) > 0) return;
      await pause(random.int(REST_MS));
    }
  }

  async #call(calls: Calls): Promise<unknown> {
    const { random, keys, name } = this.#options;
    const key = keys[random.int(keys.length)]!;
    const value = `${name}.${++this.#values}`;
    const dice = random.int(100);
    if (dice < 45) return calls.put(key, value, random.int(4) === 0);
    if (dice < 70) {
      const answer = await calls.get(key, random.int(6) === 0);
      const kv = answer?.kvs[0];
      if (answer) this.#known.set(key, kv && Buffer.from(kv.value).toString("latin1"));
      return answer;
    }
    if (dice < 76) return calls.range(0, false);
    if (dice < 82) return calls.delete(key);
    if (dice < 92) return calls.swap(key, this.#known.get(key), value);
    return calls.putBoth(key, keys[random.int(keys.length)]!, value);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
