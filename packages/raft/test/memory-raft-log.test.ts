/** The log that raft reads: what is in memory, and what is left to the disk. */
import { seededRandom } from "@quorate/base";
import test from "ava";
import { type Entry, MemoryRaftLog, NO_CONF } from "../src/index.ts";

const entry = (index: number, term: number, bytes: number): Entry => ({
  index,
  term,
  type: "normal",
  data: Buffer.alloc(bytes, index),
});

test("a log that leaves entries to the disk reads like one that does not", (t) => {
  const seed = Date.now() % 1e9;
  t.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const start = { index: 3, term: 1, conf: NO_CONF };
  const disk: Entry[] = [];
  const whole = new MemoryRaftLog(start);
  const spilling = new MemoryRaftLog(start, (from, to) => disk.slice(from, to));
  let [applied, loaded] = [3, 0];
  for (let term = 2; term < 400; term++) {
    const last = whole.lastIndex();
    const from = applied + 1 + random.int(last - applied + 1);
    const entries = Array.from({ length: random.int(5) }, (_, at) => entry(from + at, term, random.int(50)));
    for (const one of entries) disk[one.index] = one;
    for (const log of [whole, spilling]) log.append(entries);
    applied += random.int(whole.lastIndex() - applied + 1);
    spilling.spill(applied, random.int(200));
    if (random.int(10) === 0) {
      const index = whole.firstIndex() - 1 + random.int(applied - whole.firstIndex() + 2);
      for (const log of [whole, spilling]) log.trimTo(index, NO_CONF);
    }
    t.is(spilling.bytes, whole.bytes);
    t.is(spilling.length, whole.length);
    t.is(spilling.firstIndex(), whole.firstIndex());
    t.is(spilling.lastIndex(), whole.lastIndex());
    for (let index = whole.firstIndex() - 2; index < whole.lastIndex() + 2; index++) {
      t.is(spilling.term(index), whole.term(index));
    }
    const begin = whole.firstIndex() + random.int(whole.length + 1);
    const [end, max] = [begin + random.int(20), random.int(300)];
    t.deepEqual(spilling.entries(begin, end, max), whole.entries(begin, end, max));
    if (spilling.memoryBytes < spilling.bytes) loaded++;
  }
  t.true(loaded > 50);
});

test("entries that were not applied stay in memory, and with them the bytes that are asked for", (t) => {
  const log = new MemoryRaftLog(undefined, () => t.fail() as never);
  log.append([1, 2, 3, 4].map((index) => entry(index, 1, 10)));
  log.spill(2, 0);
  t.is(log.memoryBytes, 20);
  log.spill(4, 15);
  t.is(log.memoryBytes, 10);
  t.is(log.entries(4, 5, 100).length, 1);
  log.installSnapshot({ index: 9, term: 2, conf: NO_CONF });
  t.deepEqual([log.bytes, log.memoryBytes, log.length, log.term(9), log.term(4)], [0, 0, 0, 2, undefined]);
});

test("what the disk holds instead of an entry that was confirmed is refused", (t) => {
  for (const wrong of [[], [entry(1, 2, 10)], [entry(2, 1, 10)]]) {
    const log = new MemoryRaftLog(undefined, () => wrong);
    log.append([entry(1, 1, 10), entry(2, 1, 10)]);
    log.spill(1, 0);
    t.throws(() => log.entries(1, 2, 100), { code: "RAFT_INVARIANT" });
  }
});
