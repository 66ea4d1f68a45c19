/** etcd's Watch service: each call is one stream of many watches. */
import type { AccessCheck } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import type { Partially } from "./message-codec.ts";
import { type MessageStream, type RpcCall, type ServiceHandlers, streaming } from "./rpc-call.ts";
import { WatchStream, type WatchStreamLimits } from "./watch-stream.ts";

/** The handlers of etcdserverpb.Watch. */
export class WatchService {
  readonly #backend: EtcdBackend;
  readonly #access: AccessCheck;
  readonly #limits: WatchStreamLimits;
  readonly #streams = new Set<WatchStream>();

  constructor(backend: EtcdBackend, access: AccessCheck, limits: WatchStreamLimits) {
    this.#backend = backend;
    this.#access = access;
    this.#limits = limits;
  }

  /** Open streams, and the watches on them. */
  get counts(): { streams: number; watches: number } {
    let watches = 0;
    for (const stream of this.#streams) watches += stream.size;
    return { streams: this.#streams.size, watches };
  }

  handlers(): ServiceHandlers {
    return {
      Watch: streaming((stream: MessageStream<pb.WatchRequest, Partially<pb.WatchResponse>>, call) =>
        this.#watch(stream, call),
      ),
    };
  }

  async #watch(
    stream: MessageStream<pb.WatchRequest, Partially<pb.WatchResponse>>,
    call: RpcCall,
  ): Promise<void> {
    const watches = new WatchStream(this.#backend, this.#access, stream, call, this.#limits);
    this.#streams.add(watches);
    try {
      for await (const request of stream.requests) {
        if (request.create_request) watches.create(request.create_request);
        else if (request.cancel_request) watches.cancel(request.cancel_request.watch_id);
        else if (request.progress_request) watches.requestProgress();
        // As etcd: what asks for nothing is passed over.
      }
    } finally {
      watches.close();
      this.#streams.delete(watches);
    }
  }
}
