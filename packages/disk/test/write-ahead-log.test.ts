import { hasCode, seededRandom } from "@quorate/base";
import type { Entry, HardState } from "@quorate/raft";
import test from "ava";
import type { LogBatch } from "../src/log-record.ts";
import { MemoryFileSystem } from "../src/memory-file-system.ts";
import { WriteAheadLog, type WriteAheadLogOptions } from "../src/write-ahead-log.ts";

const IDENTITY = { folder: "/log", clusterId: 0xc1n, memberId: 0xffff_ffff_ffff_fff1n };

function openLog(fs: MemoryFileSystem, options: Partial<WriteAheadLogOptions> = {}) {
  return WriteAheadLog.open({ fs, ...IDENTITY, preallocateBytes: 1024, ...options });
}

function entry(index: number, term: number, size = 20): Entry {
  return {
    index,
    term,
    type: index % 5 === 0 ? "conf" : "normal",
    data: Buffer.alloc(size, `${index}/${term}.`),
  };
}

function hard(term: number, commit: number): HardState {
  return { term, vote: 0x8000_0000_0000_0003n, commit };
}

async function write(fs: MemoryFileSystem, batches: LogBatch[], options: Partial<WriteAheadLogOptions> = {}) {
  const { log } = await openLog(fs, options);
  for (const batch of batches) await log.append(batch);
  await log.close();
}

test("what was appended is recovered, also over segments", async (t) => {
  const fs = new MemoryFileSystem();
  const entries = Array.from({ length: 100 }, (_, i) => entry(i + 1, 1 + Math.floor(i / 40), i * 7));
  const batches = entries.map((one) => ({ entries: [one], hardState: hard(one.term, one.index - 1) }));
  await write(fs, batches, { segmentBytes: 4000 });
  t.true(fs.paths().length > 5);
  const { recovered, log } = await openLog(fs);
  t.deepEqual(recovered, { hardState: hard(3, 99), start: { index: 0, term: 0 }, entries });
  await log.close();
});

test("an entry at an index already there replaces all behind it", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [
    { entries: [entry(1, 1), entry(2, 1), entry(3, 1)] },
    { entries: [entry(2, 2)], hardState: hard(2, 1) },
    { entries: [entry(3, 2)] },
  ]);
  const { recovered } = await openLog(fs);
  t.deepEqual(recovered.entries, [entry(1, 1), entry(2, 2), entry(3, 2)]);
});

test("trimming deletes whole segments and keeps what is behind the point", async (t) => {
  const fs = new MemoryFileSystem();
  const { log } = await openLog(fs, { segmentBytes: 2000 });
  for (let i = 1; i <= 60; i++) await log.append({ entries: [entry(i, 1, 100)] });
  const before = log.segmentCount;
  await log.append({ entries: [], trim: { index: 50, term: 1 }, hardState: hard(1, 60) });
  t.true(log.segmentCount < before);
  for (let i = 61; i <= 70; i++) await log.append({ entries: [entry(i, 2, 100)] });
  await log.close();
  const { recovered } = await openLog(fs);
  t.deepEqual(recovered.start, { index: 50, term: 1 });
  t.deepEqual(
    recovered.entries.map((one) => one.index),
    Array.from({ length: 20 }, (_, i) => 51 + i),
  );
});

test("a reset forgets all before it", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [
    { entries: [entry(1, 1), entry(2, 1), entry(3, 1)] },
    { reset: { index: 500, term: 7 }, entries: [], hardState: hard(7, 500) },
    { entries: [entry(501, 7)] },
  ]);
  const { recovered } = await openLog(fs);
  t.deepEqual(recovered, {
    hardState: hard(7, 500),
    start: { index: 500, term: 7 },
    entries: [entry(501, 7)],
  });
});

test("a trim to before the point where the log begins changes nothing", async (t) => {
  for (const start of [{ reset: { index: 9, term: 2 } }, { trim: { index: 3, term: 1 } }]) {
    const fs = new MemoryFileSystem();
    const point = start.reset ?? start.trim!;
    await write(fs, [
      { entries: [entry(1, 1), entry(2, 1), entry(3, 1)] },
      { ...start, entries: [], hardState: hard(2, point.index) },
      { entries: [], trim: { index: 2, term: 1 } },
    ]);
    // A new segment begins with the points that the log keeps in memory.
    await write(fs, [{ entries: [entry(point.index + 1, 2)] }], { segmentBytes: 1 });
    const { recovered } = await openLog(fs);
    t.deepEqual(recovered.start, point);
    t.deepEqual(recovered.entries, [entry(point.index + 1, 2)]);
  }
});

test("a log cut at any byte of its last record loses only that record, and goes on", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [{ entries: [entry(1, 1)] }, { entries: [entry(2, 1)] }]);
  const path = fs.paths()[0]!;
  const two = fs.peek(path)!;
  const twoEnd = two.findLastIndex((byte) => byte !== 0) + 1;
  await write(fs, [{ entries: [entry(3, 1, 700)] }]);
  const three = fs.peek(path)!;
  const threeEnd = three.findLastIndex((byte) => byte !== 0) + 1;
  for (let cut = twoEnd; cut < threeEnd; cut++) {
    for (const zeroed of [false, true]) {
      const bytes = zeroed ? three.slice().fill(0, cut) : three.slice(0, cut);
      fs.poke(path, bytes);
      await write(fs, [{ entries: [entry(3, 2)] }]);
      const { recovered, log } = await openLog(fs);
      await log.close();
      if (recovered.entries.length !== 3 || recovered.entries[2]!.term !== 2) t.fail(`cut at ${cut}`);
    }
  }
  t.pass();
});

test("a last record that lacks any of its sectors is cut", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [{ entries: [entry(1, 1, 100)] }, { entries: [entry(2, 1, 3000)] }], {
    preallocateBytes: 8192,
  });
  const path = fs.paths()[0]!;
  const whole = fs.peek(path)!;
  for (let sector = 1; sector < 6; sector++) {
    fs.poke(path, whole.slice().fill(0, sector * 512, (sector + 1) * 512));
    const { recovered, log } = await openLog(fs);
    t.deepEqual(recovered.entries, [entry(1, 1, 100)], `sector ${sector}`);
    t.true(log.tornBytes > 0);
    await log.close();
  }
});

test("a flipped bit anywhere in the records stops the member, naming file and offset", async (t) => {
  const fs = new MemoryFileSystem();
  const batches = [
    { entries: [entry(1, 1), entry(2, 1)], hardState: hard(1, 0) },
    { entries: [entry(3, 1, 600)], hardState: hard(1, 2) },
    { entries: [entry(4, 2)], trim: { index: 1, term: 1 } },
  ];
  await write(fs, batches);
  const path = fs.paths()[0]!;
  const whole = fs.peek(path)!;
  const end = whole.findLastIndex((byte) => byte !== 0) + 1;
  for (let at = 0; at < end; at++) {
    for (const bit of [at % 8, (at + 3) % 8]) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << bit;
      fs.poke(path, bytes);
      const error = await openLog(fs).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!hasCode(error, "LOG_DAMAGED", "LOG_INCONSISTENT", "DIRECTORY_MISMATCH")) {
        t.fail(`bit ${bit} of byte ${at} of ${end} went unnoticed: ${error}`);
      } else if (!error.message.includes("/log") || !/offset \d+|belongs to|format/.test(error.message)) {
        t.fail(error.message);
      }
    }
  }
  t.pass();
});

test("a last record that holds sectors of zeros is cut where one is missing, and only there", async (t) => {
  for (const size of [700, 2000, 3000]) {
    const data = Buffer.alloc(size);
    data[0] = data[size >> 1] = data[size - 1] = 1;
    const fs = new MemoryFileSystem();
    await write(fs, [{ entries: [entry(1, 1)] }, { entries: [{ ...entry(2, 1), data }] }], {
      preallocateBytes: 4096,
    });
    const path = fs.paths()[0]!;
    const whole = fs.peek(path)!;
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    const start = end - size;
    for (let at = start; at < end; at++) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << (at % 8);
      fs.poke(path, bytes);
      const error = await openLog(fs).catch((thrown: unknown) => thrown);
      if (!hasCode(error, "LOG_DAMAGED")) t.fail(`byte ${at} of ${end} went unnoticed`);
    }
    for (let sector = Math.ceil(start / 512); sector * 512 < end; sector++) {
      const bytes = whole.slice().fill(0, sector * 512, (sector + 1) * 512);
      fs.poke(path, bytes);
      const { recovered, log } = await openLog(fs);
      const isMissing = Buffer.compare(bytes, whole) !== 0;
      t.is(recovered.entries.length, isMissing ? 1 : 2, `sector ${sector} of ${size} bytes`);
      t.is(log.tornBytes > 0, isMissing);
      await log.close();
    }
  }
});

test("a zeroed record before the tail is damage, not a tail", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [
    { entries: [entry(1, 1, 2000)] },
    { entries: [entry(2, 1, 2000)] },
    { entries: [entry(3, 1)] },
  ]);
  const path = fs.paths()[0]!;
  const bytes = fs.peek(path)!.slice().fill(0, 1024, 1536);
  fs.poke(path, bytes);
  await t.throwsAsync(openLog(fs), {
    code: "LOG_DAMAGED",
    message: /damaged at offset \d+.*later records follow/,
  });
});

test("a missing segment, a gap and a term that goes back are refused", async (t) => {
  const fs = new MemoryFileSystem();
  const batches = Array.from({ length: 60 }, (_, i) => ({ entries: [entry(i + 1, 1, 100)] }));
  await write(fs, batches, { segmentBytes: 2000 });
  const middle = fs.paths()[1]!;
  await fs.remove(middle);
  await t.throwsAsync(openLog(fs), { code: "LOG_INCONSISTENT", message: /the file is missing/ });

  const gap = new MemoryFileSystem();
  await write(gap, [{ entries: [entry(1, 1)] }, { entries: [entry(3, 1)] }]);
  await t.throwsAsync(openLog(gap), { code: "LOG_INCONSISTENT", message: /entry 3 follows entry 1/ });

  const back = new MemoryFileSystem();
  await write(back, [{ entries: [entry(1, 5)] }, { entries: [entry(2, 4)] }]);
  await t.throwsAsync(openLog(back), { code: "LOG_INCONSISTENT", message: /term goes back from 5 to 4/ });
});

test("the first segments deleted by hand are noticed", async (t) => {
  const fs = new MemoryFileSystem();
  const batches = Array.from({ length: 60 }, (_, i) => ({ entries: [entry(i + 1, 1, 100)] }));
  await write(fs, batches, { segmentBytes: 2000 });
  await fs.remove(fs.paths()[0]!);
  await t.throwsAsync(openLog(fs), {
    code: "LOG_INCONSISTENT",
    message: /are missing: a log file was deleted/,
  });
});

test("the log of another member or cluster is refused", async (t) => {
  const fs = new MemoryFileSystem();
  await write(fs, [{ entries: [entry(1, 1)] }]);
  await t.throwsAsync(openLog(fs, { memberId: 2n }), {
    code: "DIRECTORY_MISMATCH",
    message: /belongs to member/,
  });
  await t.throwsAsync(openLog(fs, { clusterId: 2n }), {
    code: "DIRECTORY_MISMATCH",
    message: /of cluster c1/,
  });
});

test("after a failed write or sync every append fails: nothing is retried", async (t) => {
  for (const operation of ["write", "datasync"] as const) {
    const fs = new MemoryFileSystem();
    const { log } = await openLog(fs);
    await log.append({ entries: [entry(1, 1)] });
    fs.fault = (what) =>
      what === operation ? Object.assign(new Error("no space"), { code: "ENOSPC" }) : undefined;
    await t.throwsAsync(log.append({ entries: [entry(2, 1)] }), {
      code: "DISK_FULL",
      message: /free some space/,
    });
    fs.fault = undefined;
    await t.throwsAsync(log.append({ entries: [entry(2, 1)] }), { code: "DISK_FULL" });
    fs.crash();
    const { recovered } = await openLog(fs);
    t.deepEqual(recovered.entries[0], entry(1, 1));
  }
});

test("what a killed process had written but not synced is durable once the next one has read it", async (t) => {
  const fs = new MemoryFileSystem();
  const { log } = await openLog(fs);
  await log.append({ entries: [entry(1, 1)] });
  // The process dies between its write and the sync of it: the system still holds the bytes.
  fs.fault = (operation) => (operation === "datasync" ? new Error("killed") : undefined);
  await t.throwsAsync(log.append({ entries: [entry(2, 1)], hardState: hard(2, 1) }));
  fs.fault = undefined;
  const { recovered } = await openLog(fs);
  t.is(recovered.entries.length, 2);
  fs.crash();
  t.deepEqual((await openLog(fs)).recovered, recovered);
});

test("what a failed sync left in the cache is written again before it counts", async (t) => {
  const fs = new MemoryFileSystem();
  const { log } = await openLog(fs);
  await log.append({ entries: [entry(1, 1)] });
  fs.fault = (operation, path) => {
    if (operation !== "datasync") return undefined;
    // The system tells of the failure once, and takes the pages for clean from then on.
    fs.loseDirty(path);
    return Object.assign(new Error("EIO"), { code: "EIO" });
  };
  await t.throwsAsync(log.append({ entries: [entry(2, 1)] }), { code: "DISK_FAILED" });
  fs.fault = undefined;
  const { recovered } = await openLog(fs);
  fs.crash();
  t.deepEqual((await openLog(fs)).recovered, recovered);
});

test("a segment that a killed process had only renamed is durable once the next one has read it", async (t) => {
  const fs = new MemoryFileSystem();
  const { log } = await openLog(fs, { segmentBytes: 100 });
  await log.append({ entries: [entry(1, 1, 100)] });
  fs.fault = (operation) => (operation === "sync-folder" ? new Error("killed") : undefined);
  await t.throwsAsync(log.append({ entries: [entry(2, 1)] }));
  fs.fault = undefined;
  const again = await openLog(fs);
  await again.log.append({ entries: [entry(2, 2)] });
  fs.crash();
  const { recovered } = await openLog(fs);
  t.deepEqual(recovered.entries, [entry(1, 1, 100), entry(2, 2)]);
});

test("zeros that are written ahead slowly never overwrite a record", async (t) => {
  const fs = new MemoryFileSystem();
  const zeros = Promise.withResolvers<void>();
  const open = fs.open.bind(fs);
  // Writes side by side are carried out in any order.
  fs.open = async (path, options) => {
    const file = await open(path, options);
    const write = async (position: number, bytes: Uint8Array): Promise<void> => {
      if (bytes.every((byte) => byte === 0)) await zeros.promise;
      await file.write(position, bytes);
    };
    return { ...file, write };
  };
  const { log } = await openLog(fs, { preallocateBytes: 4096 });
  // Leaves less than half of what was filled ahead: more is on its way from here on.
  await log.append({ entries: [entry(1, 1, 2500)] });
  const appended = log.append({ entries: [entry(2, 1, 3000)] });
  await new Promise((resolve) => setImmediate(resolve));
  zeros.resolve();
  await appended;
  await new Promise((resolve) => setImmediate(resolve));
  await log.close();
  const { recovered } = await openLog(fs);
  t.deepEqual(recovered.entries, [entry(1, 1, 2500), entry(2, 1, 3000)]);
});

test("a crash at any operation keeps all that was acknowledged (seeded)", async (t) => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed);
    const fs = new MemoryFileSystem();
    let acknowledged = 0;
    let trimmed = 0;
    for (let life = 0; life < 4; life++) {
      let left = random.int(60);
      fs.fault = () => (left-- <= 0 ? Object.assign(new Error("crash"), { code: "EIO" }) : undefined);
      try {
        const { log, recovered } = await openLog(fs, { segmentBytes: 3000 });
        let index = recovered.entries.at(-1)?.index ?? recovered.start.index;
        const term = life + 1;
        for (;;) {
          const trim = index > trimmed + 5 && random.int(6) === 0 ? { index: index - 3, term: 0 } : undefined;
          if (trim) trimmed = trim.index;
          index++;
          await log.append({ entries: [entry(index, term, random.int(900))], ...(trim ? { trim } : {}) });
          acknowledged = index;
        }
      } catch (error) {
        if (!hasCode(error, "DISK_FAILED")) throw error;
      }
      fs.fault = undefined;
      fs.crash(random);
      const { recovered, log } = await openLog(fs, { segmentBytes: 3000 });
      await log.close();
      const last = recovered.entries.at(-1)?.index ?? recovered.start.index;
      if (last < acknowledged) t.fail(`seed ${seed}: acknowledged ${acknowledged}, recovered ${last}`);
      acknowledged = Math.max(acknowledged, last);
    }
  }
  t.pass();
});
