/** A base port with enough free ports behind it for a cluster's members and their peers. */
import { createServer, type Server } from "node:net";

const HOST = "127.0.0.1";
/** Below the ports that systems hand out by themselves. */
const FIRST = 10_000;
const LAST = 30_000;

function tryPort(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen({ host: HOST, port, exclusive: true }, () => resolve(server));
  });
}

/** Free when asked; another process may still be faster, which then shows as a busy port. */
export async function freeBasePort(count: number): Promise<number> {
  for (;;) {
    const base = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const servers = await Promise.all(Array.from({ length: count }, (_, i) => tryPort(base + i)));
    await Promise.all(servers.map((server) => server && new Promise((done) => server.close(done))));
    if (servers.every((server) => server !== undefined)) return base;
  }
}
