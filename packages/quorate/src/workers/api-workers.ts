/**
 * The API server in several processes on one port, which uses more cores. This process holds the port and
 * hands each connection to the next worker in turn, so that a few long HTTP/2 connections are spread evenly
 * and what a dead worker has not taken goes to another. Each worker holds a watch cache of its own and speaks
 * Kv to the store over a socket; this process runs the controllers.
 *
 * Bound: the limits of requests in flight are shared out among the workers.
 */
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { type MetricsSnapshot, processMetrics, type RunningApiServer } from "@quorate/apiserver";
import { CodedError, messageOf } from "@quorate/base";
import type { Log } from "@quorate/controllers";
import type { FrontDoor, FrontDoorSettings } from "../member/front-door.ts";
import { ApiWorkerProcess } from "./api-worker-process.ts";
import { collectedMetrics } from "./collected-metrics.ts";
import { shareOut } from "./share-out.ts";
import type { WorkersPlan } from "./workers-plan.ts";

/** What the workers' host gives. */
export interface WorkersHost {
  readonly log: Log;
  readonly storeMetrics: ((delays?: readonly number[]) => Promise<string>) | undefined;
}

function prepareCluster(): void {
  // The published files are JavaScript, the sources run as they are.
  const source = new URL("../api-worker.ts", import.meta.url);
  const file = import.meta.url.endsWith(".ts") ? source : new URL("../api-worker.js", import.meta.url);
  // Also on Windows, where the system would give most connections to one process.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: fileURLToPath(file),
    args: [],
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    windowsHide: true,
  });
}

/** All workers of this process's member. */
export class ApiWorkers implements FrontDoor {
  readonly #host: WorkersHost;
  readonly #workers: readonly ApiWorkerProcess[];
  readonly #ownMetrics: () => Promise<MetricsSnapshot>;
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #listen: FrontDoorSettings["listen"];
  #tls: FrontDoorSettings["tls"];
  #isBootstrapped = false;
  #isStopComing = false;
  #port = 0;
  #stopped: Promise<void> | undefined;

  private constructor(settings: FrontDoorSettings, plan: WorkersPlan, host: WorkersHost) {
    this.#host = host;
    this.#listen = settings.listen;
    this.#tls = settings.tls;
    this.#ownMetrics = processMetrics();
    const { disabledAdmission, eventTtlSeconds, keyPrefix, serviceAccounts } = settings;
    this.#workers = Array.from({ length: plan.count }, (_, index) => {
      const number = index + 1;
      return new ApiWorkerProcess(number, () => ({
        number,
        socket: plan.socket,
        logging: plan.log,
        isBootstrapped: this.#isBootstrapped,
        listen: settings.listen,
        tls: this.#tls,
        serviceRanges: settings.serviceRanges,
        limits: shareOut(settings.limits, plan.count),
        ...(serviceAccounts && { serviceAccounts }),
        ...(disabledAdmission && { disabledAdmission }),
        ...(eventTtlSeconds !== undefined && { eventTtlSeconds }),
        ...(keyPrefix !== undefined && { keyPrefix }),
      }));
    });
  }

  /** Resolves once all workers serve; rejects with the reason of one that can't, and leaves none behind. */
  static async start(settings: FrontDoorSettings, plan: WorkersPlan, host: WorkersHost): Promise<ApiWorkers> {
    prepareCluster();
    const workers = new ApiWorkers(settings, plan, host);
    try {
      await workers.#open(plan.signal);
    } catch (error) {
      await workers.server.stop({ graceMs: 0 });
      throw error;
    }
    return workers;
  }

  readonly server: RunningApiServer = this.#asServer();

  bootstrapDone(): void {
    this.#isBootstrapped = true;
    for (const worker of this.#workers) worker.tell({ type: "bootstrap-done" });
  }

  stopComing(): void {
    this.#isStopComing = true;
    for (const worker of this.#workers) worker.tell({ type: "stop-coming" });
  }

  #open(signal: AbortSignal): Promise<unknown> {
    const aborted = new Promise<never>((_, reject) => {
      const stop = () => reject(new CodedError("STOPPED", "the member was stopped while it started"));
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
    const ready = this.#workers.map((worker) => {
      this.#follow(worker);
      const isOpen = new Promise<void>((resolve, reject) => {
        worker.once("ready", () => resolve());
        worker.once("failed", reject);
      });
      worker.start();
      return isOpen;
    });
    return Promise.race([Promise.all(ready), aborted]);
  }

  #follow(worker: ApiWorkerProcess): void {
    const { log } = this.#host;
    const { number } = worker;
    worker.on("ready", (port) => {
      this.#port = port;
      log("info", "an API worker serves", { worker: number, workerPid: worker.pid });
      // What was said while it started.
      if (this.#isBootstrapped) worker.tell({ type: "bootstrap-done" });
      if (this.#isStopComing) worker.tell({ type: "stop-coming" });
      worker.tell({ type: "renew-tls", tls: this.#tls });
    });
    worker.on("failed", ({ message }) =>
      log("error", "an API worker can't serve", { worker: number, message }),
    );
    worker.on("died", (how, pauseMs) => {
      log("warn", "an API worker died and is started again", { worker: number, how, pauseMs });
    });
    worker.on("collect", (answer) => {
      this.#collect().then(answer, (error: unknown) => {
        log("warn", "the workers' metrics can't be had", { error: messageOf(error) });
        answer(undefined);
      });
    });
  }

  async #collect(): Promise<string> {
    const reports = await Promise.all(
      this.#workers.map(async (worker) => ({ worker, report: await worker.report() })),
    );
    const text = await collectedMetrics(await this.#ownMetrics(), reports);
    const delays = reports.flatMap(({ report }) => report?.delaySeconds ?? []);
    return text + ((await this.#host.storeMetrics?.(delays)) ?? "");
  }

  #asServer(): RunningApiServer {
    const port = () => this.#port;
    const host = () => this.#listen.host;
    return {
      get port() {
        return port();
      },
      get url() {
        return `https://${host().includes(":") ? `[${host()}]` : host()}:${port()}`;
      },
      ended: this.#ended.promise,
      stop: (options) => {
        this.#stopped ??= Promise.all(this.#workers.map((worker) => worker.stop(options?.graceMs))).then(() =>
          this.#ended.resolve(undefined),
        );
        return this.#stopped;
      },
      renewTls: (tls) => {
        this.#tls = tls;
        for (const worker of this.#workers) worker.tell({ type: "renew-tls", tls });
      },
      metrics: () => this.#ownMetrics(),
    };
  }
}
