/** Opens the Kv port over an external etcd (or another Quorate's store, which is the same to clients). */
import { type Clock, CodedError, type Random, SystemClock, systemRandom } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import { parseEndpoint } from "./endpoint-address.ts";
import type { EtcdTls } from "./etcd-connection.ts";
import { EtcdEndpoints } from "./etcd-endpoints.ts";
import { EtcdKv } from "./etcd-kv.ts";

/** Where the store is and how it is spoken to; defaults are those of etcd's client in kube-apiserver. */
export interface EtcdKvClientOptions {
  /** Addresses of members of one cluster, in the order in which they are to be tried. */
  readonly endpoints: readonly string[];
  /**
   * Certificates for https endpoints; a function is asked at each connection, so that renewed files are used.
   */
  readonly tls?: EtcdTls | (() => EtcdTls | Promise<EtcdTls>);
  /** How long a call may take where it does not say. */
  readonly requestTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Silence after which the connection is probed; etcd refuses less than 5 s. */
  readonly keepAliveMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** What a barrier reads; it need not exist, but who connects must be allowed to read it. */
  readonly barrierKey?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Told in a line when another endpoint is used, and when none answers. */
  readonly note?: (text: string) => void;
}

const REQUEST_TIMEOUT_MS = 7_000;
const CONNECT_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/**
 * Opens a client; it connects when it is first used. Throws BAD_ENDPOINT where an address can't be one. Where
 * no endpoint answers, calls reject with UNAVAILABLE once their time is over, and the message says what each
 * endpoint did.
 */
export function openEtcdKv(options: EtcdKvClientOptions): Kv {
  const { tls, clock = new SystemClock() } = options;
  if (options.endpoints.length === 0) throw new CodedError("BAD_ENDPOINT", "give the address of an etcd");
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const endpoints = new EtcdEndpoints({
    endpoints: options.endpoints.map((text) => parseEndpoint(text, tls !== undefined)),
    tls: typeof tls === "function" || tls === undefined ? tls : () => tls,
    clock,
    random: options.random ?? systemRandom(),
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
    note: options.note ?? (() => {}),
  });
  const barrierKey = Buffer.from(options.barrierKey ?? "\0");
  return new EtcdKv({ endpoints, clock, requestTimeoutMs, barrierKey });
}
