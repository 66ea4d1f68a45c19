import { getEventListeners } from "node:events";
import test from "ava";
import { ReadBarrier } from "../src/read-barrier.ts";

const open = { deadline: Number.POSITIVE_INFINITY };

function barrier() {
  const asked: bigint[] = [];
  return { asked, reads: new ReadBarrier(100n, (context) => asked.push(context)) };
}

test("reads of a turn share a round, those that come meanwhile the next", async (t) => {
  const { asked, reads } = barrier();
  const first = [reads.add(open), reads.add(open)];
  reads.flush(0);
  const second = reads.add(open);
  reads.flush(0);
  t.deepEqual(asked, [101n]);
  reads.confirmed({ context: 101n, index: 5 });
  reads.applied(4);
  reads.flush(0);
  t.deepEqual(asked, [101n, 102n]);
  reads.applied(5);
  await Promise.all(first);
  reads.confirmed({ context: 102n, index: 5 });
  reads.applied(5);
  await second;
});

test("a round that is not answered is asked again, and an old answer counts for nothing", async (t) => {
  const { asked, reads } = barrier();
  const read = reads.add(open);
  reads.flush(0);
  reads.tick(100);
  t.is(asked.length, 1);
  reads.tick(250);
  reads.leaderChanged(260);
  t.deepEqual(asked, [101n, 102n, 103n]);
  reads.confirmed({ context: 102n, index: 0 });
  reads.applied(9);
  reads.confirmed({ context: 103n, index: 3 });
  reads.applied(9);
  await read;
});

test("a read over its time fails with NO_LEADER, an aborted one with the reason, and no listener stays", async (t) => {
  const { reads } = barrier();
  const abort = new AbortController();
  const late = reads.add({ deadline: 10, signal: abort.signal });
  reads.flush(0);
  reads.tick(10);
  await t.throwsAsync(late, { code: "NO_LEADER" });
  t.is(getEventListeners(abort.signal, "abort").length, 0);
  const given = reads.add({ ...open, signal: abort.signal });
  abort.abort(new Error("enough"));
  await t.throwsAsync(given, { message: "enough" });
  const closed = reads.add(open);
  reads.close(new Error("closed"));
  await t.throwsAsync(closed, { message: "closed" });
  await t.throwsAsync(reads.add(open), { message: "closed" });
});
