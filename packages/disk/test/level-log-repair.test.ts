import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { scanLevelLog } from "../src/level-log.ts";
import { findLevelLogCut, repairLevelLogs } from "../src/level-log-repair.ts";
import { LevelStore, type LevelStoreOptions } from "../src/level-store.ts";

const BATCHES = 40;

interface Filled {
  readonly folder: string;
  readonly logs: readonly string[];
}

async function logsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((one) => one.endsWith(".log"));
  return names.sort().map((name) => join(folder, name));
}

/** A store as a crash leaves it: batch i puts key i and moves "applied" to it. */
async function filled(t: ExecutionContext, options: LevelStoreOptions = {}): Promise<Filled> {
  const parent = await mkdtemp(join(tmpdir(), "quorate-level-"));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "db");
  const store = await LevelStore.open(folder, options);
  for (let i = 0; i < BATCHES; i++) {
    await store.write([
      { type: "put", key: Buffer.from(`k${String(i).padStart(2, "0")}`), value: Buffer.alloc(3000, i + 1) },
      { type: "put", key: Buffer.from("applied"), value: Buffer.from([i]) },
    ]);
  }
  await store.close();
  return { folder, logs: await logsIn(folder) };
}

/** The keys that are there, and the last batch that the state says to hold. */
async function contentOf(
  folder: string,
): Promise<{ keys: number; applied: number; cut: number | undefined }> {
  const cut = await repairLevelLogs(folder);
  const store = await LevelStore.open(folder);
  let keys = 0;
  for await (const page of store.pages({ start: Buffer.from("k") })) keys += page.length;
  const applied = store.getSync(Buffer.from("applied"))?.[0] ?? -1;
  await store.close();
  return { keys, applied, cut: cut?.offset };
}

test("a whole log has no hole, nor has one that is cut anywhere", async (t) => {
  const { folder, logs } = await filled(t);
  const bytes = await readFile(logs[0]!);
  t.true(bytes.length > 100_000);
  t.is(await findLevelLogCut(folder), undefined);
  t.is(scanLevelLog(bytes, undefined).goodBytes, bytes.length);
  t.is(scanLevelLog(bytes, undefined).nextSequence, BigInt(2 * BATCHES + 1));
  for (let end = bytes.length; end > bytes.length - 7000; end -= 13)
    t.false(scanLevelLog(bytes.subarray(0, end), undefined).hasLater);
});

test("a lost page costs all batches behind it too, so that the applied index says what is there", async (t) => {
  for (const at of [0, 5000, 33_000, 65_000, 100_000]) {
    const { folder, logs } = await filled(t);
    const bytes = await readFile(logs[0]!);
    bytes.fill(0, at, at + 512);
    await writeFile(logs[0]!, bytes);
    const { keys, applied, cut } = await contentOf(folder);
    t.true(keys < BATCHES);
    t.is(keys, applied + 1, `nothing missing below the applied index, hole at ${at}`);
    // In the last block LevelDB itself finds nothing behind the hole.
    t.true((cut ?? at) <= at);
    // What was cut stays cut.
    t.deepEqual(await contentOf(folder), { keys, applied, cut: undefined });
  }
});

test("a flipped bit anywhere before the tail is found", async (t) => {
  const { logs } = await filled(t);
  const bytes = await readFile(logs[0]!);
  for (let at = 0; at < bytes.length - 10_000; at += 997) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    // Zeros between the last record of a block and its end belong to nothing.
    const isFound = scanLevelLog(flipped, undefined).hasLater;
    t.true(isFound || bytes.subarray(at, at + 7).equals(Buffer.alloc(7)), `byte ${at}`);
  }
});

test("what a later log holds is cut where it does not follow on the log before", async (t) => {
  const { folder, logs } = await filled(t);
  // A log of another store begins at another sequence, as one does whose forerunner lost its end.
  const other = await filled(t);
  const later = join(folder, "000900.log");
  await writeFile(later, await readFile(other.logs[0]!));
  t.deepEqual(await findLevelLogCut(folder), { path: later, offset: 0, later: [] });
  const bytes = await readFile(logs[0]!);
  await writeFile(logs[0]!, bytes.subarray(0, 60_000));
  const { goodBytes } = scanLevelLog(bytes.subarray(0, 60_000), undefined);
  t.deepEqual(await findLevelLogCut(folder), { path: logs[0]!, offset: goodBytes, later: [later] });
  const { keys, applied } = await contentOf(folder);
  t.is(keys, applied + 1);
});

test("logs that follow each other are left alone, however many there are", async (t) => {
  const { folder } = await filled(t, { writeBufferBytes: 65_536 });
  t.is(await findLevelLogCut(folder), undefined);
  t.deepEqual(await contentOf(folder), { keys: BATCHES, applied: BATCHES - 1, cut: undefined });
});

test("a torn tail costs the last batch only", async (t) => {
  const { folder, logs } = await filled(t);
  const bytes = await readFile(logs[0]!);
  await writeFile(logs[0]!, bytes.subarray(0, bytes.length - 100));
  t.deepEqual(await contentOf(folder), { keys: BATCHES - 1, applied: BATCHES - 2, cut: undefined });
});
