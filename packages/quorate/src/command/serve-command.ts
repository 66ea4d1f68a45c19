/** `quorate serve`: one member in this process, until it is asked to stop or can't go on. */
import { flushCompileCache } from "node:module";
import { CodedError } from "@quorate/base";
import { Command } from "commander";
import { giveBackMemory } from "../give-back-memory.ts";
import { isSupervised, reportToParent } from "../member/member-report.ts";
import { checkApiserverFlags } from "./apiserver-flags.ts";
import { failureLine } from "./failure-line.ts";
import { addServeFlags, type ServeFlags } from "./serve-flags.ts";
import { type StopSignals, untilAskedToStop } from "./stop-signals.ts";

/** From kube-apiserver's verbosity 4 on, its lines are what others call debug. */
const DEBUG_VERBOSITY = 4;
/** Bound: a member that can't stop cleanly within this is ended all the same. */
const STOP_MS = 9_000;

function levelOf({ logLevel, v }: ServeFlags): string {
  return logLevel ?? ((v ?? 0) >= DEBUG_VERBOSITY ? "debug" : "info");
}

async function serve(flags: ServeFlags, stopping: StopSignals): Promise<void> {
  const [{ completeFlags }, { openLog }, { startMember }] = await Promise.all([
    import("./complete-flags.ts"),
    import("../member/member-log.ts"),
    import("../member/start-member.ts"),
  ]);
  const ignored = checkApiserverFlags(flags as unknown as Record<string, unknown>);
  const options = await completeFlags(flags);
  const log = openLog(levelOf(flags), options.name);
  if (ignored.length > 0) log.warn({ flags: ignored }, "flags of kube-apiserver without effect here");
  const start = options.externalStore
    ? (await import("../member/start-external-member.ts")).startExternalMember
    : startMember;
  const member = await start(options, {
    log,
    leaderChanged: (leader) => void reportToParent({ event: "leader", leader }),
  });
  const ready = member.untilReady().then(async () => {
    log.info({ address: options.bindAddress, port: options.securePort }, "ready to serve requests");
    await reportToParent({ event: "ready", leader: member.leader });
    flushCompileCache();
    await giveBackMemory();
  });
  // A member that is stopped before it was ready has nothing to say about it.
  ready.catch(() => {});
  const failure = await Promise.race([stopping.asked, member.ended]);
  if (failure instanceof Error) throw failure;
  log.info({ why: failure }, "stopping");
  const overdue = setTimeout(() => {
    log.error("stopping took too long, ending now");
    process.exit(1);
  }, STOP_MS + options.shutdownDelayMs);
  stopping.onSecond(() => process.exit(1));
  await member.stop({ transferLeadership: !stopping.isWholeCluster });
  clearTimeout(overdue);
  log.info("stopped");
}

async function runServe(flags: ServeFlags): Promise<void> {
  const stopping = untilAskedToStop({ ignoreInterrupt: isSupervised() });
  try {
    await serve(flags, stopping);
    stopping.close();
  } catch (error) {
    const code = error instanceof CodedError ? error.code : "INTERNAL";
    const message = failureLine(error);
    process.stderr.write(`quorate: ${message}\n`);
    await reportToParent({ event: "failed", code, message });
    // Threads and sockets of a half-started member must not keep the process.
    process.exit(1);
  }
}

/** The command with its flags. */
export function serveCommand(): Command {
  const command = new Command("serve").description("run one member of a cluster in this process");
  return addServeFlags(command).allowExcessArguments(false).action(runServe);
}
