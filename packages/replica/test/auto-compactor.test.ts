import test from "ava";
import { type AutoCompaction, AutoCompactor } from "../src/auto-compactor.ts";

const MINUTE = 60_000;

/** Ten revisions a minute, for so many minutes; what was compacted at which minute. */
async function run(keep: AutoCompaction, minutes: number, leadsFrom = 0): Promise<[number, number][]> {
  let now = 0;
  const compacted: [number, number][] = [];
  const compactor = new AutoCompactor(
    {
      keep,
      revision: () => 1 + Math.floor((now / MINUTE) * 10),
      compact: async (revision) => void compacted.push([now / MINUTE, revision]),
      note: () => {},
    },
    now,
  );
  for (; now <= minutes * MINUTE; now += 1000) {
    compactor.tick(now, now >= leadsFrom * MINUTE);
    await Promise.resolve();
  }
  return compacted;
}

test("periodic keeps the revisions of its span, first after the whole span, then every span up to an hour", async (t) => {
  const short = await run({ mode: "periodic", retention: 10 * MINUTE }, 31);
  t.deepEqual(short, [
    [10, 1],
    [20, 91],
    [30, 191],
  ]);
  const long = await run({ mode: "periodic", retention: 120 * MINUTE }, 245);
  t.deepEqual(
    long.map(([minute]) => minute),
    [120, 180, 240],
  );
  // As etcd: at most one look more than the span is kept.
  for (const [minute, revision] of long) t.is(revision, 1 + Math.max(0, minute - 126) * 10);
});

test("a member that comes to lead later goes on with what it has noted", async (t) => {
  const found = await run({ mode: "periodic", retention: 10 * MINUTE }, 26, 25);
  t.deepEqual(found, [[25, 141]]);
});

test("revision keeps a number of revisions, looked at every five minutes", async (t) => {
  const found = await run({ mode: "revision", retention: 60 }, 16);
  t.deepEqual(found, [
    [10, 41],
    [15, 91],
  ]);
});
