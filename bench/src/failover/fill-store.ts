/** Puts so many bytes into a cluster's store before it meets its fault, beside the keys that are probed. */
import { randomBytes } from "node:crypto";
import { GrpcStoreClient } from "../client/grpc-store-client.ts";
import { inParallel } from "../workload.ts";
import type { FaultCluster } from "./fault-cluster.ts";

const VALUE_BYTES = 64 * 1024;
const WRITERS = 8;
const TIMEOUT_MS = 60_000;
const DONE = 200;

/** Values that don't compress, of 64 KiB; throws where a put is refused. */
export async function fillStore(cluster: FaultCluster, bytes: number): Promise<void> {
  const client = new GrpcStoreClient({
    endpoints: [cluster.storeEndpoint(0)],
    credentials: cluster.credentials,
    connections: 1,
    timeoutMs: TIMEOUT_MS,
  });
  try {
    await inParallel(Math.ceil(bytes / VALUE_BYTES), WRITERS, async (index) => {
      const key = `fill/${String(index).padStart(8, "0")}`;
      const { status } = await client.put(key, randomBytes(VALUE_BYTES));
      if (status !== DONE) throw new Error(`the store can't be filled: status ${status} at ${key}`);
    });
  } finally {
    client.close();
  }
}
