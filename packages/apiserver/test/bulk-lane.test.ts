import { setImmediate as nextTurn } from "node:timers/promises";
import test from "ava";
import { BulkLane } from "../src/response/bulk-lane.ts";

const PIECE = 256 * 1024;

/** Sends pieces as an answer does, and notes the turn of each. */
async function send(lane: BulkLane, name: string, sizes: readonly number[], sent: string[]): Promise<void> {
  for (const size of sizes) {
    await lane.next(size);
    sent.push(name);
  }
}

test("large answers take turns, a piece of one of them each", async (t) => {
  const lane = new BulkLane();
  const sent: string[] = [];
  const all = Promise.all(["a", "b", "c"].map((name) => send(lane, name, [PIECE, PIECE], sent)));
  const perTurn: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    const before = sent.length;
    await nextTurn();
    perTurn.push(sent.length - before);
  }
  await all;
  t.deepEqual(sent, ["a", "b", "c", "a", "b", "c"]);
  // The first window holds the rest of the turn in which they began, too.
  t.true(Math.max(...perTurn.slice(1)) <= 1, `pieces a turn: ${perTurn}`);
});

test("small pieces share a turn, and one that is larger than a turn goes all the same", async (t) => {
  const lane = new BulkLane();
  t.is(lane.next(1_000), undefined);
  t.is(lane.next(1_000), undefined);
  const large = lane.next(PIECE * 4);
  t.truthy(large);
  await large;
  const behind = lane.next(1_000);
  t.truthy(behind, "the turn of a large piece is its own");
  await behind;
  await nextTurn();
  t.is(lane.next(1_000), undefined);
});
