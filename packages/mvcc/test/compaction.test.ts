import test from "ava";
import { Compaction } from "../src/compaction.ts";
import { KeyIndex } from "../src/key-index.ts";

const KEYS = 1_000_000;
const HOT_REVISIONS = 50_000;

/** A million keys written once, every tenth deleted, and one that was written over and over. */
function filled(): { index: KeyIndex; revision: number; records: number } {
  const index = new KeyIndex();
  let main = 1;
  const kv = { createRevision: 2, version: 1, lease: 0n };
  for (let i = 0; i < KEYS; i++) {
    const history = index.ensure(`k${String(i).padStart(7, "0")}`);
    index.put(history, ++main, 0, kv);
    if (i % 10 === 0) index.delete(history, ++main, 0);
  }
  const hot = index.ensure("hot");
  for (let i = 0; i < HOT_REVISIONS; i++) index.put(hot, ++main, 0, kv);
  return { index, revision: main, records: main - 1 };
}

test("compacting a million keys goes in slices that are all small, also where one key has many revisions", (t) => {
  const { index, revision, records } = filled();
  let dropped = 0;
  let inSlice = 0;
  const compaction = new Compaction(index, () => {
    dropped++;
    inSlice++;
  });
  compaction.start(revision);
  let slices = 0;
  let largest = 0;
  for (let more = true; more; slices++) {
    inSlice = 0;
    more = compaction.pump(500);
    largest = Math.max(largest, inSlice);
  }
  t.true(largest <= 500, `${largest} records in one slice`);
  t.true(slices >= (KEYS + 1) / 500 && slices <= (KEYS + 1) / 500 + records / 500, `${slices} slices`);
  // Deleted keys go with both of their records, the hot one keeps its last.
  t.is(dropped, (KEYS / 10) * 2 + HOT_REVISIONS - 1);
  t.is(index.size, KEYS - KEYS / 10 + 1);
  t.false(compaction.isRunning);
});

test("a compaction that is cut within a key keeps what can be read at every step", (t) => {
  const index = new KeyIndex();
  const history = index.ensure("k");
  for (let main = 2; main < 2002; main++)
    index.put(history, main, 0, { createRevision: 2, version: 1, lease: 0n });
  const gone = new Set<number>();
  const compaction = new Compaction(index, (main) => gone.add(main));
  compaction.start(1500);
  while (compaction.pump(10)) {
    t.is(history.at(1500)?.main, 1500);
    t.false(gone.has(1500));
    t.is(gone.size % 500, 0);
  }
  t.is(gone.size, 1498);
  t.is(history.at(1499), undefined);
  t.is(history.at(1501)?.main, 1501);
});
