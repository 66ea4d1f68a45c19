/**
 * From what a member finds at its start (log and applied state) to what it goes on with. Finishes what a
 * crash has interrupted: the first start, or the installation of a snapshot; refuses what does not fit
 * together.
 */
import { CodedError } from "@quorate/base";
import { Store, type StoreOptions } from "@quorate/mvcc";
import { type HardState, type MemberId, MemoryRaftLog, type RaftConfig } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import type { DurableLog, LogPoint, RecoveredLog } from "./durable-log.ts";
import { LOG_MEMORY_BYTES, type LogTrimmerOptions } from "./log-trimmer.ts";
import type { MemberAttributes } from "./member-attributes.ts";
import { Membership } from "./membership.ts";
import { replayEntries } from "./replay-entries.ts";
import type { StateStorage } from "./state-storage.ts";

/** What the member finds, and what it was started with. */
export interface RecoverOptions {
  readonly bootstrap?: readonly MemberAttributes[];
  readonly log: DurableLog;
  readonly recovered: RecoveredLog;
  readonly state: StateStorage;
  readonly id: MemberId;
  /** The other members are gone for good: go on alone, with all that the log holds. */
  readonly forceNewCluster?: boolean;
  readonly trim?: LogTrimmerOptions;
}

/** Log and state that fit together. */
export interface RecoveredReplica {
  readonly hardState: HardState;
  readonly raftLog: MemoryRaftLog;
  readonly state: AppliedState;
}

/**
 * Where a new cluster's log begins on each of its first members: they all have the first configuration
 * applied. A member that joins later has nothing at this point, so that it can't be brought along by entries
 * alone, which lack it.
 */
const BOOTSTRAP_POINT: LogPoint = { index: 1, term: 1 };

const WAY_OUT =
  "move this data directory away, remove the member from the cluster and add it again as a new one; " +
  "a cluster of one member is restored from its last snapshot";

function misfit(message: string): CodedError {
  return new CodedError("STATE_DAMAGED", `${message}: ${WAY_OUT}`);
}

/** Throws STATE_DAMAGED where log and state do not fit together. */
export async function recoverReplica(
  options: RecoverOptions,
  storeOptions: StoreOptions,
): Promise<RecoveredReplica> {
  const recovered = await finishInstall(options, options.recovered);
  const disk = options.state.store;
  let membership = Membership.read((key) => disk.getSync(key));
  let log = recovered;
  if (!membership) {
    const isFresh = recovered.entries.length === 0 && recovered.start.index <= BOOTSTRAP_POINT.index;
    if (!isFresh)
      throw misfit(`the log begins at entry ${recovered.start.index + 1} but there is no applied state`);
    membership = options.bootstrap ? Membership.initial(options.bootstrap) : new Membership();
    if (options.bootstrap) log = await bootstrap(options, membership, storeOptions);
  }
  const store = await Store.open(disk, storeOptions);
  checkFit(log, store);
  if (options.forceNewCluster) return goOnAlone(options, log, { store, membership, disk });
  const lastIndex = log.entries.at(-1)?.index ?? log.start.index;
  const raftLog = newRaftLog(options.log, log.start, membership);
  raftLog.append(log.entries);
  raftLog.spill(store.appliedIndex, options.trim?.memoryBytesMax ?? LOG_MEMORY_BYTES);
  const { term, vote, commit } = log.hardState;
  // The commit index is written lazily, and may then be ahead of entries that a crash cut off.
  const known = Math.min(lastIndex, Math.max(commit, store.appliedIndex));
  return { hardState: { term, vote, commit: known }, raftLog, state: { store, membership, disk } };
}

function newRaftLog(log: DurableLog, start: LogPoint, { conf }: Membership): MemoryRaftLog {
  return new MemoryRaftLog({ ...start, conf }, log.readEntries && ((from, to) => log.readEntries!(from, to)));
}

function checkFit(log: RecoveredLog, { appliedIndex }: Store): void {
  const lastIndex = log.entries.at(-1)?.index ?? log.start.index;
  if (appliedIndex > lastIndex) {
    throw misfit(`the log ends at entry ${lastIndex} but the state has applied entry ${appliedIndex}`);
  }
  if (appliedIndex < log.start.index) {
    const { index } = log.start;
    throw misfit(`the log begins behind entry ${index} but the state has applied only entry ${appliedIndex}`);
  }
}

/**
 * Makes this member the only one. All entries are applied, those too that it does not know to be committed: what was
 * acknowledged may be among them.
 */
async function goOnAlone(
  options: RecoverOptions,
  log: RecoveredLog,
  { store, membership, disk }: AppliedState,
): Promise<RecoveredReplica> {
  replayEntries(store, log.entries);
  const own = membership.find(options.id);
  const alone = Membership.initial([
    own ?? { id: options.id, name: "", peerUrls: [], clientUrls: [] },
  ]).removing(membership);
  const { term: lastTerm, index: lastIndex } = log.entries.at(-1) ?? log.start;
  const point = { index: lastIndex, term: lastTerm };
  // Safety: the state first. Where the log still has its entries, all of this is simply done again.
  await disk.write([...store.takeBatch().writes, alone.takeWrite()!], { sync: true });
  const hardState = { term: log.hardState.term, vote: log.hardState.vote, commit: lastIndex };
  await options.log.append({ reset: point, entries: [], hardState });
  const raftLog = newRaftLog(options.log, point, alone);
  return { hardState, raftLog, state: { store, membership: alone, disk } };
}

/** What raft goes on with; a heartbeat goes out with every tick. */
export function raftConfigOf(id: MemberId, recovered: RecoveredReplica, electionTicks: number): RaftConfig {
  const { hardState, state } = recovered;
  const { store, membership } = state;
  return {
    id,
    hardState,
    conf: membership.conf,
    applied: store.appliedIndex,
    electionTicks,
    heartbeatTicks: 1,
  };
}

/** The state was replaced by a snapshot, and the log does not know it yet. */
async function finishInstall(options: RecoverOptions, found: RecoveredLog): Promise<RecoveredLog> {
  const point = options.state.installedAt;
  if (!point || found.start.index >= point.index) return found;
  const entry = found.entries.find(({ index }) => index === point.index);
  if (entry?.term === point.term) return found;
  const { term, vote } = found.hardState;
  const hardState = {
    term: Math.max(term, point.term),
    vote: term >= point.term ? vote : 0n,
    commit: point.index,
  };
  await options.log.append({ reset: point, entries: [], hardState });
  return { hardState, start: point, entries: [] };
}

async function bootstrap(
  options: RecoverOptions,
  membership: Membership,
  storeOptions: StoreOptions,
): Promise<RecoveredLog> {
  const { hardState: found } = options.recovered;
  // Safety: a vote that was given is never forgotten, whatever became of the state.
  const [term, vote] =
    found.term > BOOTSTRAP_POINT.term ? [found.term, found.vote] : [BOOTSTRAP_POINT.term, 0n];
  const hardState = { term, vote, commit: BOOTSTRAP_POINT.index };
  // Safety: the log first. Without the state this is done again; a state ahead of its log would look like
  // damage.
  await options.log.append({ reset: BOOTSTRAP_POINT, entries: [], hardState });
  const disk = options.state.store;
  const store = await Store.open(disk, storeOptions);
  store.skip(BOOTSTRAP_POINT);
  await disk.write([...store.takeBatch().writes, membership.takeWrite()!], { sync: true });
  return { hardState, start: BOOTSTRAP_POINT, entries: [] };
}
