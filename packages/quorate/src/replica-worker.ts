/**
 * The worker thread in which a member's replica lives (decision 15): opens it, serves its Kv over the port
 * that it was given, and tells the parent what happens.
 */
import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { CodedError, messageOf } from "@quorate/base";
import {
  listenKvSocket,
  MessagePortCarrier,
  pausedScheduler,
  ReplicaKv,
  serveKvPort,
} from "@quorate/replica";
import { giveBackMemory } from "./give-back-memory.ts";
import { type OpenReplica, openReplica } from "./open-replica.ts";
import { answerControl, type ReplicaRequest } from "./replica-control.ts";
import type { ReplicaWorkerData, ReplicaWorkerMessage } from "./start-replica.ts";

const { settings, surface, socket, port } = workerData as ReplicaWorkerData;

/** Calls of etcd clients under way get so long at the end. */
const SURFACE_GRACE_MS = 1_000;

function tell(message: ReplicaWorkerMessage): void {
  parentPort?.postMessage(message);
}

function failure(error: unknown): { readonly code: string; readonly message: string } {
  return { code: error instanceof CodedError ? error.code : "INTERNAL", message: messageOf(error) };
}

/** The replica, and the etcd surface before it where there is to be one. */
async function openMember(): Promise<OpenReplica> {
  const open = await openReplica(settings, {
    note: (line) => tell({ type: "note", line }),
    leaderChanged: (leader) => tell({ type: "leader", leader }),
    failed: (error) => tell({ type: "failed", ...failure(error) }),
  });
  if (!surface) return open;
  try {
    const { openEtcdSurface } = await import("./store/etcd-surface.ts");
    const { untilPublished } = await import("./store/until-published.ts");
    const api = await openEtcdSurface(open.replica, surface, untilPublished(open.replica), {
      note: (line) => tell({ type: "note", line }),
    });
    return {
      replica: open.replica,
      stop: async (options) => {
        await api.close(SURFACE_GRACE_MS);
        await open.stop(options);
      },
    };
  } catch (error) {
    await open.stop();
    throw error;
  }
}

/** The member, and its Kv on a socket where other processes are to use it. */
async function openShared(): Promise<OpenReplica> {
  const open = await openMember();
  if (!socket) return open;
  try {
    const shared = await listenKvSocket(new ReplicaKv(open.replica), socket);
    return {
      replica: open.replica,
      stop: async (options) => {
        await shared.close();
        await open.stop(options);
      },
    };
  } catch (error) {
    await open.stop();
    throw error;
  }
}

async function main(): Promise<void> {
  let open: OpenReplica;
  try {
    open = await openShared();
  } catch (error) {
    tell({ type: "refused", ...failure(error) });
    return;
  }
  const { replica } = open;
  serveKvPort(new ReplicaKv(replica), new MessagePortCarrier(port), {
    control: async (request) => answerControl(open, request as ReplicaRequest),
    ...(socket && { sharesBatches: true, later: pausedScheduler }),
  });
  flushCompileCache();
  await giveBackMemory();
  tell({ type: "ready", id: replica.id, clusterId: replica.options.clusterId });
}

process.on("uncaughtException", (error) => {
  // The parent ends the process: a state that is half changed must not go on.
  tell({ type: "failed", ...failure(error) });
});

await main();
