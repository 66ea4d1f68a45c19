/** A watch that was asked for while there was no connection: it starts on the next, or its owner is told. */
import type { Watch, WatchRequest, WatchSink } from "@quorate/mvcc";
import type { EtcdConnection } from "./etcd-connection.ts";

/** Stands for the watch from before it starts until it is over. */
export class PendingWatch implements Watch {
  /** Resolves when it has started, was cancelled, or its owner was told that it can't. */
  readonly settled: Promise<void>;
  #watch: Watch | undefined;
  #isCancelled = false;
  #progressWanted = false;

  constructor(connecting: Promise<EtcdConnection>, request: WatchRequest, sink: WatchSink) {
    this.settled = connecting.then(
      (connection) => {
        if (this.#isCancelled) return;
        this.#watch = connection.watches.watch(request, sink);
        if (this.#progressWanted) this.#watch.requestProgress();
      },
      (error: Error) => {
        if (!this.#isCancelled) sink.closed(error);
      },
    );
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#watch?.cancel();
  }

  requestProgress(): void {
    this.#progressWanted = true;
    this.#watch?.requestProgress();
  }
}
