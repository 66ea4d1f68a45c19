/**
 * One member, put together: the replica in its thread, the API server and the controllers on its Kv. Whatever
 * can be wrong with files and ports is found before the replica starts, so that a bad start changes nothing.
 */
import type { KvSocketAddress } from "@quorate/replica";
import { checkPortFree } from "../port-probe.ts";
import { type RunningReplica, startReplica } from "../start-replica.ts";
import { DEFAULT_SURFACE, type EtcdSurfaceSettings } from "../store/surface-settings.ts";
import { placeSocket } from "../workers/workers-plan.ts";
import { LeaderWatch } from "./leader-watch.ts";
import {
  type Credentials,
  type MemberStore,
  readCredentials,
  SETTLE_MS,
  serveMemberApi,
  untilStoreAnswers,
} from "./member-api.ts";
import type { Logger } from "./member-log.ts";
import type { MemberOptions } from "./member-options.ts";
import { readAuthorities, readKeyPair } from "./read-credentials.ts";
import type { RunningApi } from "./serve-api.ts";

/** A member whose replica runs. */
export interface RunningMember {
  readonly leader: string | undefined;
  /** Resolves with the reason when the member can't go on; undefined after `stop`. */
  readonly ended: Promise<Error | undefined>;
  /** Resolves once it answers requests. */
  untilReady(): Promise<void>;
  stop(options?: { readonly transferLeadership?: boolean }): Promise<void>;
}

/** Where a member tells what happens. */
export interface MemberHooks {
  readonly log: Logger;
  readonly leaderChanged: (leader: string | undefined) => void;
}

/** etcd's surface in the replica's thread, with etcd's limits. */
async function surfaceOf({ etcdClients, peers }: MemberOptions): Promise<EtcdSurfaceSettings | undefined> {
  if (!etcdClients) return undefined;
  const { keyPair, authorityFile, isCertificateRequired, listenUrls } = etcdClients;
  const { cert, key } = await readKeyPair(keyPair, ["--cert-file", "--key-file"]);
  const clientCa = await readAuthorities(authorityFile, "--trusted-ca-file");
  return {
    ...DEFAULT_SURFACE,
    listenUrls,
    tls: { cert, key, clientCa, requireClientCertificate: isCertificateRequired },
    tlsFiles: { certFile: keyPair.certificateFile, keyFile: keyPair.keyFile, caFile: authorityFile },
    certificateNamesAreUsers: isCertificateRequired,
    electionMs: peers.electionMs,
  };
}

async function checkPeerCredentials({ peers }: MemberOptions): Promise<void> {
  if (!peers.tls) return;
  await readKeyPair(peers.tls, ["--peer-cert-file", "--peer-key-file"]);
  await readAuthorities(peers.tls.authorityFile, "--peer-trusted-ca-file");
}

async function openReplica(
  options: MemberOptions,
  log: Logger,
  leaders: LeaderWatch,
  socket: KvSocketAddress | undefined,
): Promise<RunningReplica> {
  const { peers, etcdClients } = options;
  const surface = await surfaceOf(options);
  return startReplica({
    ...(surface && { surface, advertiseClientUrls: etcdClients!.advertiseUrls }),
    ...(socket && { socket }),
    dataDir: options.dataDirectory,
    name: options.name,
    initialCluster: peers.initialCluster,
    initialClusterState: peers.initialClusterState,
    initialClusterToken: peers.initialClusterToken,
    promoteWhenReady: peers.promoteWhenReady,
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
    leaderChanged: (leader) => leaders.changed(leader),
  });
}

async function openApi(
  options: MemberOptions,
  credentials: Credentials,
  replica: RunningReplica,
  leaders: LeaderWatch,
  log: Logger,
  workers: MemberStore["workers"],
): Promise<RunningApi> {
  await untilStoreAnswers(replica.kv, () => log.warn("no quorum yet: are the other members started?"));
  const { members } = await replica.status();
  return serveMemberApi(options, credentials, log, {
    kv: replica.kv,
    leadership: leaders,
    namespaceSettleMs: members.length > 1 ? SETTLE_MS : 0,
    ...(workers && { workers }),
    storeMetrics: async (delays) =>
      (await import("./store-metrics.ts")).storeMetrics(await replica.status(), delays),
  });
}

/** Opens the member and begins to serve; it is ready once a quorum of members is there. */
export async function startMember(options: MemberOptions, hooks: MemberHooks): Promise<RunningMember> {
  const { log } = hooks;
  const credentials = await readCredentials(options);
  await checkPeerCredentials(options);
  await checkPortFree(options.bindAddress, options.securePort, "--secure-port");
  const leaders = new LeaderWatch((leader) => {
    log.info({ leader }, leader === undefined ? "nobody is known to lead" : `${leader} leads`);
    hooks.leaderChanged(leader);
  });
  const socket = options.apiWorkers > 1 ? placeSocket(options.dataDirectory) : undefined;
  const givenUp = new AbortController();
  const replicaOpening = openReplica(options, log, leaders, socket);
  // While the replica opens in its thread, this one reads the API server's code.
  const [replica] = await Promise.all([replicaOpening, import("./serve-api.ts")]);
  const [memberId, clusterId] = [replica.id.toString(16), replica.clusterId.toString(16)];
  log.info({ memberId, clusterId }, "the replica runs");
  await leaders.follow(replica);
  const workers = socket && { socket, signal: givenUp.signal };
  const opening = openApi(options, credentials, replica, leaders, log, workers);
  const failedToOpen = new Promise<Error>((resolve) => {
    opening.catch((error: Error) => resolve(error));
  });
  const serverEnded = opening.then(
    (api) => api.server.ended,
    () => new Promise<undefined>(() => {}),
  );
  return {
    get leader() {
      return leaders.leader;
    },
    // The replica's reason goes before what follows from it.
    ended: Promise.race([
      replica.exited,
      failedToOpen.then(async (error) => reasonOf(replica, error)),
      serverEnded.then((error) => error ?? replica.exited),
    ]),
    untilReady: async () => {
      await (await opening).bootstrapped();
    },
    stop: async (stopOptions) => {
      const api = await Promise.race([opening.catch(() => undefined), settled()]);
      givenUp.abort();
      await api?.stop();
      await replica.stop(stopOptions);
    },
  };
}

/**
 * Resolves after what is settled already: a member that is stopped while it opens does not wait for a quorum.
 */
function settled(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}

/** Why the API could not be opened: the end of the replica where it has ended. */
async function reasonOf(replica: RunningReplica, error: Error): Promise<Error> {
  const ended = await Promise.race([replica.exited, settled()]);
  return ended ?? error;
}
