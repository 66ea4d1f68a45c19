/** grpc.health.v1: whether the member serves. */
import { setTimeout as delay } from "node:timers/promises";
import type { HealthCheckRequest, HealthCheckResponse } from "./generated/etcd-types.ts";
import type { Partially } from "./message-codec.ts";
import {
  type MessageStream,
  onlyRequest,
  type RpcCall,
  type ServiceHandlers,
  streaming,
  unary,
} from "./rpc-call.ts";
import { GRPC, RpcError } from "./rpc-error.ts";

const STATUS = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
const POLL_MS = 1_000;

/** The handlers of grpc.health.v1.Health. */
export class HealthService {
  readonly #isServing: () => boolean;

  constructor(isServing: () => boolean) {
    this.#isServing = isServing;
  }

  handlers(): ServiceHandlers {
    return {
      Check: unary(async (message: HealthCheckRequest) => {
        if (message.service !== "") throw new RpcError(GRPC.NOT_FOUND, "unknown service");
        return { status: this.#status() };
      }),
      Watch: streaming((stream: MessageStream<HealthCheckRequest, Partially<HealthCheckResponse>>, call) =>
        this.#watch(stream, call),
      ),
    };
  }

  #status(): number {
    return this.#isServing() ? STATUS.SERVING : STATUS.NOT_SERVING;
  }

  async #watch(
    stream: MessageStream<HealthCheckRequest, Partially<HealthCheckResponse>>,
    call: RpcCall,
  ): Promise<void> {
    const { service } = await onlyRequest(stream);
    let told: number | undefined;
    while (!call.signal.aborted) {
      const status = service === "" ? this.#status() : STATUS.SERVICE_UNKNOWN;
      if (status !== told) stream.send({ status });
      told = status;
      await delay(POLL_MS, undefined, { signal: call.signal, ref: false }).catch(() => undefined);
    }
  }
}
