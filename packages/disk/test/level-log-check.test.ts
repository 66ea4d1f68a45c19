import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { findHole } from "../src/level-log-check.ts";
import { LevelStore } from "../src/level-store.ts";

const BATCHES = 40;

async function filled(t: { teardown(run: () => unknown): void }): Promise<{ folder: string; log: string }> {
  const parent = await mkdtemp(join(tmpdir(), "quorate-level-"));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "db");
  const store = await LevelStore.open(folder);
  for (let i = 0; i < BATCHES; i++) {
    await store.write([{ type: "put", key: Buffer.from(`k${i}`), value: Buffer.alloc(3000, i + 1) }]);
  }
  await store.close();
  const name = (await readdir(folder)).find((one) => one.endsWith(".log"))!;
  return { folder, log: join(folder, name) };
}

async function countIn(folder: string): Promise<number> {
  const store = await LevelStore.open(folder);
  let count = 0;
  for await (const page of store.pages({})) count += page.length;
  await store.close();
  return count;
}

test("a whole log has no hole, nor has one that is cut anywhere", async (t) => {
  const { log } = await filled(t);
  const bytes = await readFile(log);
  t.true(bytes.length > 100_000);
  t.is(findHole(bytes), undefined);
  for (let end = bytes.length; end > bytes.length - 7000; end -= 13)
    t.is(findHole(bytes.subarray(0, end)), undefined);
});

test("a flipped bit before the tail is found, which LevelDB itself would pass over", async (t) => {
  const { folder, log } = await filled(t);
  const bytes = await readFile(log);
  for (let at = 0; at < bytes.length - 10_000; at += 997) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    // Zeros between the last record of a block and its end belong to nothing.
    if (findHole(flipped) === undefined && !bytes.subarray(at, at + 7).equals(Buffer.alloc(7)))
      t.fail(`byte ${at}`);
  }
  const flipped = Buffer.from(bytes);
  flipped[5000]! ^= 1;
  await writeFile(log, flipped);
  const error = await t.throwsAsync(LevelStore.open(folder), { code: "STATE_DAMAGED" });
  t.regex(
    error.message,
    /\.log is damaged at offset \d+, and later records follow: move this data directory away/,
  );
});

test("a torn tail costs the last batch only", async (t) => {
  const { folder, log } = await filled(t);
  const bytes = await readFile(log);
  await writeFile(log, bytes.subarray(0, bytes.length - 100));
  t.is(await countIn(folder), BATCHES - 1);
});
