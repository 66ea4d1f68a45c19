/** Puts so many bytes into a cluster's store before it meets its fault, beside the keys that are probed. */
import { randomFillSync } from "node:crypto";
import { messageCodec } from "@quorate/etcd-api";
import { GrpcConnection } from "../client/grpc-connection.ts";
import type { FaultCluster } from "./fault-cluster.ts";

const PUT = messageCodec("etcdserverpb.PutRequest");
const PUT_PATH = "/etcdserverpb.KV/Put";
const VALUE_BYTES = 64 * 1024;
const WRITERS = 8;
const TIMEOUT_MS = 60_000;

/** Values that don't compress, of 64 KiB; throws where a put is refused. */
export async function fillStore(cluster: FaultCluster, bytes: number): Promise<void> {
  const connection = new GrpcConnection({
    endpoints: [cluster.storeEndpoint(0)],
    credentials: cluster.credentials,
    connections: 1,
    timeoutMs: TIMEOUT_MS,
  });
  const count = Math.ceil(bytes / VALUE_BYTES);
  let next = 0;
  const write = async (): Promise<void> => {
    const value = Buffer.alloc(VALUE_BYTES);
    while (next < count) {
      const key = Buffer.from(`fill/${String(next++).padStart(8, "0")}`);
      const { code } = await connection.call(PUT_PATH, PUT.encode({ key, value: randomFillSync(value) }));
      if (code !== 0) throw new Error(`the store can't be filled: code ${code} at ${key}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: WRITERS }, write));
  } finally {
    connection.close();
  }
}
