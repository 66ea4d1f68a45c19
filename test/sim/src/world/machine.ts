/** A machine: what stays when the process of its member ends. */
import type { Random } from "@quorate/base";
import { MemoryFileSystem } from "@quorate/disk";
import type { MemberId } from "@quorate/raft";
import type { Report } from "../check/history.ts";
import { LogPromises } from "../check/log-promises.ts";
import type { ClockFaults } from "./sim-clock.ts";
import type { DiskFaults } from "./sim-file-system.ts";
import type { StateImage } from "./state-image.ts";

/** About a record. */
const TAIL_BYTES = 1000;

/** The disk and the clock of one member. */
export class Machine {
  readonly id: MemberId;
  readonly fs = new MemoryFileSystem();
  readonly states = new Map<number, StateImage>();
  readonly disk: DiskFaults = { slowness: 1, isFull: false, failingSyncs: 0, crashIn: 0 };
  readonly clock: ClockFaults;
  readonly promises: LogPromises;
  /** A bit has rotted: the member may refuse to start, for good. */
  hasRotted = false;

  constructor(id: MemberId, clock: ClockFaults, report: Report) {
    this.id = id;
    this.clock = clock;
    this.promises = new LogPromises(id, report);
  }

  /** The process is gone; with `isPowerLost` so is what was only in memory. */
  crash(random: Random, isPowerLost: boolean): void {
    if (isPowerLost) this.fs.crash(random);
    for (const state of this.states.values()) state.crash(random, isPowerLost);
    this.disk.crashIn = 0;
  }

  /** Flips a bit in the log. False where it holds next to nothing yet. */
  rotLog(random: Random): boolean {
    const logs = this.fs.paths().filter((path) => path.endsWith(".wal"));
    // Often in the last record, which may be taken for one that a crash has torn.
    const isAtEnd = random.int(2) === 0;
    const path = isAtEnd ? logs.at(-1) : logs[random.int(Math.max(1, logs.length))];
    const bytes = path === undefined ? undefined : this.fs.peek(path);
    if (!path || !bytes || bytes.length === 0) return false;
    // Mostly where something is written, and not in the zeros ahead of it.
    let used = bytes.length;
    while (used > 1 && bytes[used - 1] === 0) used--;
    if (used < TAIL_BYTES && logs.length === 1) return false;
    const from = isAtEnd ? Math.max(0, used - TAIL_BYTES) : 0;
    const at = from + random.int((random.int(4) === 0 ? bytes.length : used) - from);
    bytes[at]! ^= 1 << random.int(8);
    this.fs.poke(path, bytes);
    this.hasRotted = true;
    return true;
  }

  rotState(): boolean {
    for (const state of this.states.values()) state.isDamaged = true;
    this.hasRotted = this.states.size > 0;
    return this.hasRotted;
  }
}
