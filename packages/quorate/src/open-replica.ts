/**
 * Puts a member together from its parts: data directory, peers, replica. The only place that knows both the
 * disk and the replica package; runs in the replica's worker thread, or in process for tests.
 */
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { CodedError, messageOf, SystemClock, systemRandom } from "@quorate/base";
import { DataDirectory, diskSpaceOf } from "@quorate/disk";
import {
  type AutoCompaction,
  fetchClusterDescription,
  type MemberAttributes,
  memberIdOf,
  type Peer,
  type PeerTls,
  parseInitialCluster,
  parsePeerUrl,
  Replica,
  SocketPeerTransport,
  turnScheduler,
} from "@quorate/replica";
import { answerOperator } from "./answer-operator.ts";
import { identifyMember, type MemberIdentity } from "./member-identity.ts";
import { RenewedFiles } from "./renewed-files.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

/** Plain data, so that it can be handed to a worker thread. Names and meanings are those of etcd's flags. */
export interface ReplicaSettings {
  readonly dataDir: string;
  readonly name: string;
  /** `name=https://host:port,...`; this member is among them. */
  readonly initialCluster: string;
  /** `new` makes a cluster of the initial members; `existing` joins one that has this member added. */
  readonly initialClusterState?: "new" | "existing";
  readonly initialClusterToken?: string;
  /** Where to listen; absent: the member's own URLs in `initialCluster`. */
  readonly listenPeerUrls?: readonly string[];
  /** Under which the others reach it; absent: as in `initialCluster`. */
  readonly advertisePeerUrls?: readonly string[];
  /** What clients are told. */
  readonly advertiseClientUrls?: readonly string[];
  /** PEM files of the members' mutual TLS; absent: plain `http://` peers. */
  readonly peerTls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** The same, read already, with all that etcd's flags can say. */
  readonly peerCertificates?: PeerTls;
  readonly heartbeatMs?: number;
  readonly electionMs?: number;
  readonly requestTimeoutMs?: number;
  /** The log is trimmed after every so many entries. */
  readonly snapshotCount?: number;
  /** Entries kept behind a trim. */
  readonly catchUpEntries?: number;
  /** 0 or absent: the default of 2 GiB. */
  readonly quotaBytes?: number;
  /** Time between two notices of progress to watches that ask for them. */
  readonly progressNotifyMs?: number;
  /** Refuse changes of the members that would endanger the majority: true where absent. */
  readonly strictReconfigCheck?: boolean;
  /** How long a member must have been connected to count for such a change. */
  readonly healthIntervalMs?: number;
  /** Compact by itself; absent: never. */
  readonly autoCompaction?: AutoCompaction;
  /** How often the leader compares the members' data; 0 or absent: never. */
  readonly corruptCheckMs?: number;
  /** Compare this member's data with the others' before it serves. */
  readonly initialCorruptCheck?: boolean;
  /** The other members are gone for good: this one goes on alone with what it has. */
  readonly forceNewCluster?: boolean;
  /** A learner asks to be promoted as soon as it has caught up. */
  readonly promoteWhenReady?: boolean;
}

/** What an open replica tells its owner. */
export interface ReplicaHooks {
  /** One line for the log. */
  readonly note: (line: string) => void;
  /** Who leads, with every change; 0n where nobody is known to. */
  readonly leaderChanged?: (leader: bigint) => void;
  /** Of certificates that are given as texts: others than those in use, if there are any. Never rejects. */
  readonly renewPeerTls?: () => Promise<PeerTls | undefined>;
  /** The member can't go on. */
  readonly failed: (error: Error) => void;
}

/** An open member. */
export interface OpenReplica {
  readonly replica: Replica;
  stop(options?: { readonly transferLeadership?: boolean }): Promise<void>;
}

interface Plan {
  readonly peerUrls: readonly string[];
  readonly initial: readonly MemberAttributes[];
  readonly tls: PeerTls | undefined;
}

const TOKEN = "etcd-cluster";
const SNAPSHOT_COUNT = 10_000;
const LOG_BYTES_MAX = 32 * 1024 * 1024;

async function readPem(path: string, flag: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new CodedError("BAD_PEER_CERTIFICATE", `${flag} ${path} can't be read: ${messageOf(error)}`);
  });
}

async function readTls(files: ReplicaSettings["peerTls"]): Promise<PeerTls | undefined> {
  if (!files) return undefined;
  return {
    cert: await readPem(files.certFile, "--peer-cert-file"),
    key: await readPem(files.keyFile, "--peer-key-file"),
    ca: await readPem(files.caFile, "--peer-trusted-ca-file"),
  };
}

async function planOf(settings: ReplicaSettings, isKnown: boolean): Promise<Plan> {
  const token = settings.initialClusterToken ?? TOKEN;
  const tls = settings.peerCertificates ?? (await readTls(settings.peerTls));
  const { advertisePeerUrls } = settings;
  // Compat: the flags that make a cluster count for nothing once its data is there.
  if (isKnown && advertisePeerUrls) return { peerUrls: advertisePeerUrls, initial: [], tls };
  const members = parseInitialCluster(settings.initialCluster);
  const own = members.find((member) => member.name === settings.name);
  if (!own) {
    const message = `--initial-cluster ${settings.initialCluster} does not name this member, ${settings.name}`;
    throw new CodedError("INVALID_INITIAL_CLUSTER", message);
  }
  const initial = members.map(({ name, peerUrls }) => ({
    id: memberIdOf(peerUrls, token),
    name,
    peerUrls,
    clientUrls: [],
  }));
  return { peerUrls: own.peerUrls, initial, tls };
}

/** Bound: a peer that is silent for less may only be busy. */
const PEER_SILENCE_MS_MIN = 2000;

function renewalOf({ peerTls: files }: ReplicaSettings, hooks: ReplicaHooks): ReplicaHooks["renewPeerTls"] {
  if (!files) return hooks.renewPeerTls;
  const paths = [files.certFile, files.keyFile, files.caFile];
  const renewed = new RenewedFiles(paths, async () => checkedTls((await readTls(files))!), hooks.note);
  return () => renewed.take();
}

/** Throws where the texts are no certificates, or no pair. */
function checkedTls(tls: PeerTls): PeerTls {
  createSecureContext({ cert: tls.cert, key: tls.key, ...(tls.ca && { ca: tls.ca }) });
  return tls;
}

function openTransport(settings: ReplicaSettings, plan: Plan, identity: MemberIdentity, hooks: ReplicaHooks) {
  const urls = settings.listenPeerUrls ?? plan.peerUrls;
  const renewTls = renewalOf(settings, hooks);
  return SocketPeerTransport.listen({
    self: identity.id,
    clusterId: identity.clusterId,
    directoryId: identity.directoryId,
    listen: urls.map(parsePeerUrl),
    ...(plan.tls ? { tls: plan.tls } : undefined),
    ...(renewTls && { renewTls }),
    clock: new SystemClock(),
    random: systemRandom(),
    // Later than an election, which is to notice a silent leader first.
    silenceMs: Math.max(PEER_SILENCE_MS_MIN, 2 * (settings.electionMs ?? 0)),
    note: hooks.note,
  });
}

/**
 * Opens the member in this thread. Throws CodedErrors whose message is one line that names the thing and the
 * fix.
 */
export async function openReplica(settings: ReplicaSettings, hooks: ReplicaHooks): Promise<OpenReplica> {
  const directory = await DataDirectory.open({ path: settings.dataDir });
  const closers: (() => Promise<unknown>)[] = [() => directory.close()];
  try {
    if (!directory.identity && (await stat(`${directory.path}/member/snap/db`).catch(() => undefined))) {
      // Etcd's own data: loaded only where there is any.
      const { takeOverEtcd } = await import("./backup/take-over-etcd.ts");
      await takeOverEtcd(directory, settings.name, hooks.note);
    }
    const plan = await planOf(settings, directory.identity !== undefined);
    const isNew = settings.initialClusterState !== "existing";
    const identity = await identifyMember(directory, { ...plan, name: settings.name, isNew });
    const { log, recovered } = await directory.openLog();
    closers.unshift(() => log.close());
    const state = await directory.openState();
    closers.unshift(() => state.close());
    const transport = await openTransport(settings, plan, identity, hooks);
    // For the operator's commands: where a member of this directory is spoken to.
    await writeFileAtomically(
      `${directory.path}/peer-urls.json`,
      `${JSON.stringify(plan.peerUrls)}\n`,
      0o600,
    );
    closers.unshift(() => transport.close());
    const seeds: readonly Peer[] = isNew ? [] : await seedsOf(plan);
    const snapshotCount = settings.snapshotCount ?? SNAPSHOT_COUNT;
    // More than etcd keeps: a member that was away for some seconds of a busy cluster should not need a
    // snapshot.
    const entriesKept = settings.catchUpEntries ?? snapshotCount * 3;
    let opened: OpenReplica | undefined;
    const replica = await Replica.open({
      ...identity,
      name: settings.name,
      peerUrls: plan.peerUrls,
      clientUrls: settings.advertiseClientUrls ?? [],
      ...(isNew ? { bootstrap: plan.initial } : undefined),
      seeds,
      log,
      recovered,
      state,
      transport,
      clock: new SystemClock(),
      random: systemRandom(),
      scheduler: turnScheduler,
      ...pick(settings),
      trim: { entriesMax: snapshotCount + entriesKept, entriesKept, bytesMax: LOG_BYTES_MAX },
      control: async (request) => {
        if (!opened) throw new CodedError("UNAVAILABLE", "the member is starting");
        return answerOperator(opened, request);
      },
      note: hooks.note,
      ...(hooks.leaderChanged && { leaderChanged: hooks.leaderChanged }),
      failed: hooks.failed,
    });
    if (settings.initialCorruptCheck) await checkInitially(replica, hooks);
    if (state.cut)
      hooks.note(
        `the state's last writes were lost with the machine's power: the log has them, from ${state.cut.path} at ` +
          `offset ${state.cut.offset} on`,
      );
    if (log.tornBytes > 0) hooks.note("the log's last write was cut short by a crash and has been dropped");
    opened = {
      replica,
      stop: async (options) => {
        await replica.stop(options);
        await directory.close();
      },
    };
    return opened;
  } catch (error) {
    for (const close of closers) await close().catch(() => {});
    throw error;
  }
}

/**
 * Compares this member's data with the others'. Throws CORRUPT where most of those that answer hold other
 * data.
 */
async function checkInitially(replica: Replica, hooks: ReplicaHooks): Promise<void> {
  const hashes = await replica.compareMembers();
  const own = hashes.find(({ id }) => id === replica.id)!.hash!;
  const others = hashes.filter(
    ({ id, hash }) => id !== replica.id && hash?.compactRevision === own.compactRevision,
  );
  const differing = others.filter(({ hash }) => hash!.hash !== own.hash).length;
  const agreeing = others.length - differing;
  if (differing === 0 || differing < agreeing + 1) {
    hooks.note(`the data of this member is that of ${agreeing} other members`);
    return;
  }
  await replica.stop();
  const message =
    `the data of this member differs from that of ${differing} of ${others.length} others at revision ` +
    `${own.hashRevision}: move its data directory away, remove it from the cluster and add it again`;
  throw new CodedError("CORRUPT", message);
}

function pick(settings: ReplicaSettings) {
  const { heartbeatMs, electionMs, requestTimeoutMs, quotaBytes, progressNotifyMs } = settings;
  const { strictReconfigCheck, healthIntervalMs, promoteWhenReady, forceNewCluster } = settings;
  const members = { strictReconfigCheck, healthIntervalMs, promoteWhenReady, forceNewCluster };
  const { autoCompaction, corruptCheckMs } = settings;
  const care = { autoCompaction, corruptCheckMs, diskSpace: () => diskSpaceOf(settings.dataDir) };
  const times = { heartbeatMs, electionMs, requestTimeoutMs, progressNotifyMs };
  return { ...times, quotaBytes, ...members, ...care };
}

/** Whom a joining member answers before the state names the members. */
async function seedsOf(plan: Plan): Promise<readonly Peer[]> {
  for (const { peerUrls } of plan.initial) {
    for (const url of peerUrls) {
      if (plan.peerUrls.includes(url)) continue;
      const description = await fetchClusterDescription(url, plan.tls).catch(() => undefined);
      if (description) return description.members.map(({ id, peerUrls: urls }) => ({ id, urls }));
    }
  }
  return [];
}
