/** The messages of a streaming gRPC call, both ways. */

import type { H2Stream } from "@quorate/http2";
import type { EtcdMetrics } from "./etcd-metrics.ts";
import { HEADERS_BLOCK, sendMessage, trailersBlock } from "./grpc-framing.ts";
import { MessageQueue } from "./message-queue.ts";
import type { MessageStream } from "./rpc-call.ts";
import { GRPC, type RpcError } from "./rpc-error.ts";
import type { RpcMethod } from "./rpc-table.ts";

/** What a handler sees of a stream. */
export class GrpcStream implements MessageStream<unknown, unknown> {
  readonly requests: MessageQueue<unknown>;
  readonly #stream: H2Stream;
  readonly #method: RpcMethod;
  readonly #metrics: EtcdMetrics;
  #waiting: (() => void)[] = [];
  #isAnswering = false;
  #isClosed = false;
  #isBlocked = false;

  /** `pause` is told when the handler is behind, and when it is not any more. */
  constructor(stream: H2Stream, method: RpcMethod, metrics: EtcdMetrics, pause: (isPaused: boolean) => void) {
    this.requests = new MessageQueue(pause);
    this.#stream = stream;
    this.#method = method;
    this.#metrics = metrics;
  }

  /** A message of the client. */
  received(message: unknown): void {
    this.#metrics.received(this.#method);
    this.requests.push(message);
  }

  send(message: unknown): boolean {
    if (this.#isClosed) return true;
    this.#answer();
    this.#metrics.sent(this.#method);
    this.#isBlocked = !sendMessage(this.#stream, this.#method.response.encode(message as object));
    return !this.#isBlocked;
  }

  drained(): Promise<void> {
    if (this.#isClosed || !this.#isBlocked) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** There is room again. */
  noteDrained(): void {
    this.#isBlocked = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The call is over: says how, unless the client is gone. */
  finish(failure: RpcError | undefined): void {
    if (!this.#isClosed) {
      this.#answer();
      const trailers = trailersBlock(failure?.code ?? GRPC.OK, failure?.details ?? "");
      this.#stream.end({ trailers });
    }
    this.close();
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
    this.requests.end();
    this.noteDrained();
  }

  #answer(): void {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#stream.respond(HEADERS_BLOCK);
  }
}
