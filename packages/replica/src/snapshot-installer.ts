/**
 * Replaces state and log by a snapshot that has arrived, in the order that a crash can't hurt: the state is
 * switched first, then the log starts over. A crash between the two is finished by the next start
 * (`recoverReplica`). While it goes on nothing else of raft's may be carried out.
 */
import { CodedError } from "@quorate/base";
import type { Ready, SnapshotMeta } from "@quorate/raft";
import type { LogWriter } from "./log-writer.ts";
import type { ArrivedSnapshot } from "./snapshot-receiver.ts";

/** What the installer changes of the replica. */
export interface SnapshotInstallerOptions {
  readonly writer: LogWriter;
  /** The state that stands at `meta`; undefined where it has not arrived. */
  readonly take: (meta: SnapshotMeta) => ArrivedSnapshot | undefined;
  /** The new state is durable: everyone is to use it. */
  readonly replaceState: (arrived: ArrivedSnapshot) => void;
  /** The log starts over durably, raft may hear of it. */
  readonly installed: (meta: SnapshotMeta) => void;
  readonly failed: (error: Error) => void;
}

/** One installation at a time. */
export class SnapshotInstaller {
  readonly #options: SnapshotInstallerOptions;
  #decide: ((installed: boolean) => void) | undefined;
  #busy = false;

  constructor(options: SnapshotInstallerOptions) {
    this.#options = options;
  }

  /** Whether an installation is under way. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /**
   * `step` tells raft; resolves with true once what raft wants is installed, with false where it wants
   * nothing.
   */
  offer(step: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      this.#decide = resolve;
      step();
      if (!this.#busy) this.#decided(false);
    });
  }

  /** Raft wants the snapshot at `meta`; `ready` is what it wants written with it. */
  install(meta: SnapshotMeta, ready: Ready): void {
    const { take, replaceState, writer, installed, failed } = this.#options;
    const arrived = take(meta);
    if (!arrived) {
      failed(
        new CodedError("SNAPSHOT_BROKEN", `raft wants a snapshot at index ${meta.index} that is not here`),
      );
      return;
    }
    this.#busy = true;
    const point = { index: meta.index, term: meta.term };
    arrived.staged.commit(point).then(() => {
      replaceState(arrived);
      writer.reset(point, ready, () => {
        this.#busy = false;
        installed(meta);
        this.#decided(true);
      });
    }, failed);
  }

  /** Nothing will be installed any more. */
  close(): void {
    this.#decided(false);
  }

  #decided(installed: boolean): void {
    this.#decide?.(installed);
    this.#decide = undefined;
  }
}
