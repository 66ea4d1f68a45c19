/**
 * One member, put together: the replica in its thread, the stores on its Kv, the front door and the controllers on them.
 * Whatever can be wrong with files and ports is found before the replica starts, so that a bad start changes nothing.
 */
import { CodedError } from "@quorate/base";
import { checkPortFree } from "../port-probe.ts";
import { startReplica } from "../start-replica.ts";
import { LeaderWatch } from "./leader-watch.ts";
import type { Logger } from "./member-log.ts";
import type { MemberOptions } from "./member-options.ts";
import { readAuthorities, readKeyPair } from "./read-credentials.ts";

/** How long the quorum may take to come together before that is said. */
const QUORUM_NOTE_MS = 5_000;
const BARRIER_TIMEOUT_MS = 2_000;

export interface RunningMember {
  readonly leader: string | undefined;
  /** Resolves with the reason when the member can't go on; undefined after `stop`. */
  readonly ended: Promise<Error | undefined>;
  /** Resolves once it answers requests. */
  untilReady(): Promise<void>;
  stop(): Promise<void>;
}

export interface MemberHooks {
  readonly log: Logger;
  readonly leaderChanged: (leader: string | undefined) => void;
}

/** Opens the member and begins to serve; it is ready once a quorum of members is there. */
export async function startMember(options: MemberOptions, hooks: MemberHooks): Promise<RunningMember> {
  const { log } = hooks;
  await readKeyPair(options.serving, ["--tls-cert-file", "--tls-private-key-file"]);
  await readAuthorities(options.clientAuthorityFile, "--client-ca-file");
  const { peers } = options;
  if (peers.tls) {
    await readKeyPair(peers.tls, ["--peer-cert-file", "--peer-key-file"]);
    await readAuthorities(peers.tls.authorityFile, "--peer-trusted-ca-file");
  }
  await checkPortFree(options.bindAddress, options.securePort, "--secure-port");
  const replica = await startReplica({
    dataDir: options.dataDirectory,
    name: options.name,
    initialCluster: peers.initialCluster,
    initialClusterState: peers.initialClusterState,
    initialClusterToken: peers.initialClusterToken,
    listenPeerUrls: peers.listenUrls,
    ...(peers.tls && {
      peerTls: {
        certFile: peers.tls.certificateFile,
        keyFile: peers.tls.keyFile,
        caFile: peers.tls.authorityFile,
      },
    }),
    heartbeatMs: peers.heartbeatMs,
    electionMs: peers.electionMs,
    snapshotCount: options.snapshotCount,
    ...(options.quotaBytes && { quotaBytes: options.quotaBytes }),
    note: (line) => log.info({ part: "replica" }, line),
  });
  log.info(
    { memberId: replica.id.toString(16), clusterId: replica.clusterId.toString(16) },
    "the replica runs",
  );
  const leaders = new LeaderWatch(replica, (leader) => {
    log.info({ leader }, leader === undefined ? "nobody is known to lead" : `${leader} leads`);
    hooks.leaderChanged(leader);
  });
  const untilQuorum = async (): Promise<void> => {
    const note = setTimeout(() => log.warn("no quorum yet: are the other members started?"), QUORUM_NOTE_MS);
    try {
      for (;;) {
        try {
          await replica.kv.barrier({ timeoutMs: BARRIER_TIMEOUT_MS });
          return;
        } catch (error) {
          if (error instanceof CodedError && error.code === "STOPPED") throw error;
        }
      }
    } finally {
      clearTimeout(note);
    }
  };
  return {
    get leader() {
      return leaders.leader;
    },
    ended: replica.exited,
    untilReady: async () => {
      await untilQuorum();
      await leaders.poll();
    },
    stop: async () => {
      leaders.close();
      await replica.stop();
    },
  };
}
