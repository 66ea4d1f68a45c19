/**
 * One API worker as its member's process sees it: a process that gets connections of the shared port. It is
 * brought back when it dies unasked, at once the first time and later with growing pauses.
 */
import cluster, { type Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { CodedError } from "@quorate/base";
import type { FromWorker, ToWorker, WorkerReport, WorkerSettings } from "./worker-messages.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 15_000;
/** A worker that has served so long has overcome what stopped it before. */
const SETTLED_MS = 30_000;
/** Bound: how long it may take beyond the grace of its requests. */
const STOP_MS = 2_000;
const REPORT_MS = 2_000;

interface WorkerEvents {
  ready: [port: number];
  /** It said why it can't serve. */
  failed: [error: CodedError];
  /** It ended unasked, and is brought back after the pause. */
  died: [how: string, pauseMs: number];
  /** It asks for the metrics of all. */
  collect: [answer: (text: string | undefined) => void];
}

/** Starts, brings back and stops the process; emits what happens to it. */
export class ApiWorkerProcess extends EventEmitter<WorkerEvents> {
  readonly number: number;
  readonly #settings: () => WorkerSettings;
  readonly #reports = new Map<number, (report: WorkerReport | undefined) => void>();
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isReady = false;
  #isStopping = false;
  #readyAt = 0;
  #pauseMs = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #nextReport = 1;
  #restarts = 0;

  /** `settings` are asked for with every start of a process. */
  constructor(number: number, settings: () => WorkerSettings) {
    super();
    this.number = number;
    this.#settings = settings;
  }

  /** Whether it serves. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** How often it was brought back. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Absent while it is down. */
  get pid(): number | undefined {
    return this.#worker?.process.pid;
  }

  start(): void {
    const worker = cluster.fork();
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#hear(worker, message));
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#worker !== worker) return;
        this.#worker = undefined;
        this.#onEnd(how);
        resolve();
      };
      worker.once("error", (error) => end(`could not be started: ${error.message}`));
      worker.once("exit", (code, signal) =>
        end(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      );
    });
    this.#send(worker, { type: "start", settings: this.#settings() });
  }

  /** Says it to the worker, if there is one. */
  tell(message: ToWorker): void {
    if (this.#worker) this.#send(this.#worker, message);
  }

  /** Its metrics; undefined where it does not serve, or does not answer in time. */
  report(): Promise<WorkerReport | undefined> {
    if (!this.#isReady) return Promise.resolve(undefined);
    const id = this.#nextReport++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), REPORT_MS);
      const settle = (report: WorkerReport | undefined): void => {
        clearTimeout(timer);
        this.#reports.delete(id);
        resolve(report);
      };
      this.#reports.set(id, settle);
      this.tell({ type: "report", id });
    });
  }

  /** Lets its requests end and resolves once the process has ended, by force where that takes too long. */
  async stop(graceMs: number | undefined): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    this.tell({ type: "stop", graceMs });
    const timer = setTimeout(() => this.kill(), (graceMs ?? 0) + STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it at once; it is not brought back. */
  kill(): void {
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    this.#worker?.process.kill("SIGKILL");
  }

  #send(worker: Worker, message: ToWorker): void {
    // Whether it was taken shows in what follows: the worker's answer, or its end.
    if (worker.isConnected()) worker.send(message, () => {});
  }

  #hear(worker: Worker, message: FromWorker): void {
    if (worker !== this.#worker) return;
    if (message.type === "ready") {
      this.#isReady = true;
      this.#readyAt = performance.now();
      this.emit("ready", message.port);
    } else if (message.type === "failed") {
      this.emit("failed", new CodedError(message.code, message.message));
    } else if (message.type === "reported") {
      this.#reports.get(message.id)?.(message.report);
    } else {
      const { id } = message;
      this.emit("collect", (text) => {
        this.#send(worker, { type: "collected", id, ...(text === undefined ? {} : { text }) });
      });
    }
  }

  #onEnd(how: string): void {
    if (this.#isReady && performance.now() - this.#readyAt > SETTLED_MS) this.#pauseMs = 0;
    this.#isReady = false;
    for (const settle of [...this.#reports.values()]) settle(undefined);
    if (this.#isStopping) return;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, pauseMs * 2), LONGEST_PAUSE_MS);
    this.#restartTimer = setTimeout(() => {
      this.#restarts++;
      this.start();
    }, pauseMs);
    this.emit("died", how, pauseMs);
  }
}
