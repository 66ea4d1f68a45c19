/**
 * The process of an embedded member: its first message says what to open; every later one is a job, carried
 * out against the member's own `Kv`. It ends when its parent lets go of it.
 */
import { startReplica } from "quorate";
import { serveJobs } from "../client/serve-jobs.ts";
import type { EmbeddedMemberMessage } from "./embedded-target.ts";

/** What to open. */
export interface EmbeddedMember {
  readonly name: string;
  readonly dataDir: string;
  readonly initialCluster: string;
  readonly peerTls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

const READY_LIMIT_MS = 30_000;

function tell(message: EmbeddedMemberMessage): void {
  process.send?.(message);
}

process.once("message", async (settings: EmbeddedMember) => {
  try {
    const replica = await startReplica(settings);
    process.once("disconnect", () => {
      void replica.stop({ transferLeadership: false }).finally(() => process.exit(0));
    });
    await replica.kv.barrier({ timeoutMs: READY_LIMIT_MS });
    serveJobs(replica.kv);
    tell({ serving: true });
  } catch (error) {
    tell({ refused: (error as Error).message });
  }
});
