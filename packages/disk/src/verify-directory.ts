/**
 * Checks a stopped member's data directory from end to end, keeping all that counts in it: `quorate verify
 * DIR`.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import { DataDirectory } from "./data-directory.ts";
import type { DiskErrorCode } from "./disk-error.ts";
import { findLevelLogCut } from "./level-log-repair.ts";
import { NodeFileSystem } from "./node-file-system.ts";
import { StateFolder } from "./state-folder.ts";

/** What was found. The directory is sound where `problems` is empty. */
export interface DirectoryReport {
  readonly path: string;
  readonly clusterId: bigint | undefined;
  readonly memberId: bigint | undefined;
  readonly name: string | undefined;
  readonly log: {
    readonly segments: number;
    readonly firstIndex: number;
    readonly lastIndex: number;
    readonly term: number;
    readonly commit: number;
    /**
     * Bytes of a write that a crash interrupted; the next start cuts them, nothing acknowledged is among
     * them.
     */
    readonly tornBytes: number;
  };
  readonly state: { readonly entries: number; readonly bytes: number };
  readonly problems: readonly string[];
}

const EMPTY_LOG = { segments: 0, firstIndex: 0, lastIndex: 0, term: 0, commit: 0, tornBytes: 0 };

async function verifyLog(directory: DataDirectory): Promise<DirectoryReport["log"]> {
  const { log, recovered } = await directory.openLog({ readOnly: true });
  const lastIndex = recovered.entries.at(-1)?.index ?? recovered.start.index;
  const found = {
    segments: log.segmentCount,
    firstIndex: recovered.start.index + 1,
    lastIndex,
    term: recovered.hardState.term,
    commit: recovered.hardState.commit,
    tornBytes: log.tornBytes,
  };
  await log.close();
  return found;
}

/** Throws STATE_DAMAGED where the next start would cut the state's own logs. */
async function checkStateLogs(path: string): Promise<void> {
  const cut = await findLevelLogCut(await StateFolder.inUse(new NodeFileSystem(), join(path, "state")));
  if (!cut) return;
  const message =
    `the state file ${cut.path} has a hole at offset ${cut.offset}: the next start cuts it there and takes ` +
    "what is missing from the log, or refuses where the log does not reach back so far";
  throw new CodedError<DiskErrorCode>("STATE_DAMAGED", message, { details: { ...cut } });
}

async function verifyState(directory: DataDirectory): Promise<DirectoryReport["state"]> {
  await checkStateLogs(directory.path);
  const folder = await directory.openState();
  try {
    let [entries, bytes] = [0, 0];
    for await (const page of folder.store.pages({})) {
      entries += page.length;
      for (const [key, value] of page) bytes += key.length + value.length;
    }
    return { entries, bytes };
  } finally {
    await folder.close();
  }
}

/** Reads every record and every key of the directory. Throws DIRECTORY_LOCKED while a member runs on it. */
export async function verifyDirectory(path: string): Promise<DirectoryReport> {
  if (!(await stat(join(path, "member.json")).catch(() => undefined))) {
    const message = `${path} is not a member's data directory: it has no member.json`;
    throw new CodedError<DiskErrorCode>("DIRECTORY_MISMATCH", message, { details: { path } });
  }
  const directory = await DataDirectory.open({ path });
  const problems: string[] = [];
  let [log, state] = [EMPTY_LOG as DirectoryReport["log"], { entries: 0, bytes: 0 }];
  try {
    log = await verifyLog(directory).catch((error: unknown) => {
      problems.push(messageOf(error));
      return EMPTY_LOG;
    });
    state = await verifyState(directory).catch((error: unknown) => {
      problems.push(messageOf(error));
      return state;
    });
    const { clusterId, memberId, name } = directory.identity ?? {};
    return { path: directory.path, clusterId, memberId, name, log, state, problems };
  } finally {
    await directory.close();
  }
}
