/**
 * Starts a member's replica in a worker thread of its own and gives the application its Kv, membership and
 * status. The replica's heartbeats and writes are never behind the application's work on this thread.
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { CodedError } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import type { KvSocketAddress, MemberView, ReplicaStatus } from "@quorate/replica";
import { MessagePortCarrier, PortKv } from "@quorate/replica/kv-port";
import type { ReplicaSettings } from "./open-replica.ts";
import type { ReplicaRequest } from "./replica-control.ts";
import type { EtcdSurfaceSettings } from "./store/surface-settings.ts";

export type { ReplicaSettings } from "./open-replica.ts";

/** What the worker thread is started with. */
export interface ReplicaWorkerData {
  readonly settings: ReplicaSettings;
  readonly surface: EtcdSurfaceSettings | undefined;
  readonly socket: KvSocketAddress | undefined;
  readonly port: MessagePort;
}

/** From the worker to its parent. */
export type ReplicaWorkerMessage =
  | { readonly type: "ready"; readonly id: bigint; readonly clusterId: bigint }
  /** The member could not be opened. */
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  /** The member ran and can't go on. */
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "leader"; readonly leader: bigint }
  | { readonly type: "note"; readonly line: string };

/** Changes and listings of the members; each resolves with the members as they are then. */
export interface ReplicaMembership {
  list(options?: { readonly linearizable?: boolean }): Promise<readonly MemberView[]>;
  /** A learner by default: it gets the data before it counts for a quorum. */
  add(peerUrls: readonly string[], options?: { readonly learner?: boolean }): Promise<readonly MemberView[]>;
  remove(id: bigint): Promise<readonly MemberView[]>;
  /** Puts a new member in the place of `id`, a learner by default: both or neither. */
  replace(
    id: bigint,
    peerUrls: readonly string[],
    options?: { readonly learner?: boolean },
  ): Promise<readonly MemberView[]>;
  promote(id: bigint): Promise<readonly MemberView[]>;
  updatePeerUrls(id: bigint, peerUrls: readonly string[]): Promise<readonly MemberView[]>;
  moveLeader(id: bigint): Promise<readonly MemberView[]>;
}

/** A member that serves, in its own thread. */
export interface RunningReplica {
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly kv: Kv;
  readonly membership: ReplicaMembership;
  status(): Promise<ReplicaStatus>;
  /** Stops cleanly, handing the leadership over first by default. */
  stop(options?: { readonly transferLeadership?: boolean }): Promise<void>;
  /** Resolves when the replica has ended: with undefined after `stop`, with the reason where it failed. */
  readonly exited: Promise<CodedError | undefined>;
}

/** The settings of the member, and where its log lines go. */
export interface StartReplicaOptions extends ReplicaSettings {
  /** Serve etcd's API from the replica's thread. */
  readonly surface?: EtcdSurfaceSettings;
  /** Serve its Kv to other processes of this machine as well. */
  readonly socket?: KvSocketAddress;
  /** One line for the log. */
  readonly note?: (line: string) => void;
  /** Who leads, with every change; 0n where nobody is known to. Called from before the start resolves on. */
  readonly leaderChanged?: (leader: bigint) => void;
}

function startWorker(data: ReplicaWorkerData): Worker {
  // The published files are JavaScript, the sources run as they are.
  const source = new URL("./replica-worker.ts", import.meta.url);
  const file = import.meta.url.endsWith(".ts") ? source : new URL("./replica-worker.js", import.meta.url);
  return new Worker(file, {
    workerData: data,
    transferList: [data.port],
    name: "replica",
    // Flags of the application's own thread (an inspector, a heap size) are not the replica's.
    execArgv: [],
    // Measured: a larger young generation costs tens of megabytes and saves nothing.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
}

function membershipOf(ask: (request: ReplicaRequest) => Promise<unknown>): ReplicaMembership {
  const members = async (request: ReplicaRequest): Promise<readonly MemberView[]> =>
    (await ask(request)) as readonly MemberView[];
  return {
    list: (options) => members({ op: "members", linearizable: options?.linearizable ?? false }),
    add: (peerUrls, options) => members({ op: "member-add", peerUrls, learner: options?.learner ?? true }),
    remove: (id) => members({ op: "member-remove", id }),
    replace: (id, peerUrls, options) =>
      members({ op: "member-replace", id, peerUrls, learner: options?.learner ?? true }),
    promote: (id) => members({ op: "member-promote", id }),
    updatePeerUrls: (id, peerUrls) => members({ op: "member-update", id, peerUrls }),
    moveLeader: (id) => members({ op: "move-leader", id }),
  };
}

/**
 * Opens the member of `options.dataDir` and resolves when it serves (it may still look for a leader). Rejects
 * with a CodedError of one line that names the thing and the fix: DIRECTORY_LOCKED, PORT_IN_USE, LOG_DAMAGED,
 * ...
 */
export async function startReplica(options: StartReplicaOptions): Promise<RunningReplica> {
  const { note, leaderChanged, surface, socket, ...settings } = options;
  const { port1, port2 } = new MessageChannel();
  const worker = startWorker({ settings, surface, socket, port: port2 });
  const identity = Promise.withResolvers<{ readonly id: bigint; readonly clusterId: bigint }>();
  const exited = Promise.withResolvers<CodedError | undefined>();
  let reason: CodedError | undefined;
  let stopping = false;
  worker.on("message", (message: ReplicaWorkerMessage) => {
    if (message.type === "note") note?.(message.line);
    else if (message.type === "leader") leaderChanged?.(message.leader);
    else if (message.type === "ready") identity.resolve(message);
    else {
      reason ??= new CodedError(message.code, message.message);
      void worker.terminate();
    }
  });
  worker.on("error", (error: Error) => {
    reason ??= new CodedError("INTERNAL", `the replica's thread failed: ${error.message}`, { cause: error });
  });
  worker.on("exit", () => {
    const unasked = new CodedError("INTERNAL", "the replica's thread ended by itself");
    const why = reason ?? (stopping ? undefined : unasked);
    port1.close();
    identity.reject(why ?? unasked);
    exited.resolve(why);
  });
  const { id, clusterId } = await identity.promise;
  const kv = new PortKv(new MessagePortCarrier(port1));
  const ask = (request: ReplicaRequest): Promise<unknown> => kv.control(request);
  return {
    id,
    clusterId,
    kv,
    membership: membershipOf(ask),
    status: async () => (await ask({ op: "status" })) as ReplicaStatus,
    stop: async (stopOptions) => {
      if (!stopping) {
        stopping = true;
        const request = { op: "stop" as const, transferLeadership: stopOptions?.transferLeadership ?? true };
        // The thread may end before it can answer.
        await Promise.race([ask(request).catch(() => {}), exited.promise]);
        await kv.close();
        await worker.terminate();
      }
      await exited.promise;
    },
    exited: exited.promise,
  };
}
