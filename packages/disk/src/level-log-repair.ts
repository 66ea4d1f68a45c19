/**
 * Looks through LevelDB's write logs before LevelDB does. They are not synced write by write, so a machine
 * that lost its power may have kept later pages and lost earlier ones; LevelDB would drop what is between
 * without a word, and leave a hole in the applied state.
 *
 * The logs are cut at the hole instead. Safety: the applied index lies in every batch and so goes back with
 * the cut, and the write-ahead log has the rest: it is trimmed only below what `syncLevelLogs` has made
 * durable. Where it does not reach back so far, this was no lost power but damage, and `recoverReplica`
 * refuses the state.
 */
import { open, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "./disk-error.ts";
import { oldestNeededLog, scanLevelLog } from "./level-log.ts";

/** Where the logs must be cut: `path` at `offset`, the later ones at their start. */
export interface LevelLogCut {
  readonly path: string;
  readonly offset: number;
  readonly later: readonly string[];
}

/** The write logs in use, oldest first. */
async function logsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const logs = names
    .filter((name) => /^\d+\.log$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const current = await readFile(join(folder, "CURRENT"), "utf8").catch(() => "");
  const manifest = await readFile(join(folder, current.trim() || "MANIFEST")).catch(() => Buffer.alloc(0));
  const needed = oldestNeededLog(manifest);
  return logs.filter((name) => Number.parseInt(name, 10) >= needed).map((name) => join(folder, name));
}

/** Where the state's logs have a hole; undefined where they have none, or only their tail is torn. */
export async function findLevelLogCut(folder: string): Promise<LevelLogCut | undefined> {
  const logs = await logsOf(folder);
  let expected: bigint | undefined;
  for (const [i, path] of logs.entries()) {
    const bytes = await readFile(path);
    const { goodBytes, nextSequence, hasLater } = scanLevelLog(bytes, expected);
    const later = await nonEmpty(logs.slice(i + 1));
    const endsHere = goodBytes < bytes.length || nextSequence === undefined;
    if (endsHere && (hasLater || later.length > 0)) return { path, offset: goodBytes, later };
    expected = nextSequence;
  }
  return undefined;
}

async function nonEmpty(paths: readonly string[]): Promise<readonly string[]> {
  const sizes = await Promise.all(paths.map(async (path) => (await readFile(path)).length));
  return paths.filter((_, i) => sizes[i]! > 0);
}

/** Cuts the logs where they have a hole; answers with where that was. */
export async function repairLevelLogs(folder: string): Promise<LevelLogCut | undefined> {
  const cut = await findLevelLogCut(folder);
  if (!cut) return undefined;
  // The newest first: a crash in between leaves the hole to be found again.
  for (const path of [...cut.later].reverse()) await cutFile(path, 0);
  await cutFile(cut.path, cut.offset);
  return cut;
}

async function cutFile(path: string, size: number): Promise<void> {
  await truncate(path, size);
  await syncFile(path);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/**
 * Makes all that LevelDB has taken durable. Safety: LevelDB's own sync covers its newest log only, not the
 * one before, whose content may still be on its way into a table.
 */
export async function syncLevelLogs(folder: string, onSync?: (path: string) => void): Promise<void> {
  // Compat: on Windows LevelDB opens its log for itself alone; there only its own sync is left.
  if (process.platform === "win32") return;
  for (const name of await readdir(folder)) {
    if (!/^\d+\.log$/.test(name)) continue;
    try {
      await syncFile(join(folder, name));
    } catch (error) {
      // Gone meanwhile: its content is in a table, which was synced.
      if (errnoOf(error) !== "ENOENT") throw error;
    }
    onSync?.(join(folder, name));
  }
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  onSync?.(folder);
}
