/**
 * What a stopped member's directory still holds when the majority is gone: looked at without changing
 * anything that counts, and turned into a backup with every entry of its log applied.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataDirectory } from "@quorate/disk";
import { Store } from "@quorate/mvcc";
import { decodeState, encodeState, Membership, replayEntries } from "@quorate/replica";
import { writeBackupFile } from "./backup-file.ts";
import { etcdSnapshot } from "./etcd-snapshot.ts";

/** How far a survivor's data reaches. */
export interface Survivor {
  readonly path: string;
  readonly name: string;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** Term and index of the last entry: who has the highest has most. */
  readonly lastTerm: number;
  readonly lastIndex: number;
  /** Entries up to here are known to be committed. */
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly members: number;
}

/** Negative where `a` has more than `b`. */
export function compareSurvivors(a: Survivor, b: Survivor): number {
  return b.lastTerm - a.lastTerm || b.lastIndex - a.lastIndex;
}

async function openSurvivor(path: string) {
  const directory = await DataDirectory.open({ path });
  try {
    const { log, recovered } = await directory.openLog({ readOnly: true });
    await log.close();
    return { directory, recovered, state: await directory.openState() };
  } catch (error) {
    await directory.close();
    throw error;
  }
}

/**
 * Looks at a stopped member's directory. Rejects with DIRECTORY_LOCKED while it runs, with LOG_DAMAGED, ...
 */
export async function inspectSurvivor(path: string): Promise<Survivor> {
  const { directory, recovered, state } = await openSurvivor(path);
  try {
    const store = await Store.open(state.store, { clusterId: 0n, memberId: 0n });
    const { index: lastIndex, term: lastTerm } = recovered.entries.at(-1) ?? recovered.start;
    const { name, memberId, clusterId } = directory.identity!;
    const commitIndex = Math.max(recovered.hardState.commit, store.appliedIndex);
    const membership = Membership.read((key) => state.store.getSync(key));
    const members = membership?.conf.voters.length ?? 0;
    const { appliedIndex } = store;
    return { path, name, memberId, clusterId, lastTerm, lastIndex, commitIndex, appliedIndex, members };
  } finally {
    await state.close();
    await directory.close();
  }
}

/** Writes the survivor's state, with all entries of its log applied, as a backup to `file`. */
export async function backUpSurvivor(path: string, file: string): Promise<number> {
  const { directory, recovered, state } = await openSurvivor(path);
  const scratch = await mkdtemp(join(dirname(file), ".quorate-recover-"));
  try {
    const copy = await DataDirectory.open({ path: join(scratch, "copy") });
    const copied = await copy.openState();
    try {
      await decodeState(encodeState(state.store), copied.store);
      const store = await Store.open(copied.store, { clusterId: 0n, memberId: 0n });
      replayEntries(store, recovered.entries);
      await copied.store.write(store.takeBatch().writes);
      return await writeBackupFile(file, (await etcdSnapshot(copied.store)).chunks);
    } finally {
      await copied.close();
      await copy.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await state.close();
    await directory.close();
  }
}
