/**
 * Makes a member's data directory of a backup: a member of a new cluster. It is made beside its place and
 * renamed, so that a crash or a damaged backup leaves nothing that could be started.
 *
 * Safety (decision 18): the revision moves past anything that clients may have seen, the history counts as
 * compacted, and the ids of cluster and members are made of the backup too, so that the new cluster never
 * meets the old one.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CodedError } from "@quorate/base";
import { DataDirectory } from "@quorate/disk";
import { RESTORE_REVISION_BUMP, StateRestore, type StoreWrite } from "@quorate/mvcc";
import {
  clusterIdOf,
  type MemberAttributes,
  Membership,
  memberIdOf,
  parseInitialCluster,
} from "@quorate/replica";
import { inspectBackup, type ReadOptions, readBackupFile } from "./backup-file.ts";

/** Which backup becomes which member. */
export interface RestoreOptions extends ReadOptions {
  readonly file: string;
  /** Must be absent or empty. */
  readonly dataDir: string;
  readonly name: string;
  /** `name=https://host:port,...`: all members of the new cluster, each restored from the same backup. */
  readonly initialCluster: string;
  readonly initialClusterToken: string;
  /** How far the revision moves; at least 1. */
  readonly bumpRevision?: number;
}

/** What was made. */
export interface Restored {
  readonly dataDir: string;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** The revision that the new cluster goes on from. */
  readonly revision: number;
}

/** Where the log of a new cluster begins; as for one that starts empty. */
const START = { index: 1, term: 1 };

async function checkFree(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length > 0) {
    throw new CodedError(
      "DIRECTORY_NOT_EMPTY",
      `${path} is not empty: move it away, or choose another --data-dir`,
    );
  }
}

/** The members of the new cluster; the ids are of this backup and no other. */
function membersOf(options: RestoreOptions, backupHash: string): readonly MemberAttributes[] {
  const digest = createHash("sha256").update(options.initialClusterToken).update(backupHash).digest("hex");
  return parseInitialCluster(options.initialCluster).map(({ name, peerUrls }) => ({
    id: memberIdOf(peerUrls, digest),
    name,
    peerUrls,
    clientUrls: [],
  }));
}

/** Restores one member. Rejects, leaving nothing, where the backup is damaged or the directory in use. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  await checkFree(options.dataDir);
  const summary = await inspectBackup(options.file, options);
  const members = membersOf(options, `${summary.hash}/${summary.revision}/${summary.records}`);
  const own = members.find(({ name }) => name === options.name);
  if (!own) {
    const message = `--initial-cluster ${options.initialCluster} does not name this member, ${options.name}`;
    throw new CodedError("INVALID_INITIAL_CLUSTER", message);
  }
  const clusterId = clusterIdOf(members.map(({ id }) => id));
  const temporary = `${options.dataDir}.restoring`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(dirname(options.dataDir), { recursive: true, mode: 0o700 });
  try {
    const directory = await DataDirectory.open({ path: temporary });
    let revision: number;
    try {
      await directory.writeIdentity({ clusterId, memberId: own.id, name: own.name });
      revision = await fillState(directory, options, members);
      await startLog(directory);
    } finally {
      await directory.close();
    }
    await rm(options.dataDir, { recursive: true, force: true });
    await rename(temporary, options.dataDir);
    return { dataDir: options.dataDir, clusterId, memberId: own.id, revision };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function fillState(
  directory: DataDirectory,
  options: RestoreOptions,
  members: readonly MemberAttributes[],
): Promise<number> {
  const bump = Math.max(1, options.bumpRevision ?? RESTORE_REVISION_BUMP);
  const state = await directory.openState();
  try {
    const restore = new StateRestore();
    for await (const records of readBackupFile(options.file, options)) {
      const writes: StoreWrite[] = [];
      for (const [key, value] of records) {
        if (restore.keeps(key, value)) writes.push({ type: "put", key, value });
      }
      await state.store.write(writes);
    }
    const membership = Membership.initial(members).takeWrite()!;
    await state.store.write([...restore.marks(START, bump), membership], { sync: true });
    return restore.revision + bump;
  } finally {
    await state.close();
  }
}

async function startLog(directory: DataDirectory): Promise<void> {
  const { log } = await directory.openLog();
  try {
    const hardState = { term: START.term, vote: 0n, commit: START.index };
    await log.append({ reset: START, entries: [], hardState });
  } finally {
    await log.close();
  }
}
