/** One member as a process: `quorate store`, killed, stopped and started again at will. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { MemberPlace } from "./peer-network.ts";

const COMMAND = fileURLToPath(new URL("../../../../packages/quorate/bin/quorate.mjs", import.meta.url));
const LINES_MAX = 400;
/** Bound: a process that does not serve after so long never will. */
const READY_MS = 60_000;

/** What a member is started with. */
export interface StoreProcessOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly place: MemberPlace;
  readonly clientPort: number;
  readonly initialCluster: string;
  readonly isNewCluster: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/** A line that a member wrote, and when it came, by `performance.now()`. */
export interface MemberLine {
  readonly at: number;
  readonly text: string;
}

/** The process of one member over its lives. */
export class StoreProcess {
  readonly options: StoreProcessOptions;
  /** Its member id, once it has said so. */
  id = 0n;
  /** When it said that it leads, term by term. */
  readonly led: { readonly term: number; readonly at: number }[] = [];
  /** Its last lines. */
  readonly lines: MemberLine[] = [];
  /** Told where a process ends that was not killed. */
  onFailure: (text: string) => void = () => {};
  #child: ChildProcess | undefined;
  #isKilled = false;
  #ready = Promise.withResolvers<void>();
  /** It is to stay down. */
  isGone = false;

  constructor(options: StoreProcessOptions) {
    this.options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** The last term in which it said that it leads. */
  get ledTerm(): number {
    return this.led.at(-1)?.term ?? 0;
  }

  get endpoint(): string {
    const { place, clientPort } = this.options;
    return `http://${place.clientHost}:${clientPort}`;
  }

  start(): void {
    if (this.#child) return;
    const { place, environment } = this.options;
    const [file, ...args] = place.wrap([process.execPath, COMMAND, "store", ...this.#flags()]);
    const child = spawn(file!, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // In a process group of its own: Ctrl-C is for the torture.
      detached: true,
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    this.#isKilled = false;
    const ready = Promise.withResolvers<void>();
    this.#ready = ready;
    ready.promise.catch(() => {});
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#line(line, ready.resolve));
    }
    child.once("exit", (code, signal) => {
      if (this.#child === child) this.#child = undefined;
      const text = `${this.options.name} ended (${signal ?? code}): ${this.#lastLines(5)}`;
      ready.reject(new Error(text));
      if (!this.#isKilled) this.onFailure(text);
    });
  }

  /** Resolves when it serves clients; rejects where it ends, or takes too long. */
  async ready(): Promise<void> {
    const { name } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_, reject) => {
      const text = `${name} does not serve after ${READY_MS / 1000} s`;
      timer = setTimeout(() => reject(new Error(`${text}: ${this.#lastLines(5)}`)), READY_MS);
    });
    try {
      await Promise.race([this.#ready.promise, overdue]);
    } finally {
      clearTimeout(timer);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#isKilled = true;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  #flags(): string[] {
    const { name, dataDir, place, initialCluster, isNewCluster } = this.options;
    return [
      ...["--name", name, "--data-dir", dataDir],
      ...["--listen-client-urls", this.endpoint, "--advertise-client-urls", this.endpoint],
      ...["--listen-peer-urls", place.listenPeerUrl],
      ...["--initial-advertise-peer-urls", place.advertisePeerUrl],
      ...["--initial-cluster", initialCluster],
      ...["--initial-cluster-state", isNewCluster ? "new" : "existing"],
      // Low, so that a member that was away meets a snapshot.
      ...["--snapshot-count", "200"],
    ];
  }

  #lastLines(count: number): string {
    return this.lines
      .slice(-count)
      .map(({ text }) => text)
      .join("\n");
  }

  #line(text: string, served: () => void): void {
    const at = performance.now();
    this.lines.push({ at, text });
    if (this.lines.length > LINES_MAX) this.lines.shift();
    const id = /"local-member-id":"([0-9a-f]+)"/.exec(text)?.[1];
    if (id) this.id = BigInt(`0x${id}`);
    const term = /this member leads in term (\d+)/.exec(text)?.[1];
    if (term) this.led.push({ term: Number(term), at });
    if (text.includes('"ready to serve client requests"')) served();
  }
}
