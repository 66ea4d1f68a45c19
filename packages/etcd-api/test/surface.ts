/** The surface on a member in memory, and a real gRPC client of it that speaks our generated tables. */
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { ExecutionContext } from "ava";
import type * as pb from "../src/generated/etcd-types.ts";
import { type EtcdApi, type EtcdApiOptions, type EtcdBackend, startEtcdApi } from "../src/index.ts";
import { type Encodable, type MessageName, messageCodec } from "../src/message-codec.ts";
import { localBackend } from "./local-backend.ts";

/** Bound: an answer that does not come fails its test. */
const TIMEOUT_MS = 20_000;

/** The messages of the methods that tests call, by "Service/Method" without the package. */
interface Rpcs {
  "KV/Range": ["etcdserverpb.RangeRequest", "etcdserverpb.RangeResponse"];
  "KV/Put": ["etcdserverpb.PutRequest", "etcdserverpb.PutResponse"];
  "KV/DeleteRange": ["etcdserverpb.DeleteRangeRequest", "etcdserverpb.DeleteRangeResponse"];
  "KV/Txn": ["etcdserverpb.TxnRequest", "etcdserverpb.TxnResponse"];
  "KV/Compact": ["etcdserverpb.CompactionRequest", "etcdserverpb.CompactionResponse"];
  "Watch/Watch": ["etcdserverpb.WatchRequest", "etcdserverpb.WatchResponse"];
  "Lease/LeaseGrant": ["etcdserverpb.LeaseGrantRequest", "etcdserverpb.LeaseGrantResponse"];
  "Lease/LeaseRevoke": ["etcdserverpb.LeaseRevokeRequest", "etcdserverpb.LeaseRevokeResponse"];
  "Lease/LeaseKeepAlive": ["etcdserverpb.LeaseKeepAliveRequest", "etcdserverpb.LeaseKeepAliveResponse"];
  "Lease/LeaseTimeToLive": ["etcdserverpb.LeaseTimeToLiveRequest", "etcdserverpb.LeaseTimeToLiveResponse"];
  "Lease/LeaseLeases": ["etcdserverpb.LeaseLeasesRequest", "etcdserverpb.LeaseLeasesResponse"];
  "Cluster/MemberList": ["etcdserverpb.MemberListRequest", "etcdserverpb.MemberListResponse"];
  "Cluster/MemberAdd": ["etcdserverpb.MemberAddRequest", "etcdserverpb.MemberAddResponse"];
  "Cluster/MemberRemove": ["etcdserverpb.MemberRemoveRequest", "etcdserverpb.MemberRemoveResponse"];
  "Maintenance/Status": ["etcdserverpb.StatusRequest", "etcdserverpb.StatusResponse"];
  "Maintenance/Alarm": ["etcdserverpb.AlarmRequest", "etcdserverpb.AlarmResponse"];
  "Maintenance/Defragment": ["etcdserverpb.DefragmentRequest", "etcdserverpb.DefragmentResponse"];
  "Maintenance/HashKV": ["etcdserverpb.HashKVRequest", "etcdserverpb.HashKVResponse"];
  "Maintenance/Snapshot": ["etcdserverpb.SnapshotRequest", "etcdserverpb.SnapshotResponse"];
  "Maintenance/MoveLeader": ["etcdserverpb.MoveLeaderRequest", "etcdserverpb.MoveLeaderResponse"];
  "Maintenance/Downgrade": ["etcdserverpb.DowngradeRequest", "etcdserverpb.DowngradeResponse"];
  "Auth/AuthEnable": ["etcdserverpb.AuthEnableRequest", "etcdserverpb.AuthEnableResponse"];
  "Auth/AuthDisable": ["etcdserverpb.AuthDisableRequest", "etcdserverpb.AuthDisableResponse"];
  "Auth/AuthStatus": ["etcdserverpb.AuthStatusRequest", "etcdserverpb.AuthStatusResponse"];
  "Auth/Authenticate": ["etcdserverpb.AuthenticateRequest", "etcdserverpb.AuthenticateResponse"];
  "Auth/UserAdd": ["etcdserverpb.AuthUserAddRequest", "etcdserverpb.AuthUserAddResponse"];
  "Auth/UserGet": ["etcdserverpb.AuthUserGetRequest", "etcdserverpb.AuthUserGetResponse"];
  "Auth/UserList": ["etcdserverpb.AuthUserListRequest", "etcdserverpb.AuthUserListResponse"];
  "Auth/UserDelete": ["etcdserverpb.AuthUserDeleteRequest", "etcdserverpb.AuthUserDeleteResponse"];
  "Auth/UserChangePassword": [
    "etcdserverpb.AuthUserChangePasswordRequest",
    "etcdserverpb.AuthUserChangePasswordResponse",
  ];
  "Auth/UserGrantRole": ["etcdserverpb.AuthUserGrantRoleRequest", "etcdserverpb.AuthUserGrantRoleResponse"];
  "Auth/RoleAdd": ["etcdserverpb.AuthRoleAddRequest", "etcdserverpb.AuthRoleAddResponse"];
  "Auth/RoleGet": ["etcdserverpb.AuthRoleGetRequest", "etcdserverpb.AuthRoleGetResponse"];
  "Auth/RoleGrantPermission": [
    "etcdserverpb.AuthRoleGrantPermissionRequest",
    "etcdserverpb.AuthRoleGrantPermissionResponse",
  ];
  "Lock/Lock": ["v3lockpb.LockRequest", "v3lockpb.LockResponse"];
  "Lock/Unlock": ["v3lockpb.UnlockRequest", "v3lockpb.UnlockResponse"];
  "Election/Campaign": ["v3electionpb.CampaignRequest", "v3electionpb.CampaignResponse"];
  "Election/Proclaim": ["v3electionpb.ProclaimRequest", "v3electionpb.ProclaimResponse"];
  "Election/Leader": ["v3electionpb.LeaderRequest", "v3electionpb.LeaderResponse"];
  "Election/Observe": ["v3electionpb.LeaderRequest", "v3electionpb.LeaderResponse"];
  "Election/Resign": ["v3electionpb.ResignRequest", "v3electionpb.ResignResponse"];
  "Health/Check": ["grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse"];
}

const MESSAGES: { readonly [Rpc in keyof Rpcs]?: Rpcs[Rpc] } = {
  "Lock/Lock": ["v3lockpb.LockRequest", "v3lockpb.LockResponse"],
  "Lock/Unlock": ["v3lockpb.UnlockRequest", "v3lockpb.UnlockResponse"],
  "Election/Observe": ["v3electionpb.LeaderRequest", "v3electionpb.LeaderResponse"],
  "Health/Check": ["grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse"],
};

type Types = import("../src/generated/etcd-types.ts").MessageTypes;
type Request<Rpc extends keyof Rpcs> = Encodable<Rpcs[Rpc][0]>;
type Response<Rpc extends keyof Rpcs> = Types[Rpcs[Rpc][1]];

/** What a call was refused with. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/** A stream of messages both ways. */
export interface Conversation<Sent, Received> {
  send(message: Sent): void;
  /** The next message; rejects with a Refusal where the stream has ended. */
  next(): Promise<Received>;
  /** Says that nothing more is sent. */
  end(): void;
  cancel(): void;
}

function pathOf(rpc: keyof Rpcs): string {
  const [service] = rpc.split("/");
  if (service === "Lock") return `/v3lockpb.${rpc}`;
  if (service === "Election") return `/v3electionpb.${rpc}`;
  return service === "Health" ? `/grpc.health.v1.${rpc}` : `/etcdserverpb.${rpc}`;
}

function codecsOf(rpc: keyof Rpcs) {
  const [service, method] = rpc.split("/") as [string, string];
  const prefix = service === "Auth" && method !== "Authenticate" && !method.startsWith("Auth") ? "Auth" : "";
  const names: Record<string, string> = { Compact: "Compaction" };
  const name = names[method] ?? method;
  const namespace = service === "Election" ? "v3electionpb" : "etcdserverpb";
  const messages = MESSAGES[rpc] ?? [
    `${namespace}.${prefix}${name}Request`,
    `${namespace}.${prefix}${name}Response`,
  ];
  return {
    request: messageCodec(messages[0] as MessageName),
    response: messageCodec(messages[1] as MessageName),
  };
}

function refusalOf(error: unknown): Refusal {
  const { code, details } = error as ServiceError;
  return { code, text: details };
}

/** A client of one address. */
export class SurfaceClient {
  readonly #client: Client;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(address: string, headers: Readonly<Record<string, string>> = {}) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
    this.#headers = headers;
  }

  get #metadata(): Metadata {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(this.#headers)) metadata.set(name, value);
    return metadata;
  }

  call<Rpc extends keyof Rpcs>(
    rpc: Rpc,
    message: Request<Rpc>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Response<Rpc>> {
    const { request, response } = codecsOf(rpc);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<Request<Rpc>, Response<Rpc>>(
        pathOf(rpc),
        (sent) => request.encode(sent as never),
        (bytes) => response.decode(bytes) as unknown as Response<Rpc>,
        message,
        this.#metadata,
        { deadline: Date.now() + (options.timeoutMs ?? TIMEOUT_MS) },
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      );
      options.signal?.addEventListener("abort", () => call.cancel());
    });
  }

  /** What a call is refused with; fails where it is not. */
  async refusal<Rpc extends keyof Rpcs>(rpc: Rpc, message: Request<Rpc>): Promise<Refusal> {
    try {
      await this.call(rpc, message);
    } catch (error) {
      return refusalOf(error);
    }
    throw new Error(`${rpc} was not refused`);
  }

  open<Rpc extends keyof Rpcs>(rpc: Rpc): Conversation<Request<Rpc>, Response<Rpc>> {
    const { request, response } = codecsOf(rpc);
    const call: ClientDuplexStream<Request<Rpc>, Response<Rpc>> = this.#client.makeBidiStreamRequest(
      pathOf(rpc),
      (sent: Request<Rpc>) => request.encode(sent as never),
      (bytes) => response.decode(bytes) as unknown as Response<Rpc>,
      this.#metadata,
      {},
    );
    const received: Response<Rpc>[] = [];
    const waiting: PromiseWithResolvers<Response<Rpc>>[] = [];
    let ended: Refusal | undefined;
    const finish = (refusal: Refusal) => {
      ended ??= refusal;
      for (const one of waiting.splice(0)) one.reject(ended);
    };
    call.on("data", (message: Response<Rpc>) => {
      const next = waiting.shift();
      if (next) next.resolve(message);
      else received.push(message);
    });
    call.on("error", (error) => finish(refusalOf(error)));
    call.on("end", () => finish({ code: 0, text: "" }));
    return {
      send: (message) => void call.write(message),
      next: () => {
        const first = received.shift();
        if (first) return Promise.resolve(first);
        if (ended) return Promise.reject(ended);
        const next = Promise.withResolvers<Response<Rpc>>();
        const timer = setTimeout(() => next.reject({ code: -1, text: "no message came" }), TIMEOUT_MS);
        waiting.push(next);
        return next.promise.finally(() => clearTimeout(timer));
      },
      end: () => void call.end(),
      cancel: () => call.cancel(),
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** A surface that serves on a free port. */
export interface Surface {
  readonly api: EtcdApi;
  readonly backend: EtcdBackend;
  /** "http://127.0.0.1:port" */
  readonly url: string;
  readonly client: SurfaceClient;
  /** A client that sends headers with every call. */
  clientWith(headers: Readonly<Record<string, string>>): SurfaceClient;
}

/** Opens a surface that ends with the test. */
export async function openSurface(
  t: ExecutionContext<unknown>,
  options: Partial<EtcdApiOptions> = {},
): Promise<Surface> {
  const backend = options.backend ?? (await localBackend());
  const api = await startEtcdApi({ listenUrls: ["http://127.0.0.1:0"], ...options, backend });
  const url = api.urls[0]!;
  const clients: SurfaceClient[] = [];
  const clientWith = (headers: Readonly<Record<string, string>>) => {
    const client = new SurfaceClient(url.replace("http://", ""), headers);
    clients.push(client);
    return client;
  };
  t.teardown(async () => {
    for (const client of clients) client.close();
    await api.close(0);
    await backend.kv.close();
  });
  return { api, backend, url, client: clientWith({}), clientWith };
}

/** Text as bytes. */
export function b(text: string): Buffer {
  return Buffer.from(text);
}

/** A key-value as text, for comparisons. */
export function shown(kv: pb.KeyValue | undefined): string {
  return kv ? `${Buffer.from(kv.key)}=${Buffer.from(kv.value)}` : "none";
}
