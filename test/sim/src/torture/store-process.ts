/** One member as a process: `quorate store`, killed, stopped and started again at will. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../../../packages/quorate/bin/quorate.mjs", import.meta.url));
const LINES_MAX = 200;

/** What a member is started with. */
export interface StoreProcessOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly clientPort: number;
  /** Where it listens to peers, and where they reach it. */
  readonly peerPort: number;
  readonly proxyPort: number;
  readonly initialCluster: string;
  readonly isNewCluster: boolean;
}

/** The process of one member over its lives. */
export class StoreProcess {
  readonly options: StoreProcessOptions;
  /** Its member id, once it has said so. */
  id = 0n;
  /** The last term in which it said that it leads. */
  ledTerm = 0;
  /** Its last lines. */
  readonly lines: string[] = [];
  #child: ChildProcess | undefined;
  #ready = Promise.withResolvers<void>();
  /** It is to stay down. */
  isGone = false;

  constructor(options: StoreProcessOptions) {
    this.options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.options.clientPort}`;
  }

  get peerUrl(): string {
    return `http://127.0.0.1:${this.options.proxyPort}`;
  }

  start(): void {
    if (this.#child) return;
    const { name, dataDir, clientPort, peerPort, initialCluster, isNewCluster } = this.options;
    const client = `http://127.0.0.1:${clientPort}`;
    const args = [
      ...["--name", name, "--data-dir", dataDir],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...[
        "--listen-peer-urls",
        `http://127.0.0.1:${peerPort}`,
        "--initial-advertise-peer-urls",
        this.peerUrl,
      ],
      ...["--initial-cluster", initialCluster],
      ...["--initial-cluster-state", isNewCluster ? "new" : "existing"],
      // Low, so that a member that was away meets a snapshot.
      ...["--snapshot-count", "200"],
    ];
    const child = spawn(process.execPath, [COMMAND, "store", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#ready = Promise.withResolvers<void>();
    this.#ready.promise.catch(() => {});
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#line(line));
    }
    child.once("exit", (code, signal) => {
      if (this.#child === child) this.#child = undefined;
      this.#ready.reject(new Error(`${name} ended (${signal ?? code}): ${this.lines.slice(-5).join("\n")}`));
    });
  }

  /** Resolves when it serves clients. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  #line(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines.shift();
    const id = /"local-member-id":"([0-9a-f]+)"/.exec(line)?.[1];
    if (id) this.id = BigInt(`0x${id}`);
    const term = /this member leads in term (\d+)/.exec(line)?.[1];
    if (term) this.ledTerm = Number(term);
    if (line.includes('"ready to serve client requests"')) this.#ready.resolve();
  }
}
