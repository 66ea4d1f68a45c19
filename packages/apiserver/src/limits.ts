/** Every bound of the front door in one place, with the reference's defaults. */

export interface Limits {
  /** Bytes of a request body; more is a 413. */
  readonly bodyBytesMax: number;
  /** Bytes of all headers of a request; more is a 431 (HTTP/1.1) or a reset stream (HTTP/2). */
  readonly headerBytesMax: number;
  /** Requests without `timeout=` end after this. */
  readonly requestTimeoutMs: number;
  /** Requests that are worked on at a time; more are a 429. */
  readonly readingInFlightMax: number;
  readonly mutatingInFlightMax: number;
  /** A client must have sent its headers by then. */
  readonly headersTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Connections without a request are closed after this. */
  readonly idleTimeoutMs: number;
  /** Concurrent HTTP/2 streams of a connection. */
  readonly streamsPerConnectionMax: number;
  /** Bytes of a request body that an HTTP/2 client may send before the server has read any. */
  readonly streamWindowBytes: number;
  /**
   * Stream resets of a connection: `burst` at once, then `rate` a second; beyond it the connection is closed.
   */
  readonly streamResets: { readonly burst: number; readonly rate: number };
  /** Megabytes of answers that wait for one HTTP/2 client before no new stream of its is taken. */
  readonly connectionQueueMb: number;
  /** Watches without timeoutSeconds live this long, up to twice. */
  readonly minRequestTimeoutSeconds: number;
  /**
   * JSON nesting of a body. Deviation: the reference takes 10,000 levels; no kind has more than a few dozen.
   */
  readonly jsonDepthMax: number;
  /** Answers above this are compressed for clients that take gzip. */
  readonly gzipThresholdBytes: number;
}

/** The reference's values, where it has one. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytesMax: 3 * 1024 * 1024,
  headerBytesMax: 1024 * 1024,
  requestTimeoutMs: 60_000,
  readingInFlightMax: 400,
  mutatingInFlightMax: 200,
  headersTimeoutMs: 32_000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 90_000,
  streamsPerConnectionMax: 100,
  streamWindowBytes: 256 * 1024,
  streamResets: { burst: 1000, rate: 200 },
  connectionQueueMb: 64,
  minRequestTimeoutSeconds: 1800,
  jsonDepthMax: 1000,
  gzipThresholdBytes: 128 * 1024,
};
