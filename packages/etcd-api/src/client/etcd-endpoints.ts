/**
 * The endpoints of an etcd, of which one is used at a time: the first listed that answers and knows a leader,
 * until it fails; then the next. Whoever needs a connection while there is none shares one search, and waits
 * until it finds one or the call's time is over.
 *
 * Safety: a second endpoint is used only where it is of the same cluster as the first. Revisions of another
 * cluster mean something else, and a cache that followed both would mix them.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock, Random } from "@quorate/base";
import type { EndpointAddress } from "./endpoint-address.ts";
import { type ConnectionOptions, EtcdConnection, type EtcdTls } from "./etcd-connection.ts";
import { EtcdFailure } from "./etcd-failure.ts";

/** What the search for an endpoint needs. */
export interface EndpointsOptions extends Omit<ConnectionOptions, "tls"> {
  readonly endpoints: readonly EndpointAddress[];
  /** Read at each connection, so that renewed certificates are used. */
  readonly tls: (() => EtcdTls | Promise<EtcdTls>) | undefined;
  readonly random: Random;
  readonly clock: Clock;
  /** Told when another endpoint is used, and when none answers. */
  readonly note: (text: string) => void;
}

/** Bound: the pause after all endpoints have failed. */
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 2_000;

/** Where the connection in use comes from, and the next one. */
export class EtcdEndpoints {
  readonly #options: EndpointsOptions;
  #current: EtcdConnection | undefined;
  #search: Promise<EtcdConnection> | undefined;
  #first = 0;
  #failedRounds = 0;
  #clusterId: bigint | undefined;
  #closed: Error | undefined;
  #lastFailure: EtcdFailure | undefined;

  constructor(options: EndpointsOptions) {
    this.#options = options;
  }

  /** How many there are to choose from. */
  get size(): number {
    return this.#options.endpoints.length;
  }

  /** The connection in use. */
  get current(): EtcdConnection | undefined {
    return this.#current;
  }

  /** The connection in use, or the next that can be had within `limitMs`. Rejects with UNAVAILABLE. */
  async connection(limitMs: number, signal?: AbortSignal): Promise<EtcdConnection> {
    const end = this.#options.clock.now() + limitMs;
    for (;;) {
      if (this.#closed) throw this.#closed;
      if (this.#current) return this.#current;
      signal?.throwIfAborted();
      try {
        return await this.#within(this.#searchOnce(), end, signal);
      } catch (error) {
        if (this.#closed || signal?.aborted || this.#options.clock.now() >= end) throw error;
      }
    }
  }

  /** What to say to a caller whose time is over: why there is no connection, or that the store is slow. */
  overdue(): EtcdFailure {
    if (this.#current)
      return new EtcdFailure("TIMEOUT", "the store did not answer in time", "unknown", false);
    const text = "no endpoint of the store answered in time";
    return this.#lastFailure ?? new EtcdFailure("UNAVAILABLE", text, "refused", true);
  }

  /**
   * Takes the connection out of use, where it still is in use: its watches are told, others take the next
   * endpoint.
   */
  leave(connection: EtcdConnection, reason: Error): void {
    if (this.#current === connection) {
      this.#current = undefined;
      const { endpoints, note } = this.#options;
      this.#first = (endpoints.indexOf(connection.endpoint) + 1) % endpoints.length;
      note(`${connection.endpoint.text} is no longer used: ${reason.message}`);
    }
    connection.close(unavailable(reason));
  }

  close(reason: Error): void {
    this.#closed ??= reason;
    this.#current?.close(reason);
    this.#current = undefined;
  }

  #searchOnce(): Promise<EtcdConnection> {
    this.#search ??= this.#searchAll().finally(() => {
      this.#search = undefined;
    });
    return this.#search;
  }

  async #searchAll(): Promise<EtcdConnection> {
    if (this.#failedRounds > 0) await this.#pause();
    const { endpoints } = this.#options;
    const failures: string[] = [];
    let leaderless: EtcdConnection | undefined;
    for (let i = 0; i < endpoints.length && !this.#closed; i++) {
      const endpoint = endpoints[(this.#first + i) % endpoints.length]!;
      try {
        const connection = await this.#open(endpoint);
        if (connection.hasLeader) {
          leaderless?.close();
          return this.#use(connection);
        }
        leaderless?.close();
        leaderless = connection;
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    if (leaderless && !leaderless.isClosed && !this.#closed) return this.#use(leaderless);
    this.#failedRounds++;
    if (this.#closed) throw this.#closed;
    const text = `no endpoint of the store answers: ${failures.join("; ")}`;
    if (this.#failedRounds === 1) this.#options.note(text);
    this.#lastFailure = new EtcdFailure("UNAVAILABLE", text, "refused", true);
    throw this.#lastFailure;
  }

  async #open(endpoint: EndpointAddress): Promise<EtcdConnection> {
    const tls = endpoint.secure ? await this.#options.tls?.() : undefined;
    const connection = await EtcdConnection.open(endpoint, { ...this.#options, tls });
    const expected = this.#clusterId;
    if (expected !== undefined && connection.clusterId !== expected) {
      connection.close();
      const ids = `${connection.clusterId.toString(16)} instead of ${expected.toString(16)}`;
      const text = `${endpoint.text} is of another cluster (${ids}): list the endpoints of one cluster only`;
      this.#options.note(text);
      throw new EtcdFailure("UNAVAILABLE", text, "refused", true);
    }
    return connection;
  }

  #use(connection: EtcdConnection): EtcdConnection {
    if (this.#closed) {
      connection.close(this.#closed);
      throw this.#closed;
    }
    this.#clusterId ??= connection.clusterId;
    this.#failedRounds = 0;
    this.#lastFailure = undefined;
    this.#current = connection;
    connection.onLost((failure) => this.leave(connection, failure));
    this.#options.note(`${connection.endpoint.text} is used`);
    return connection;
  }

  async #pause(): Promise<void> {
    const longest = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(this.#failedRounds - 1, 10));
    const ms = longest * (0.5 + this.#options.random.next() / 2);
    // Unlike the clock's, this timer keeps the process: a call is under way.
    await pause(ms);
  }

  /** Waits for the search no longer than the caller has. */
  #within(search: Promise<EtcdConnection>, end: number, signal?: AbortSignal): Promise<EtcdConnection> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const over = (error: Error): void => {
        done();
        reject(error);
      };
      const timer = clock.setTimer(Math.max(0, end - clock.now()), () => over(this.overdue()));
      const abort = (): void => over(signal!.reason as Error);
      const done = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
      };
      signal?.addEventListener("abort", abort, { once: true });
      search.then((connection) => {
        done();
        resolve(connection);
      }, over);
    });
  }
}

/** The one code by which owners of watches know that they may start again. */
function unavailable(reason: Error): EtcdFailure {
  if (reason instanceof EtcdFailure && reason.code === "UNAVAILABLE") return reason;
  return new EtcdFailure("UNAVAILABLE", reason.message, "unknown", true, reason);
}
