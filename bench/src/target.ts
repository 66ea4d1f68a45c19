/**
 * A system under test: API endpoints with an admin's credentials, and the processes whose CPU and memory count.
 */

export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Target {
  readonly name: string;
  /** `https://127.0.0.1:port`, one a member. */
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  /** Roots of the process trees that count as the server; one a member where there are several. */
  readonly pids: readonly number[];
  /** Seconds from the start of the processes to the first answer of /readyz. */
  readonly readySeconds: number;
  stop(): Promise<void>;
}
