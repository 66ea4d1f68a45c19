/**
 * From the open port to the last closed connection. The order of a stop is the reference's: readiness fails,
 * no new connection, GOAWAY, watches end, requests in flight end or are broken off when their grace is over.
 */
import type { Clock } from "@quorate/base";
import type { HealthCheck, RunningApiServer, StopOptions } from "./api-server-options.ts";
import type { InFlightFilter } from "./chain/in-flight-filter.ts";
import type { SecureListener } from "./connection/secure-listener.ts";
import type { WatchTracker } from "./verbs/watch-tracker.ts";

const GRACE_MS = 10_000;
/** How long clients may take to read the last answers and to close their connections. */
const LAST_WORDS_MS = 500;

/** Runs one server, once. */
export class ServerLifecycle {
  readonly #clock: Clock;
  readonly #inFlight: InFlightFilter;
  readonly #watches: WatchTracker;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(clock: Clock, inFlight: InFlightFilter, watches: WatchTracker) {
    this.#clock = clock;
    this.#inFlight = inFlight;
    this.#watches = watches;
  }

  /** Fails as soon as a stop has begun. */
  readonly readiness: HealthCheck = {
    name: "shutdown",
    kinds: ["readyz"],
    check: () => {
      if (this.#isStopping) throw new Error("the server is shutting down");
    },
  };

  run(listener: SecureListener, host: string, port: number): Omit<RunningApiServer, "metrics"> {
    let end: (error: Error | undefined) => void;
    const ended = new Promise<Error | undefined>((resolve) => {
      end = resolve;
    });
    listener.onError((error) => end(error));
    return {
      port,
      url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ended,
      stop: (options) => {
        this.#stopped ??= this.#stop(listener, options).then(() => end(undefined));
        return this.#stopped;
      },
      renewTls: (tls) => listener.renew(tls),
    };
  }

  async #stop(listener: SecureListener, { graceMs = GRACE_MS }: StopOptions = {}): Promise<void> {
    this.#isStopping = true;
    const drained = this.#inFlight.drain();
    const closed = listener.refuseNew();
    this.#watches.close();
    await this.#within(drained, graceMs);
    this.#inFlight.abortAll();
    await this.#within(closed, LAST_WORDS_MS);
    listener.destroyAll();
    await closed;
  }

  /** Resolves when `done` does, or after `limitMs`. */
  #within(done: Promise<void>, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(limitMs, resolve);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
