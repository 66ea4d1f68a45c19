/**
 * The worker thread in which a member's replica lives (decision 15): opens it, serves its Kv over the port
 * that it was given, and tells the parent what happens.
 */
import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { CodedError, messageOf } from "@quorate/base";
import { MessagePortCarrier, ReplicaKv, serveKvPort } from "@quorate/replica";
import { type OpenReplica, openReplica } from "./open-replica.ts";
import { answerControl, type ReplicaRequest } from "./replica-control.ts";
import type { ReplicaWorkerData, ReplicaWorkerMessage } from "./start-replica.ts";

const { settings, port } = workerData as ReplicaWorkerData;

function tell(message: ReplicaWorkerMessage): void {
  parentPort?.postMessage(message);
}

function failure(error: unknown): { readonly code: string; readonly message: string } {
  return { code: error instanceof CodedError ? error.code : "INTERNAL", message: messageOf(error) };
}

async function main(): Promise<void> {
  let open: OpenReplica;
  try {
    open = await openReplica(settings, {
      note: (line) => tell({ type: "note", line }),
      leaderChanged: (leader) => tell({ type: "leader", leader }),
      failed: (error) => tell({ type: "failed", ...failure(error) }),
    });
  } catch (error) {
    tell({ type: "refused", ...failure(error) });
    return;
  }
  const { replica } = open;
  serveKvPort(new ReplicaKv(replica), new MessagePortCarrier(port), {
    control: async (request) => answerControl(open, request as ReplicaRequest),
  });
  flushCompileCache();
  tell({ type: "ready", id: replica.id, clusterId: replica.options.clusterId });
}

process.on("uncaughtException", (error) => {
  // The parent ends the process: a state that is half changed must not go on.
  tell({ type: "failed", ...failure(error) });
});

await main();
