/** One client's leases: granted, renewed, hung on keys of their own, revoked or left to end. */
import { hasCode, type Random } from "@quorate/base";
import { isKvErrorCode, type Kv } from "@quorate/mvcc";
import type { SimCluster } from "../world/sim-cluster.ts";

const LEASES_MAX = 3;

/** Keys with leases lie here: no history of clients explains when they go. */
const LEASED_KEYS = "l/";

/** What a client does with leases. */
export class LeaseCalls {
  readonly #cluster: SimCluster;
  readonly #client: string;
  #held: bigint[] = [];
  #keys = 0;

  constructor(cluster: SimCluster, client: string) {
    this.#cluster = cluster;
    this.#client = client;
  }

  /** Does something with a lease. Errors of the store are its answer. */
  async call(kv: Kv, random: Random): Promise<void> {
    try {
      const id = this.#held[random.int(Math.max(1, this.#held.length))];
      if (id === undefined || (this.#held.length < LEASES_MAX && random.int(4) === 0))
        await this.#grant(kv, random);
      else await this.#use(kv, id, random.int(10));
    } catch (error) {
      if (!hasCode(error) || !isKvErrorCode(error.code)) throw error;
    }
  }

  async #grant(kv: Kv, random: Random): Promise<void> {
    const { leases, loop } = this.#cluster;
    const calledAt = loop.now;
    const { id, ttlSeconds } = await kv.leaseGrant({ id: 0n, ttlSeconds: 2 + random.int(8) });
    leases.granted(id, ttlSeconds, calledAt);
    this.#held.push(id);
    this.#cluster.count("leases granted");
  }

  async #use(kv: Kv, id: bigint, dice: number): Promise<void> {
    const { leases, loop } = this.#cluster;
    if (dice < 6) {
      const calledAt = loop.now;
      const ttl = await kv.leaseKeepAlive(id);
      if (ttl > 0) leases.renewed(id, calledAt);
      else this.#drop(id);
    } else if (dice < 9) {
      const key = Buffer.from(`${LEASED_KEYS}${this.#client}.${++this.#keys % 4}`);
      await kv.put({ key, value: Buffer.from(`${id}`), lease: id });
    } else {
      leases.unwanted(id);
      this.#drop(id);
      await kv.leaseRevoke(id);
    }
  }

  #drop(id: bigint): void {
    this.#held = this.#held.filter((other) => other !== id);
  }
}
