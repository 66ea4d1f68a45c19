/** Renews a lease once: etcd has a stream for it, of which this takes one message each way. */
import type { ServiceError } from "@grpc/grpc-js";
import type { LeaseKeepAliveResponse } from "../generated/etcd-types.ts";
import { METHODS } from "./client-methods.ts";
import type { CallBounds, EtcdConnection } from "./etcd-connection.ts";

/** Resolves with the new seconds to live, 0 where the lease is gone. */
export function keepAliveOnce(
  connection: EtcdConnection,
  id: bigint,
  { timeoutMs, signal, askedAt }: CallBounds & { readonly askedAt: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = connection.stream(METHODS.leaseKeepAlive, { timeoutMs });
    const abort = (): void => stream.cancel();
    const done = (settle: () => void): void => {
      signal?.removeEventListener("abort", abort);
      settle();
    };
    signal?.addEventListener("abort", abort, { once: true });
    stream.on("data", (message: LeaseKeepAliveResponse) => done(() => resolve(Math.max(0, message.TTL))));
    stream.on("error", (error: ServiceError) =>
      done(() => reject(signal?.aborted ? (signal.reason as Error) : connection.failure(error, askedAt))),
    );
    stream.write({ ID: id });
    stream.end();
  });
}
