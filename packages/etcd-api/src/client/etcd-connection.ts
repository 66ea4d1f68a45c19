/**
 * One connection to one endpoint of an etcd. It is opened by asking the member who it is, so that what
 * listens there is known to be an etcd, and of which cluster. Once lost it stays lost: its calls fail, its
 * watches are closed, and another connection takes its place.
 */
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  connectivityState,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Clock } from "@quorate/base";
import type { MessageTypes, StatusResponse } from "../generated/etcd-types.ts";
import type { Encodable, MessageName } from "../message-codec.ts";
import { GRPC } from "../rpc-error.ts";
import { type ClientMethod, METHODS } from "./client-methods.ts";
import type { EndpointAddress } from "./endpoint-address.ts";
import { EtcdFailure, failureOf, type Outcome } from "./etcd-failure.ts";
import { WatchSet } from "./watch-set.ts";

/** Certificates towards an etcd; values are PEM. */
export interface EtcdTls {
  /** Who signs the servers' certificates; absent: whom the system trusts. */
  readonly ca?: Buffer;
  /** What we show, both or none. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Take any certificate: connections are encrypted, but nobody is known by them. */
  readonly takesAny?: boolean;
}

/** How a connection is kept. */
export interface ConnectionOptions {
  readonly clock: Clock;
  readonly tls: EtcdTls | undefined;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
}

/** What bounds one call. */
export interface CallBounds {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A stream of messages both ways. */
export type EtcdStream<Request extends MessageName, Response extends MessageName> = ClientDuplexStream<
  Encodable<Request>,
  MessageTypes[Response]
>;

/** What TLS is told where the endpoint is an address. */
const NO_NAME = "localhost";
/** Compat: etcd answers at once instead of waiting where it knows no leader. */
const REQUIRE_LEADER = "hasleader";

/** One connection; `open` makes it. */
export class EtcdConnection {
  readonly endpoint: EndpointAddress;
  readonly watches: WatchSet;
  readonly #client: Client;
  readonly #options: ConnectionOptions;
  readonly #metadata = new Metadata();
  #hello: StatusResponse | undefined;
  #onLost: ((failure: EtcdFailure) => void) | undefined;
  #isClosed = false;
  #answeredAt = Number.NEGATIVE_INFINITY;

  private constructor(endpoint: EndpointAddress, options: ConnectionOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#metadata.set(REQUIRE_LEADER, "true");
    this.#client = new Client(endpoint.target, credentialsFor(endpoint, options.tls), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.keepalive_time_ms": options.keepAliveMs,
      "grpc.keepalive_timeout_ms": options.keepAliveTimeoutMs,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.service_config_disable_resolution": 1,
      "grpc.enable_channelz": 0,
      ...(isIP(endpoint.host) ? { "grpc.ssl_target_name_override": NO_NAME } : {}),
    });
    this.watches = new WatchSet({
      open: () => this.stream(METHODS.watch),
      failed: (failure) => this.#lose(failure),
      clock: options.clock,
      endpoint: endpoint.text,
    });
  }

  /** Connects and asks who is there. Rejects with an EtcdFailure. */
  static async open(endpoint: EndpointAddress, options: ConnectionOptions): Promise<EtcdConnection> {
    const connection = new EtcdConnection(endpoint, options);
    try {
      const timeoutMs = options.connectTimeoutMs;
      connection.#hello = await connection.#unary(METHODS.status, {}, { timeoutMs }, new Metadata());
      connection.#watchChannel();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get clusterId(): bigint {
    return this.#hello?.header?.cluster_id ?? 0n;
  }

  /** Whether the member knew a leader when we connected. */
  get hasLeader(): boolean {
    return (this.#hello?.leader ?? 0n) !== 0n;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** `run` is called once when the connection is lost; not on `close`. */
  onLost(run: (failure: EtcdFailure) => void): void {
    this.#onLost = run;
  }

  /** Asks and resolves with the answer. Rejects with an EtcdFailure, or with the signal's reason. */
  unary<Request extends MessageName, Response extends MessageName>(
    method: ClientMethod<Request, Response>,
    request: Encodable<Request>,
    bounds: CallBounds,
  ): Promise<MessageTypes[Response]> {
    return this.#unary(method, request, bounds, this.#metadata);
  }

  /** Opens a stream. Throws an EtcdFailure where the connection is closed. */
  stream<Request extends MessageName, Response extends MessageName>(
    method: ClientMethod<Request, Response>,
    options: { readonly timeoutMs?: number } = {},
  ): EtcdStream<Request, Response> {
    if (this.#isClosed) throw this.#givenUp("refused");
    const { path, request: encoder, response: decoder } = method;
    return this.#client.makeBidiStreamRequest(
      path,
      (message: Encodable<Request>) => encoder.encode(message),
      (bytes) => decoder.decode(bytes),
      this.#metadata,
      options.timeoutMs === undefined ? {} : { deadline: this.#deadline(options.timeoutMs) },
    );
  }

  /**
   * Takes no more calls; those under way end by themselves, its watches are told UNAVAILABLE, or `reason`.
   */
  close(reason?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.watches.close(reason ?? this.#givenUp("unknown"));
    this.#client.close();
  }

  #unary<Request extends MessageName, Response extends MessageName>(
    method: ClientMethod<Request, Response>,
    request: Encodable<Request>,
    { timeoutMs, signal }: CallBounds,
    metadata: Metadata,
  ): Promise<MessageTypes[Response]> {
    // Nothing was sent: who has to may ask the next connection.
    if (this.#isClosed) return Promise.reject(this.#givenUp("refused"));
    const { path, request: encoder, response: decoder } = method;
    const { clock } = this.#options;
    const askedAt = clock.now();
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        (message: Encodable<Request>) => encoder.encode(message),
        (bytes) => decoder.decode(bytes),
        request,
        metadata,
        { deadline: this.#deadline(timeoutMs) },
        (error: ServiceError | null, answer?: MessageTypes[Response]) => {
          signal?.removeEventListener("abort", abort);
          if (signal?.aborted) reject(signal.reason as Error);
          else if (error) reject(this.failure(error, askedAt));
          else {
            this.#answeredAt = clock.now();
            resolve(answer!);
          }
        },
      );
      const abort = (): void => call.cancel();
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /**
   * The failure behind an error of gRPC on this connection. A call that waited in vain while others were
   * answered says nothing against the endpoint.
   */
  failure({ code, details }: ServiceError, askedAt: number): EtcdFailure {
    const failure = failureOf(this.endpoint.text, code, details ?? "");
    if (code !== GRPC.DEADLINE_EXCEEDED || this.#answeredAt <= askedAt) return failure;
    return new EtcdFailure(failure.code, failure.message, failure.outcome, false);
  }

  #givenUp(outcome: Outcome): EtcdFailure {
    return new EtcdFailure("UNAVAILABLE", "the connection was given up", outcome, true);
  }

  #deadline(timeoutMs: number): number {
    return this.#options.clock.wallMs() + Math.max(1, timeoutMs);
  }

  /** Safety: it is out of use before its watches are told, since their owners start again at once. */
  #lose(failure: EtcdFailure): void {
    if (this.#isClosed) return;
    this.#onLost?.(failure);
    this.close(failure);
  }

  #watchChannel(): void {
    const channel = this.#client.getChannel();
    const text = `the connection to the store was lost (${this.endpoint.text})`;
    const lost = (): void => this.#lose(new EtcdFailure("UNAVAILABLE", text, "unknown", true));
    if (channel.getConnectivityState(false) === connectivityState.READY) {
      channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, lost);
    } else {
      setImmediate(lost);
    }
  }
}

function credentialsFor(endpoint: EndpointAddress, tls: EtcdTls | undefined): ChannelCredentials {
  if (!endpoint.secure) return ChannelCredentials.createInsecure();
  const { host } = endpoint;
  const known = isIP(host) ? { checkServerIdentity: byAddress(host) } : {};
  const any = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const verify = tls?.takesAny ? any : known;
  return ChannelCredentials.createSsl(tls?.ca ?? null, tls?.key ?? null, tls?.cert ?? null, verify);
}

/**
 * TLS lets a client name the server it wants, but not by an address (RFC 6066): what is named there is
 * NO_NAME, and the certificate is checked against the address.
 */
function byAddress(host: string): (name: string, certificate: PeerCertificate) => Error | undefined {
  return (_name, certificate) => checkServerIdentity(host, certificate);
}
