import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { type ContractTest, type KvHarness, kvContract } from "@quorate/mvcc/contract";
import test from "ava";
import { MessagePortCarrier } from "../src/frame-carrier.ts";
import { serveKvPort } from "../src/kv-port-server.ts";
import { connectKvSocket, listenKvSocket } from "../src/kv-socket.ts";
import { PortKv } from "../src/port-kv.ts";
import { TestCluster } from "./cluster-fixture.ts";

async function replicaHarness(size: number): Promise<KvHarness> {
  const cluster = await TestCluster.start(size);
  const leader = await cluster.leader();
  const member = cluster.running.find((one) => one !== leader) ?? leader;
  return { kv: member.kv, close: () => cluster.stop() };
}

async function portHarness(): Promise<KvHarness> {
  const inner = await replicaHarness(1);
  const { port1, port2 } = new MessageChannel();
  serveKvPort(inner.kv, new MessagePortCarrier(port2));
  const kv = new PortKv(new MessagePortCarrier(port1));
  const close = async (): Promise<void> => {
    await kv.close();
    await inner.close();
  };
  return { kv, close };
}

async function socketHarness(): Promise<KvHarness> {
  const inner = await replicaHarness(1);
  const folder = await mkdtemp(join(tmpdir(), "quorate-kv-"));
  const path =
    process.platform === "win32" ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}` : join(folder, "kv.sock");
  const address = { path, secret: randomBytes(32) };
  const server = await listenKvSocket(inner.kv, address);
  const { kv } = await connectKvSocket(address);
  const close = async (): Promise<void> => {
    await kv.close();
    await server.close();
    await inner.close();
    await rm(folder, { recursive: true });
  };
  return { kv, close };
}

const titled =
  (name: string): ContractTest =>
  (title, body) => {
    test(`${name}: ${title}`, (t) => body(t));
  };

kvContract({ test: titled("a member alone"), factory: () => replicaHarness(1) });
kvContract({ test: titled("a follower of three"), factory: () => replicaHarness(3) });
kvContract({ test: titled("over a message port"), factory: portHarness });
kvContract({ test: titled("over a socket"), factory: socketHarness });
