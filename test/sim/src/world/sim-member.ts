/** One member of the simulated cluster: its machine, and the life of its process while there is one. */
import { CodedError, type Random } from "@quorate/base";
import { type RecoveredLog, WriteAheadLog } from "@quorate/disk";
import type { MemberId } from "@quorate/raft";
import { type DurableLog, type MemberAttributes, type Peer, Replica, ReplicaKv } from "@quorate/replica";
import type { Profile } from "../profile.ts";
import { Life } from "./life.ts";
import type { Machine } from "./machine.ts";
import { SimClock } from "./sim-clock.ts";
import { SimFileSystem } from "./sim-file-system.ts";
import type { SimNetwork } from "./sim-network.ts";
import { SimStateStorage } from "./sim-state-storage.ts";
import { SimTransport } from "./sim-transport.ts";

/** Simulated milliseconds of a heartbeat and of an election. */
export const HEARTBEAT_MS = 100;
/** Silence after which an election starts. */
export const ELECTION_MS = 1000;
/** How long a client's call may take. */
export const REQUEST_MS = 3000;

/** What a member needs of its cluster. */
export interface SimMemberOptions {
  readonly machine: Machine;
  readonly clusterId: bigint;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly profile: Profile;
  /** The first members; absent for one that joins. */
  readonly bootstrap: readonly MemberAttributes[] | undefined;
  readonly seeds: readonly Peer[];
  readonly note: (line: string) => void;
  /** The process has ended by itself. */
  readonly failed: (member: SimMember, error: Error) => void;
}

interface Running {
  readonly life: Life;
  readonly fs: SimFileSystem;
  replica: Replica | undefined;
  kv: ReplicaKv | undefined;
}

/** A member; runs or does not. */
export class SimMember {
  readonly id: MemberId;
  readonly machine: Machine;
  readonly #options: SimMemberOptions;
  #running: Running | undefined;
  /** It was removed from the cluster, or its data can't be used any more. */
  isGone = false;
  /** How often its process was started. */
  starts = 0;

  constructor(options: SimMemberOptions) {
    this.#options = options;
    this.machine = options.machine;
    this.id = options.machine.id;
  }

  /** Whether there is a process, serving or starting. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The replica, where the process serves. */
  get replica(): Replica | undefined {
    return this.#running?.replica;
  }

  /** Its Kv, where the process serves. */
  get kv(): ReplicaKv | undefined {
    return this.#running?.kv;
  }

  get life(): Life | undefined {
    return this.#running?.life;
  }

  /** Starts the process on what the machine holds; it serves some time later. */
  start(): void {
    if (this.#running) return;
    this.starts++;
    const { network, random, machine } = this.#options;
    const life = new Life(network.loop);
    const fs = new SimFileSystem(machine.fs, {
      life,
      faults: machine.disk,
      random,
      crash: () => {
        if (life.alive) this.kill(random.int(2) === 0);
      },
    });
    const running: Running = { life, fs, replica: undefined, kv: undefined };
    this.#running = running;
    this.#open(running).catch((error: Error) => {
      if (life.alive) this.#fail(error);
    });
  }

  /** kill -9, or with `isPowerLost` the end of the machine. */
  kill(isPowerLost: boolean): void {
    const running = this.#running;
    if (!running) return;
    const { network, random, machine, note } = this.#options;
    this.#running = undefined;
    running.life.end();
    running.fs.abandon();
    network.detach(this.id, isPowerLost);
    machine.crash(random, isPowerLost);
    note(`m${this.id} ${isPowerLost ? "lost its power" : "was killed"}`);
  }

  async #open(running: Running): Promise<void> {
    const { machine, clusterId, network, random, profile, note } = this.#options;
    const { life, fs } = running;
    const { log, recovered } = await WriteAheadLog.open({
      fs,
      folder: "/log",
      clusterId,
      memberId: this.id,
      segmentBytes: profile.segmentBytes,
      preallocateBytes: profile.preallocateBytes,
    });
    machine.promises.recovered(recovered);
    const state = await SimStateStorage.open(machine.states, life, fs);
    const spoiled = profile.faults.has("spoiled-snapshot") ? 0.3 : 0;
    const { bootstrap, seeds } = this.#options;
    const replica = await Replica.open({
      id: this.id,
      clusterId,
      name: `m${this.id}`,
      peerUrls: [`https://m${this.id}:1`],
      clientUrls: [`https://m${this.id}:2`],
      ...(bootstrap ? { bootstrap } : undefined),
      seeds,
      log: this.#observed(log),
      recovered: recovered satisfies RecoveredLog,
      state,
      transport: new SimTransport(network, { id: this.id, life, random, spoiled }),
      clock: new SimClock(life, machine.clock),
      random,
      scheduler: { soon: (run) => void life.after(0, run) },
      heartbeatMs: HEARTBEAT_MS,
      electionMs: ELECTION_MS,
      requestTimeoutMs: REQUEST_MS,
      trim: {
        entriesMax: profile.trimEntries,
        entriesKept: profile.keptEntries,
        bytesMax: 4 * 1024 * 1024,
        // So little that followers are often served from the disk.
        memoryBytesMax: 512,
      },
      corruptCheckMs: profile.corruptCheckMs,
      strictReconfigCheck: profile.strictReconfigCheck,
      ...(profile.keptRevisions > 0
        ? { autoCompaction: { mode: "revision" as const, retention: profile.keptRevisions } }
        : undefined),
      note: (line) => note(`m${this.id} ${line}`),
      failed: (error) => {
        if (life.alive) this.#fail(error);
      },
    });
    running.replica = replica;
    running.kv = new ReplicaKv(replica);
  }

  #observed(log: DurableLog): DurableLog {
    const { promises } = this.machine;
    return {
      append: async (batch) => {
        promises.begun(batch);
        await log.append(batch);
        promises.done();
      },
      readEntries: (start, end) => log.readEntries!(start, end),
      close: () => log.close(),
    };
  }

  #fail(error: Error): void {
    const { note, failed } = this.#options;
    note(`m${this.id} failed: ${error instanceof CodedError ? error.code : "?"} ${error.message}`);
    this.kill(false);
    failed(this, error);
  }
}
