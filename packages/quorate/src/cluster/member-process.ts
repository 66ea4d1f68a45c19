/**
 * One member of a local cluster as a process of its own. It is brought back when it dies unasked, at once the
 * first time and later with growing pauses; a member that says why it can't run stays down until somebody has
 * read that.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { MemberReport, StopOrder } from "../member/member-report.ts";

const COMMAND = fileURLToPath(new URL("../../bin/quorate.mjs", import.meta.url));

/** Bound: what a log may have grown to when a member starts; then it becomes `.1` and a new one begins. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
const STOP_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A member that has run so long has overcome what stopped it before. */
const SETTLED_MS = 30_000;

/** What is started. */
export interface MemberProcessOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly restart: boolean;
}

/** `failed`: it said why it can't run; `waiting`: it died and is brought back soon. */
export type MemberState = "stopped" | "starting" | "ready" | "failed" | "waiting";

interface MemberProcessEvents {
  ready: [];
  leader: [name: string | undefined];
  /** It said why it can't run. */
  failed: [message: string];
  /** It ended unasked; `restartMs` is undefined where it is not brought back. */
  died: [how: string, restartMs: number | undefined];
}

/** Starts, watches, brings back and stops one member's process; emits what happens to it. */
export class MemberProcess extends EventEmitter<MemberProcessEvents> {
  readonly name: string;
  readonly #options: MemberProcessOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #state: MemberState = "stopped";
  #failure: string | undefined;
  #stopping = false;
  #startedAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: MemberProcessOptions) {
    super();
    this.name = options.name;
    this.#options = options;
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Why it can't run, where it said so. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Absent while it is down. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child) return;
    clearTimeout(this.#restartTimer);
    this.#stopping = false;
    this.#failure = undefined;
    this.#state = "starting";
    this.#startedAt = performance.now();
    const log = openLog(this.#options.logFile);
    const child = spawn(process.execPath, [COMMAND, "serve", ...this.#options.args], {
      stdio: ["ignore", log, log, "ipc"],
      windowsHide: true,
    });
    closeSync(log);
    this.#child = child;
    child.on("message", (report: MemberReport) => this.#hear(report));
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#child !== child) return;
        this.#child = undefined;
        resolve();
        this.#onEnd(how);
      };
      child.once("error", (error) => end(`could not be started: ${error.message}`));
      child.once("exit", (code, signal) =>
        end(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      );
    });
  }

  /** Sends `signal` to the process, if there is one. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /**
   * Asks it to stop and resolves once it has; after a while it is killed. It is not brought back.
   * `isWholeCluster`: the others stop too, so there is nobody to hand the leadership to.
   */
  async stop(isWholeCluster = false): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (!child) return;
    if (child.connected) child.send({ order: "stop", isWholeCluster } satisfies StopOrder);
    else child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #hear(report: MemberReport): void {
    if (report.event === "failed") {
      this.#failure = report.message;
    } else {
      if (report.event === "ready") {
        this.#state = "ready";
        this.emit("ready");
      }
      this.emit("leader", report.leader);
    }
  }

  #onEnd(how: string): void {
    if (this.#stopping) {
      this.#state = "stopped";
      return;
    }
    if (this.#failure !== undefined) {
      this.#state = "failed";
      this.emit("failed", this.#failure);
      return;
    }
    if (performance.now() - this.#startedAt > SETTLED_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const pauseMs = this.#pauseMs;
    this.#state = this.#options.restart ? "waiting" : "stopped";
    if (this.#options.restart) {
      this.#pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      this.#restartTimer = setTimeout(() => this.start(), pauseMs);
    }
    this.emit("died", how, this.#options.restart ? pauseMs : undefined);
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return openSync(file, "a", 0o600);
}
