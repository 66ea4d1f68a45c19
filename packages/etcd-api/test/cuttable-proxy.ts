/** A TCP way to a server that can be cut, or hold back what passes it as a frozen machine does. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class CuttableProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #state: { isFrozen: boolean; isCut: boolean };

  private constructor(server: Server, sockets: Set<Socket>, state: { isFrozen: boolean; isCut: boolean }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#state = state;
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  static async open(to: string): Promise<CuttableProxy> {
    const { hostname, port } = new URL(to);
    const sockets = new Set<Socket>();
    const state = { isFrozen: false, isCut: false };
    const server = createServer({ pauseOnConnect: true }, (near) => {
      if (state.isCut) {
        near.destroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => socket.destroy());
      }
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => near.write(bytes));
      if (state.isFrozen) {
        far.pause();
      } else near.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CuttableProxy(server, sockets, state);
  }

  /** Connections stay, nothing passes. */
  freeze(): void {
    this.#state.isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held back passes. */
  thaw(): void {
    this.#state.isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Breaks all connections and takes no more until it is mended. */
  cut(): void {
    this.#state.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  mend(): void {
    this.#state.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
