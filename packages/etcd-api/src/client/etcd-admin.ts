/**
 * The Cluster and Maintenance services of an etcd, for the operator's commands. One connection to each
 * endpoint.
 */
import { CodedError, messageOf, SystemClock } from "@quorate/base";
import type { Member, StatusResponse } from "../generated/etcd-types.ts";
import { METHODS } from "./client-methods.ts";
import { parseEndpoint } from "./endpoint-address.ts";
import { EtcdConnection, type EtcdTls } from "./etcd-connection.ts";

/** Where the members serve clients. */
export interface EtcdAdminOptions {
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
  readonly timeoutMs?: number;
}

/** What one endpoint says of itself, or why it says nothing. */
export interface EndpointStatus {
  readonly endpoint: string;
  readonly status?: StatusResponse;
  readonly problem?: string;
}

const TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3_000;

/** Calls go to the first endpoint that answers; what only the leader does goes to the leader. */
export class EtcdAdminClient {
  readonly #options: EtcdAdminOptions;
  readonly #connections = new Map<string, Promise<EtcdConnection>>();

  constructor(options: EtcdAdminOptions) {
    if (options.endpoints.length === 0) throw new CodedError("BAD_ENDPOINT", "give the address of an etcd");
    this.#options = options;
  }

  async memberList(): Promise<readonly Member[]> {
    const { members } = await (await this.#any()).unary(
      METHODS.memberList,
      { linearizable: true },
      this.#bounds,
    );
    return members;
  }

  async memberAdd(peerUrls: readonly string[], isLearner: boolean): Promise<Member> {
    const request = { peerURLs: peerUrls, isLearner };
    return (await (await this.#any()).unary(METHODS.memberAdd, request, this.#bounds)).member!;
  }

  async memberRemove(id: bigint): Promise<void> {
    await (await this.#any()).unary(METHODS.memberRemove, { ID: id }, this.#bounds);
  }

  async memberUpdate(id: bigint, peerUrls: readonly string[]): Promise<void> {
    await (await this.#any()).unary(METHODS.memberUpdate, { ID: id, peerURLs: peerUrls }, this.#bounds);
  }

  async memberPromote(id: bigint): Promise<void> {
    await (await this.#any()).unary(METHODS.memberPromote, { ID: id }, this.#bounds);
  }

  /** Rejects with NOT_LEADER where none of the endpoints leads. */
  async moveLeader(to: bigint): Promise<void> {
    for (const { endpoint, status } of await this.status()) {
      if (!status || status.leader === 0n || status.leader !== status.header?.member_id) continue;
      await (await this.#connect(endpoint)).unary(METHODS.moveLeader, { targetID: to }, this.#bounds);
      return;
    }
    throw new CodedError("NOT_LEADER", "none of the endpoints leads: name all members by --endpoints");
  }

  /** What each endpoint says. */
  status(): Promise<readonly EndpointStatus[]> {
    return Promise.all(
      this.#options.endpoints.map(async (endpoint): Promise<EndpointStatus> => {
        try {
          const connection = await this.#connect(endpoint);
          return { endpoint, status: await connection.unary(METHODS.status, {}, this.#bounds) };
        } catch (error) {
          return { endpoint, problem: messageOf(error) };
        }
      }),
    );
  }

  /** The bytes of a backup, as etcd's clients get them. */
  async *snapshot(): AsyncGenerator<Uint8Array> {
    const stream = (await this.#any()).stream(METHODS.snapshot);
    stream.write({});
    stream.end();
    for await (const { blob } of stream) yield blob;
  }

  close(): void {
    for (const opening of this.#connections.values()) {
      opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
  }

  get #bounds(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#options.timeoutMs ?? TIMEOUT_MS };
  }

  async #any(): Promise<EtcdConnection> {
    const reasons: string[] = [];
    for (const endpoint of this.#options.endpoints) {
      try {
        return await this.#connect(endpoint);
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    throw new CodedError("UNAVAILABLE", `no endpoint answers: ${reasons.join("; ")}`);
  }

  #connect(endpoint: string): Promise<EtcdConnection> {
    const known = this.#connections.get(endpoint);
    if (known) return known;
    const { tls } = this.#options;
    const connection = EtcdConnection.open(parseEndpoint(endpoint, tls !== undefined), {
      clock: new SystemClock(),
      tls,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      keepAliveMs: TIMEOUT_MS,
      keepAliveTimeoutMs: TIMEOUT_MS,
    });
    this.#connections.set(endpoint, connection);
    return connection;
  }
}
