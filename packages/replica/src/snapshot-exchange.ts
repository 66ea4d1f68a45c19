/**
 * Snapshots of one replica, out and in: who sends, who receives, and how raft and the state get together over
 * one.
 */
import { kvError, type StoreOptions } from "@quorate/mvcc";
import type { MemberId, MemoryRaftLog, Message, Raft, Ready } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import type { LogWriter } from "./log-writer.ts";
import type { PeerTransport, SnapshotHead } from "./peer-transport.ts";
import type { ReplicaCounts } from "./replica-counts.ts";
import { SnapshotInstaller } from "./snapshot-installer.ts";
import { type ArrivedSnapshot, SnapshotReceiver } from "./snapshot-receiver.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import type { StateStorage } from "./state-storage.ts";

/** The parts of a replica that a snapshot touches. */
export interface SnapshotExchangeOptions {
  readonly self: MemberId;
  readonly raft: Raft;
  readonly raftLog: MemoryRaftLog;
  readonly writer: LogWriter;
  readonly transport: PeerTransport;
  readonly storage: StateStorage;
  readonly counts: ReplicaCounts;
  readonly now: () => number;
  readonly storeOptions: StoreOptions;
  /** Carries out what raft has to say now. */
  readonly takeReadies: () => void;
  /** Everyone is to use the state that has arrived. */
  readonly replaceState: (arrived: ArrivedSnapshot) => void;
  /** The state stands at `index`; raft goes on from there. */
  readonly applied: (index: number) => void;
  /** Runs what may break an invariant. */
  readonly guard: (run: () => void) => void;
  readonly wake: () => void;
  readonly note: (line: string) => void;
  readonly failed: (error: Error) => void;
}

/** The sending and receiving half of one member. */
export class SnapshotExchange {
  readonly #options: SnapshotExchangeOptions;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  readonly #installer: SnapshotInstaller;

  constructor(options: SnapshotExchangeOptions) {
    const { raft, raftLog, guard, wake, note } = options;
    this.#options = options;
    this.#sender = new SnapshotSender(options.transport, {
      began: (to) => options.counts.snapshotsSent.began(to),
      finished: (to, ok, ms) => {
        options.counts.snapshotsSent.ended(to, ok, ms);
        raft.reportSnapshot(to, ok);
        wake();
      },
      note,
      now: options.now,
    });
    this.#receiver = new SnapshotReceiver(options.storage, options.storeOptions, {
      committedIndex: () => raft.status().commit,
      offer: (head) => this.#offer(head),
      note,
    });
    this.#installer = new SnapshotInstaller({
      writer: options.writer,
      take: (meta) => this.#receiver.take(meta),
      replaceState: (arrived) => guard(() => options.replaceState(arrived)),
      installed: (meta) =>
        guard(() => {
          raftLog.installSnapshot(meta);
          options.applied(meta.index);
          wake();
        }),
      failed: options.failed,
    });
  }

  /** Whether a snapshot is being installed: nothing else of raft's may be carried out meanwhile. */
  get isInstalling(): boolean {
    return this.#installer.isBusy;
  }

  /** Entries behind this index are needed by a snapshot on its way to a member; undefined where none is. */
  neededFrom(): number | undefined {
    return this.#sender.oldestIndex();
  }

  /** Sends the state that raft's `snap` message asks for. */
  send(message: Message, state: AppliedState): void {
    this.#sender.send(message, state);
  }

  /** A peer sends its state. */
  receive(from: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (head.message.to !== this.#options.self) return Promise.reject(kvError("STOPPED"));
    return this.#counted(from, this.#receiver.receive(from, head, chunks));
  }

  /** Raft wants the snapshot of a Ready installed. */
  install(ready: Ready & { readonly snapshot: NonNullable<Ready["snapshot"]> }): void {
    this.#installer.install(ready.snapshot, ready);
  }

  close(): void {
    this.#installer.close();
  }

  async #counted(from: MemberId, receiving: Promise<void>): Promise<void> {
    const { counts, now } = this.#options;
    const begun = now();
    counts.snapshotsReceived.began(from);
    let ok = false;
    try {
      await receiving;
      ok = true;
    } finally {
      counts.snapshotsReceived.ended(from, ok, now() - begun);
    }
  }

  /** Lets raft decide about a snapshot whose state is here; resolves when it is installed, or not wanted. */
  #offer(head: SnapshotHead): Promise<boolean> {
    const { raft, transport, takeReadies } = this.#options;
    return this.#installer.offer(() => {
      raft.step(head.message);
      // The leader may have died while its snapshot came in: its last message must not make it the leader
      // again.
      const { from } = head.message;
      if (!transport.isConnected(from)) raft.loseLeader(from);
      takeReadies();
    });
  }
}
