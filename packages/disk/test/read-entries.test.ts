/** Entries of the log that are read back from the disk while it is in use. */
import { hasCode, seededRandom } from "@quorate/base";
import type { Entry } from "@quorate/raft";
import test from "ava";
import { MemoryFileSystem } from "../src/memory-file-system.ts";
import { WriteAheadLog } from "../src/write-ahead-log.ts";

const IDENTITY = {
  folder: "/log",
  clusterId: 0xc1n,
  memberId: 0xf1n,
  preallocateBytes: 1024,
  segmentBytes: 2000,
};

const openLog = (fs: MemoryFileSystem) => WriteAheadLog.open({ fs, ...IDENTITY });

function entry(index: number, term: number, size = 40): Entry {
  return {
    index,
    term,
    type: index % 5 === 0 ? "conf" : "normal",
    data: Buffer.alloc(size, `${index}/${term}.`),
  };
}

test("entries are read back as they were appended, from any segment, also of an opened log", async (t) => {
  const fs = new MemoryFileSystem();
  const entries = Array.from({ length: 90 }, (_, i) => entry(i + 1, 1, i));
  const { log } = await openLog(fs);
  for (let at = 0; at < entries.length; at += 3) await log.append({ entries: entries.slice(at, at + 3) });
  t.true(log.segmentCount > 2);
  for (const [start, end] of [
    [1, 91],
    [2, 3],
    [5, 60],
    [90, 91],
    [7, 7],
  ] as const) {
    t.deepEqual(log.readEntries(start, end), entries.slice(start - 1, end - 1));
  }
  await log.close();
  const again = await openLog(fs);
  t.deepEqual(again.log.readEntries(1, 91), entries);
  await again.log.close();
});

test("what was replaced is never read back, whatever was appended, trimmed and reset", async (t) => {
  const seed = Date.now() % 1e9;
  t.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const fs = new MemoryFileSystem();
  let { log } = await openLog(fs);
  let model: Entry[] = [];
  let first = 1;
  for (let term = 1; term < 300; term++) {
    const chance = random.int(10);
    if (chance === 0 && model.length > 0) {
      const index = first + random.int(model.length);
      await log.append({ entries: [], trim: { index, term: model[index - first]!.term } });
      model = model.slice(index + 1 - first);
      first = index + 1;
    } else if (chance === 1) {
      first += model.length + random.int(3);
      model = [];
      await log.append({ reset: { index: first - 1, term }, entries: [] });
    } else if (chance === 2) {
      await log.close();
      ({ log } = await openLog(fs));
    } else {
      // Two runs in one batch: the second replaces some of the first.
      const batch: Entry[] = [];
      for (let run = 0; run < 2; run++) {
        const from = first + random.int(model.length + 1);
        model.length = from - first;
        for (let count = 1 + random.int(4); count > 0; count--) {
          const one = entry(first + model.length, term, random.int(60));
          model.push(one);
          batch.push(one);
        }
      }
      await log.append({ entries: batch });
    }
    const start = first + random.int(model.length + 1);
    const end = start + random.int(first + model.length - start + 1);
    t.deepEqual(log.readEntries(start, end), model.slice(start - first, end - first));
  }
  await log.close();
});

test("an entry that the disk has changed is damage, and one that is not there is not made up", async (t) => {
  const fs = new MemoryFileSystem();
  const { log } = await openLog(fs);
  await log.append({ entries: [entry(1, 1), entry(2, 1)] });
  t.throws(() => log.readEntries(2, 4), { code: "LOG_INCONSISTENT" });
  const path = fs.paths()[0]!;
  const bytes = Buffer.from(fs.peek(path)!);
  const at = bytes.indexOf("2/1.");
  bytes[at]! ^= 1;
  fs.poke(path, bytes);
  const error = t.throws(() => log.readEntries(1, 2), { code: "LOG_DAMAGED" });
  t.regex(error!.message, /^the log \/log\/0000000000000001\.wal is damaged at offset \d+: /);
  fs.fault = (operation) =>
    operation === "read" ? Object.assign(new Error("EIO: bad sector"), { code: "EIO" }) : undefined;
  t.true(
    hasCode(
      t.throws(() => log.readEntries(1, 2)),
      "DISK_FAILED",
    ),
  );
});
