import { randomBytes } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { SystemClock } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import { MessagePortCarrier } from "./src/frame-carrier.ts";
import { serveKvPort } from "./src/kv-port-server.ts";
import { connectKvSocket, listenKvSocket } from "./src/kv-socket.ts";
import { PortKv } from "./src/port-kv.ts";

const local = await LocalKv.open({ clock: new SystemClock() });
const a = { path: "/tmp/aw/x.sock", secret: randomBytes(32) };
const server = await listenKvSocket(local, a);
const s = await connectKvSocket(a);
const { port1, port2 } = new MessageChannel();
serveKvPort(local, new MessagePortCarrier(port2));
const p = new PortKv(new MessagePortCarrier(port1));
async function go(name: string, kv: PortKv, width: number, n: number) {
  const b = process.cpuUsage();
  for (let i = 0; i < n; i += width) await Promise.all(Array.from({ length: width }, () => kv.barrier()));
  const u = process.cpuUsage(b);
  console.log(name, width, ((u.user + u.system) / n).toFixed(1), "us");
}
for (let r = 0; r < 3; r++)
  for (const w of [1, 8, 64]) {
    await go("socket", s.kv, w, 20000);
    await go("port", p, w, 20000);
  }
await s.kv.close();
await p.close();
await server.close();
await local.close();
