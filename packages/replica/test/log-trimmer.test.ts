import { MemoryFileSystem, WriteAheadLog } from "@quorate/disk";
import { MemoryOrderedStore, type StoreWrite } from "@quorate/mvcc";
import { type Entry, MemoryRaftLog } from "@quorate/raft";
import test from "ava";
import { LogTrimmer } from "../src/log-trimmer.ts";
import { LogWriter } from "../src/log-writer.ts";

const CONF = { voters: [1n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
const IDENTITY = { folder: "/log", clusterId: 1n, memberId: 1n };
const entries = Array.from(
  { length: 10 },
  (_, i): Entry => ({ index: i + 1, term: 1, type: "normal", data: Buffer.from("x") }),
);

/** A state whose sync ends when the test says so. */
class HeldStore extends MemoryOrderedStore {
  readonly synced = Promise.withResolvers<void>();

  override async write(batch: readonly StoreWrite[]): Promise<void> {
    await super.write(batch);
    await this.synced.promise;
  }
}

async function open() {
  const fs = new MemoryFileSystem();
  const { log: durable } = await WriteAheadLog.open({ fs, ...IDENTITY });
  const log = new MemoryRaftLog();
  log.append(entries);
  const failed = (error: Error): never => {
    throw error;
  };
  const writer = new LogWriter(durable, () => 0, { persisted: () => {}, failed });
  writer.write({ entries, mustSync: true, afterPersist: [] });
  const snapshots = { isInstalling: false, neededFrom: () => undefined };
  const options = { entriesMax: 5, entriesKept: 2, bytesMax: 1 << 20 };
  const trimmer = new LogTrimmer(options, { log, writer, snapshots, isShort: () => false });
  const reopened = async () => {
    await writer.drained();
    await durable.close();
    return (await WriteAheadLog.open({ fs, ...IDENTITY })).recovered;
  };
  return { log, writer, snapshots, trimmer, reopened, store: new HeldStore() };
}

test("the log is trimmed once what is applied is durable, and keeps some for slow followers", async (t) => {
  const { log, trimmer, store, reopened } = await open();
  const checked = trimmer.check(10, CONF, store);
  t.is(log.firstIndex(), 1);
  store.synced.resolve();
  await checked;
  t.is(log.firstIndex(), 9);
  const { start } = await reopened();
  t.deepEqual(start, { index: 8, term: 1 });
});

test("a log that a snapshot is replacing is not trimmed, nor where the trim was begun before", async (t) => {
  const { log, trimmer, store, snapshots, writer, reopened } = await open();
  const begunBefore = trimmer.check(10, CONF, store);
  snapshots.isInstalling = true;
  writer.reset({ index: 12, term: 2 }, { entries: [], afterPersist: [] }, () => {});
  store.synced.resolve();
  await begunBefore;
  // The state is the snapshot's already, the log in memory not yet.
  await trimmer.check(12, CONF, store);
  t.is(log.firstIndex(), 1);
  const { start } = await reopened();
  t.deepEqual(start, { index: 12, term: 2 });
});
