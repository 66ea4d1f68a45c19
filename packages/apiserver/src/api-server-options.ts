/** What the front door is given by its host, and what it gives back: the seam to the `quorate` package. */
import type { Admission, Authenticator, Authorizer, ServiceAccountTokens } from "@quorate/access";
import type { Clock, Random } from "@quorate/base";
import type { ObjectStores } from "@quorate/registry";
import type { SchemaRegistry } from "@quorate/schema";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { MetricsSnapshot } from "./metrics/merge-metrics.ts";

/** The three probes; `healthz` is the old one that asks everything. */
export type HealthProbe = "healthz" | "livez" | "readyz";

/** A check of the host's that probes run; its name is what `?verbose` prints and `?exclude` takes. */
export interface HealthCheck {
  readonly name: string;
  readonly kinds: readonly HealthProbe[];
  /** Throws or rejects where it fails; the reason is logged, not told. */
  check(): void | Promise<void>;
}

/** PEM texts; `cert` may hold a chain, `clientCa` several authorities. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Who vouches for client certificates. */
  readonly clientCa: string;
}

/** All that the front door works with; it owns none of it and closes none of it. */
export interface ApiServerOptions {
  readonly schema: SchemaRegistry;
  readonly stores: ObjectStores;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly admission: Admission;
  /** Makes the tokens of service accounts; without it serviceaccounts/token is a 405. */
  readonly tokens?: ServiceAccountTokens;
  readonly clock: Clock;
  readonly random: Random;
  /** Silent where absent. */
  readonly log?: Log;
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: TlsMaterial;
  readonly healthChecks?: readonly HealthCheck[];
  /** Prometheus text that `/metrics` appends to its own. */
  readonly extraMetrics?: () => Promise<string>;
  /**
   * Prometheus text of all processes that serve this port, which `/metrics` answers instead of this one's
   * own; where it fails, its own is served.
   */
  readonly collectMetrics?: () => Promise<string>;
  /** host:port under which clients are told to come back; the listening address where absent. */
  readonly serverAddress?: string;
}

/** How a stop goes. */
export interface StopOptions {
  /** How long requests in flight may take to end; the rest is broken off. */
  readonly graceMs?: number;
}

/** A server whose port is open. */
export interface RunningApiServer {
  readonly port: number;
  /** `https://host:port`. */
  readonly url: string;
  /** Resolves with the error that ended the server, undefined after `stop`. */
  readonly ended: Promise<Error | undefined>;
  /**
   * Readiness fails first, HTTP/2 clients get GOAWAY, requests in flight end, watches are closed. Resolves
   * once every connection is closed; a second call gives the same promise.
   */
  stop(options?: StopOptions): Promise<void>;
  /** Takes a renewed certificate or client authority for new connections. */
  renewTls(tls: TlsMaterial): void;
  /** This process's own metrics. */
  metrics(): Promise<MetricsSnapshot>;
}
