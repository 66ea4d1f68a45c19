/**
 * How much each member's own memory grows during a fault. Files that a process has mapped count as resident
 * too until the system wants the room, so they are left out where the system tells them apart.
 */
import { readFileSync } from "node:fs";
import { usageOf } from "../process-tree.ts";
import type { FaultCluster } from "./fault-cluster.ts";

const PERIOD_MS = 200;

/** Bytes of one member; a member that was started anew has nothing before. */
export interface MemoryGrowth {
  readonly beforeBytes: number;
  readonly peakBytes: number;
}

/** Samples every member until it is stopped. */
export class MemoryWatch {
  readonly #cluster: FaultCluster;
  readonly #before: readonly number[];
  readonly #peaks: number[];
  readonly #timer: NodeJS.Timeout;

  constructor(cluster: FaultCluster) {
    this.#cluster = cluster;
    this.#before = cluster.endpoints.map((_, member) => ownBytes(cluster, member));
    this.#peaks = [...this.#before];
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS).unref();
  }

  /** By member. */
  stop(): MemoryGrowth[] {
    clearInterval(this.#timer);
    this.#sample();
    return this.#before.map((beforeBytes, member) => ({ beforeBytes, peakBytes: this.#peaks[member]! }));
  }

  #sample(): void {
    this.#peaks.forEach((peak, member) => {
      this.#peaks[member] = Math.max(peak, ownBytes(this.#cluster, member));
    });
  }
}

/** 0 where the member has no process now. */
function ownBytes(cluster: FaultCluster, member: number): number {
  try {
    const pid = cluster.getPid(member);
    if (process.platform !== "linux") return usageOf([pid]).residentBytes;
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
