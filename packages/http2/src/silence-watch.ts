/**
 * Looks after the quiet times of a connection: a client that says nothing is asked whether it is there and
 * cut off where it does not answer, and a connection without a request is asked to go.
 */
import type { Socket } from "node:net";

/** What is to be done, and when; 0: never. */
export interface SilenceOptions {
  /** Time between two pings of a quiet client. */
  readonly keepAliveIntervalMs: number;
  /** How long the answer to a ping may take. */
  readonly keepAliveTimeoutMs: number;
  /** How long a connection may be without a request. */
  readonly idleTimeoutMs: number;
}

/** What the watch may do with its connection. */
export interface WatchedConnection {
  readonly socket: Socket;
  readonly streamCount: number;
  sendPing(): void;
  goAway(): void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;
const TIMER_MS_MIN = 10;

/** The watch over one connection. */
export class SilenceWatch {
  readonly #connection: WatchedConnection;
  readonly #options: SilenceOptions;
  #heardAt = performance.now();
  /** When the client was asked whether it is there. */
  #askedAt = 0;
  /** Since when there is no request. */
  #idleSince = performance.now();
  #keepAlive: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(connection: WatchedConnection, options: SilenceOptions) {
    this.#connection = connection;
    this.#options = options;
    if (options.keepAliveIntervalMs > 0)
      this.#keepAlive = later(this.#lookForSilence, options.keepAliveIntervalMs);
    if (options.idleTimeoutMs > 0) this.#idle = later(this.#lookForIdleness, options.idleTimeoutMs);
  }

  /** The client has sent something. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** The last request is over. */
  becameIdle(): void {
    this.#idleSince = performance.now();
  }

  stop(): void {
    clearTimeout(this.#keepAlive);
    clearTimeout(this.#idle);
  }

  readonly #lookForIdleness = (): void => {
    const { idleTimeoutMs } = this.#options;
    const isIdle = this.#connection.streamCount === 0;
    const leftMs = isIdle ? idleTimeoutMs - (performance.now() - this.#idleSince) : idleTimeoutMs;
    if (leftMs <= 0) this.#connection.goAway();
    else this.#idle = later(this.#lookForIdleness, leftMs);
  };

  readonly #lookForSilence = (): void => {
    const { keepAliveIntervalMs, keepAliveTimeoutMs } = this.#options;
    const now = performance.now();
    const isAsked = this.#askedAt > this.#heardAt;
    let nextMs = keepAliveIntervalMs - (now - this.#heardAt);
    if (isAsked && now - this.#askedAt >= keepAliveTimeoutMs) {
      // An answer that came while this thread was busy is still to be read.
      setImmediate(() => {
        if (this.#askedAt > this.#heardAt) this.#connection.socket.destroy();
        else this.#lookForSilence();
      });
      return;
    }
    if (isAsked) nextMs = keepAliveTimeoutMs - (now - this.#askedAt);
    else if (nextMs <= 0) {
      this.#askedAt = now;
      this.#connection.sendPing();
      nextMs = keepAliveTimeoutMs;
    }
    this.#keepAlive = later(this.#lookForSilence, nextMs);
  };
}

function later(look: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(look, Math.max(TIMER_MS_MIN, Math.min(ms, TIMER_MS_MAX))).unref();
}
