/**
 * Clusters in process: real replicas, logs over a memory file system, state in memory, peers over a memory
 * network. A member can be killed at any time: what it did not sync is gone, as the file system says.
 */
import { SystemClock, systemRandom } from "@quorate/base";
import { MemoryFileSystem, WriteAheadLog } from "@quorate/disk";
import { MemoryOrderedStore, type OrderedStore } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";
import { clusterIdOf, type MemberAttributes } from "../src/member-attributes.ts";
import { MemoryPeerNetwork } from "../src/memory-peer-network.ts";
import { Replica } from "../src/replica.ts";
import { ReplicaKv } from "../src/replica-kv.ts";
import type { ReplicaOptions } from "../src/replica-options.ts";
import { turnScheduler } from "../src/scheduler.ts";
import { MemoryStateStorage } from "../src/state-storage.ts";

export interface TestMember {
  readonly id: MemberId;
  readonly fs: MemoryFileSystem;
  state: MemoryStateStorage;
  replica: Replica;
  kv: ReplicaKv;
  failure: Error | undefined;
  running: boolean;
}

export type MemberOverrides = Partial<
  Pick<
    ReplicaOptions,
    | "trim"
    | "requestTimeoutMs"
    | "bootstrap"
    | "electionMs"
    | "promoteWhenReady"
    | "corruptCheckMs"
    | "diskSpace"
    | "quotaBytes"
    | "autoCompaction"
  >
>;

/** What was written without a sync survives too: a kill of the process, not of the machine. */
class ReopenedStore implements OrderedStore {
  readonly #inner: OrderedStore;

  constructor(inner: OrderedStore) {
    this.#inner = inner;
  }

  getSync(key: Uint8Array) {
    return this.#inner.getSync(key);
  }

  pages(...args: Parameters<OrderedStore["pages"]>) {
    return this.#inner.pages(...args);
  }

  write(...args: Parameters<OrderedStore["write"]>) {
    return this.#inner.write(...args);
  }

  sizeBytes() {
    return this.#inner.sizeBytes();
  }

  async close() {}
}

export class TestCluster {
  readonly network = new MemoryPeerNetwork(turnScheduler);
  readonly members = new Map<MemberId, TestMember>();
  readonly clusterId: bigint;
  readonly bootstrap: readonly MemberAttributes[];
  readonly overrides: MemberOverrides;
  readonly lines: string[] = [];
  /** The replicas' timers let a process end; a test must not. */
  readonly #alive = setInterval(() => {}, 1000);

  constructor(ids: readonly MemberId[], overrides: MemberOverrides = {}) {
    this.clusterId = clusterIdOf(ids);
    this.bootstrap = ids.map((id) => ({ id, name: "", peerUrls: [`https://m${id}:1`], clientUrls: [] }));
    this.overrides = overrides;
  }

  static async start(size: number, overrides: MemberOverrides = {}): Promise<TestCluster> {
    const ids = Array.from({ length: size }, (_, i) => BigInt(i + 1));
    const cluster = new TestCluster(ids, overrides);
    for (const id of ids) await cluster.open(id);
    return cluster;
  }

  member(id: MemberId): TestMember {
    return this.members.get(id)!;
  }

  get running(): readonly TestMember[] {
    return [...this.members.values()].filter((member) => member.running);
  }

  /** Starts a member, for the first time or again on what it left. */
  async open(id: MemberId, overrides: MemberOverrides = {}): Promise<TestMember> {
    const before = this.members.get(id);
    const fs = before?.fs ?? new MemoryFileSystem();
    const state = new MemoryStateStorage(() => new MemoryOrderedStore());
    if (before) {
      state.store = new ReopenedStore(before.state.store);
      state.installedAt = before.state.installedAt;
    }
    const { log, recovered } = await WriteAheadLog.open({
      fs,
      folder: "/log",
      clusterId: this.clusterId,
      memberId: id,
      segmentBytes: 64 * 1024,
      preallocateBytes: 16 * 1024,
    });
    const member = { id, fs, state, failure: undefined, running: true } as unknown as TestMember;
    member.replica = await Replica.open({
      id,
      clusterId: this.clusterId,
      name: `m${id}`,
      peerUrls: [`https://m${id}:1`],
      clientUrls: [`https://m${id}:2`],
      bootstrap: this.bootstrap,
      log,
      recovered,
      state,
      transport: this.network.transport(id),
      clock: new SystemClock(),
      random: systemRandom(),
      scheduler: turnScheduler,
      heartbeatMs: 20,
      electionMs: 200,
      note: (line) => this.lines.push(`m${id} ${line}`),
      failed: (error) => {
        member.failure = error;
        member.running = false;
      },
      ...this.overrides,
      ...overrides,
    });
    member.kv = new ReplicaKv(member.replica);
    this.members.set(id, member);
    return member;
  }

  /** kill -9: nothing is flushed, the others see connections break. */
  async kill(id: MemberId): Promise<void> {
    const member = this.member(id);
    member.running = false;
    member.fs.crash();
    this.network.detach(id);
    await member.replica.stop();
  }

  async leader(): Promise<TestMember> {
    let found: TestMember | undefined;
    await this.until(() => {
      found = this.running.find(({ replica }) => replica.status().role === "leader");
      return (
        (found !== undefined &&
          this.running.some((one) => one !== found && one.replica.leader === found!.id)) ||
        (found !== undefined && this.running.length === 1)
      );
    }, "a leader");
    return found!;
  }

  /** Waits, by looking often, until `holds`; fails loudly after twenty seconds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const end = performance.now() + 20_000;
    while (!holds()) {
      if (performance.now() > end)
        throw new Error(`no ${what} within 20 s\n${this.lines.slice(-30).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#alive);
    for (const member of this.running) await member.replica.stop();
  }
}
