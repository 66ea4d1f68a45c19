/**
 * Knows every request that is being worked on: refuses new ones while the server shuts down, ends those whose
 * deadline has passed, and tells when all are done. One sweep looks at all deadlines, so that a request needs
 * no timer.
 */
import type { Clock, Timer } from "@quorate/base";
import { serviceUnavailable, timeout } from "@quorate/object";
import type { Exchange } from "../exchange.ts";
import { sendStatus } from "../response/send-status.ts";
import type { Filter } from "./filter.ts";

/** How far behind its deadline a request may be ended. */
const SWEEP_MS = 100;

/** Holds an exchange from its arrival until its handler has returned. */
export class InFlightFilter implements Filter {
  readonly name = "in-flight";
  readonly #clock: Clock;
  readonly #exchanges = new Set<Exchange>();
  #sweep: Timer | undefined;
  #isDraining = false;
  #whenIdle: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#exchanges.size;
  }

  apply(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    if (this.#isDraining && !isHealthPath(exchange.path)) {
      const refusal = serviceUnavailable("apiserver is shutting down");
      refusal.status.details = { retryAfterSeconds: 1 };
      throw refusal;
    }
    this.#sweep ??= this.#clock.setTimer(SWEEP_MS, this.#onSweep);
  }

  finish(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#whenIdle?.();
  }

  /** From now on new requests are refused; resolves when the last one has ended. */
  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#exchanges.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** Ends whatever is still there. */
  abortAll(): void {
    for (const exchange of this.#exchanges) exchange.abort();
  }

  readonly #onSweep = (): void => {
    this.#sweep = undefined;
    const now = this.#clock.now();
    for (const exchange of this.#exchanges) if (now >= exchange.deadlineAt) expire(exchange);
    if (this.#exchanges.size > 0) this.#sweep = this.#clock.setTimer(SWEEP_MS, this.#onSweep);
  };
}

/**
 * Before the answer has begun: 504. In the middle of it: the stream breaks, so that it can't pass for
 * complete.
 */
function expire(exchange: Exchange): void {
  exchange.deadlineAt = Number.POSITIVE_INFINITY;
  if (exchange.isAnswered) {
    if (!exchange.isClosed) exchange.abort();
    return;
  }
  sendStatus(exchange, timeout("request did not complete within the allotted timeout"));
  exchange.request.refuseBody();
}

function isHealthPath(path: string): boolean {
  return path.startsWith("/healthz") || path.startsWith("/livez") || path.startsWith("/readyz");
}
