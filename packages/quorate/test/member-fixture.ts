/** Members in worker threads with directories and ports of their own, gone when the test is over. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { type RunningReplica, type StartReplicaOptions, startReplica } from "../src/start-replica.ts";

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A folder for this test. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-member-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Settings of members m1, m2, ... of one cluster. */
export async function memberSettings(t: ExecutionContext, size: number): Promise<StartReplicaOptions[]> {
  const folder = await temporaryFolder(t);
  const ports = await freePorts(size);
  const initialCluster = ports.map((port, i) => `m${i + 1}=http://127.0.0.1:${port}`).join(",");
  return ports.map((_, i) => ({ dataDir: join(folder, `m${i + 1}`), name: `m${i + 1}`, initialCluster }));
}

/** Starts a member; it is stopped when the test is over. */
export function started(t: ExecutionContext, options: StartReplicaOptions): Promise<RunningReplica> {
  const starting = startReplica(options);
  t.teardown(async () => {
    const replica = await starting.catch(() => undefined);
    await replica?.stop({ transferLeadership: false });
  });
  return starting;
}

/** The peer URLs of all members. */
export function peerUrlsOf({ initialCluster }: StartReplicaOptions): string[] {
  return initialCluster.split(",").map((part) => part.slice(part.indexOf("=") + 1));
}
