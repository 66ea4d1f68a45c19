/**
 * Takes renewed certificates into use without a restart: reads the files every minute, as the reference does,
 * and hands what has changed to the front door. Files that can't be used are said once and passed over; what
 * is in use stays.
 */
import { type Clock, messageOf, type Timer } from "@quorate/base";
import type { Log } from "@quorate/controllers";

/** PEM texts of what the front door shows and trusts. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** Where texts come from, and where they go. */
export interface CredentialReloadOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Reads and checks the files. */
  readonly read: () => Promise<TlsTexts>;
  /** Takes the texts for new connections. */
  readonly apply: (tls: TlsTexts) => void;
  /** What is in use now. */
  readonly current: TlsTexts;
}

const INTERVAL_MS = 60_000;

/** Looks every minute from its making on, until `stop`. */
export class CredentialReload {
  readonly #options: CredentialReloadOptions;
  #current: TlsTexts;
  #problem: string | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: CredentialReloadOptions) {
    this.#options = options;
    this.#current = options.current;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(INTERVAL_MS, () => {
      void this.#look().finally(() => this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const { read, apply, log } = this.#options;
    try {
      const tls = await read();
      this.#problem = undefined;
      const { cert, key, clientCa } = this.#current;
      if (this.#isStopped || (tls.cert === cert && tls.key === key && tls.clientCa === clientCa)) return;
      apply(tls);
      this.#current = tls;
      log("info", "renewed certificates are in use");
    } catch (error) {
      const problem = messageOf(error);
      if (problem !== this.#problem) log("warn", "renewed certificates can't be used", { why: problem });
      this.#problem = problem;
    }
  }
}
