/**
 * Makes etcd's data directory one of ours, where a member is started on it: the same member of the same
 * cluster goes on with the same keys and revisions. So etcd is replaced by stopping it and starting us with
 * its flags, and a directory that etcdutl has restored can be started.
 *
 * Safety: etcd's database may be behind its log, which holds what this member has promised to others. Where
 * it is, nothing is taken over: the entries would be lost. etcd's folder is read and never written; the
 * directory's identity is written last, and what a crash before that leaves is thrown away by the next start.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "@quorate/base";
import { BoltFile, type DataDirectory } from "@quorate/disk";
import { metaNameOf, type OrderedStore, readMarks, type StateMarks, type StoreWrite } from "@quorate/mvcc";
import { type EtcdLog, readEtcdLog } from "./etcd-log.ts";
import { readEtcdMembers } from "./etcd-members.ts";
import { EtcdRecords } from "./etcd-records.ts";

/** Where etcd keeps what it has applied, and its log. */
const DATABASE = join("member", "snap", "db");
const LOG = join("member", "wal");

/**
 * Takes over what etcd has left in a directory that is not ours yet; does nothing where it has left nothing.
 * `name` becomes the member's. Rejects with a CodedError of one line that says the way out.
 */
export async function takeOverEtcd(
  directory: DataDirectory,
  name: string,
  note: (line: string) => void,
): Promise<void> {
  const database = join(directory.path, DATABASE);
  if (directory.identity || !(await stat(database).catch(() => undefined))) return;
  const log = await readEtcdLog(join(directory.path, LOG));
  const file = await BoltFile.open(database);
  try {
    await clear(directory.path);
    const state = await directory.openState();
    try {
      const marks = await fill(state.store, file, log);
      await startLog(directory, log, marks);
      note(
        `took over the data of etcd in ${directory.path}: member ${log.memberId.toString(16)} goes on from ` +
          `index ${marks.appliedIndex} at revision ${marks.revision}; ` +
          `${join(directory.path, "member")} is no longer used`,
      );
    } finally {
      await state.close();
    }
    await directory.writeIdentity({ clusterId: log.clusterId, memberId: log.memberId, name });
  } finally {
    await file.close();
  }
}

/** Removes what an interrupted try has left. The log's folder may be a link to another disk. */
async function clear(path: string): Promise<void> {
  await rm(join(path, "state"), { recursive: true, force: true });
  const logs = join(path, "log");
  for (const name of await readdir(logs).catch(() => [])) await rm(join(logs, name));
}

async function fill(store: OrderedStore, file: BoltFile, log: EtcdLog): Promise<StateMarks> {
  const records = new EtcdRecords();
  for (const bucket of file.buckets) {
    for await (const entries of file.entries(bucket)) {
      const writes = records
        .take(bucket, entries)
        .map(([key, value]): StoreWrite => ({ type: "put", key, value }));
      await store.write(writes);
    }
  }
  const last = records.finish();
  const marks = readMarks(new Map(last.map(([key, value]) => [metaNameOf(key), value])));
  checkWhole(file.path, log, marks);
  const membership = await readEtcdMembers(file);
  if (!membership.find(log.memberId)) {
    const id = log.memberId.toString(16);
    throw new CodedError(
      "CANNOT_TAKE_OVER",
      `${file.path} does not name member ${id}, whose log is beside it`,
    );
  }
  const writes = last.map(([key, value]): StoreWrite => ({ type: "put", key, value }));
  await store.write([...writes, membership.takeWrite()!], { sync: true });
  return marks;
}

function checkWhole(path: string, { lastIndex }: EtcdLog, { appliedIndex, appliedTerm }: StateMarks): void {
  if (appliedIndex >= lastIndex && appliedTerm > 0) return;
  throw new CodedError(
    "CANNOT_TAKE_OVER",
    `etcd's log goes on to entry ${lastIndex}, and ${path} holds what was applied up to ${appliedIndex}: ` +
      "start and stop that etcd once more, or save a snapshot of its cluster and make one of ours by " +
      '"quorate snapshot restore"',
  );
}

async function startLog(directory: DataDirectory, ids: EtcdLog, marks: StateMarks): Promise<void> {
  const start = { index: marks.appliedIndex, term: marks.appliedTerm };
  const { log } = await directory.openLog({}, ids);
  try {
    const hardState = { term: Math.max(ids.term, start.term), vote: ids.vote, commit: start.index };
    await log.append({ reset: start, entries: [], hardState });
  } finally {
    await log.close();
  }
}
