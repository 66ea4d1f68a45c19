import { setImmediate as nextTurn } from "node:timers/promises";
import { ManualClock } from "@quorate/base";
import test from "ava";
import { WakeList } from "../src/cache/wake-list.ts";

/** Waits again as soon as it is woken; each time takes `costMs`. */
function watcher(list: WakeList, clock: ManualClock, costMs: number) {
  const woken: number[] = [];
  const waiter = {
    wake: (sequence: number) => {
      woken.push(sequence);
      clock.advance(costMs);
      list.add(waiter, {});
    },
  };
  list.add(waiter, {});
  return woken;
}

test("events of one turn wake a watcher once, for the first of them", async (t) => {
  const clock = new ManualClock();
  const list = new WakeList(clock);
  const woken = watcher(list, clock, 0);
  list.wake("ns/a", 7);
  list.wake("ns/b", 8);
  t.deepEqual(woken, [], "not in the middle of the change");
  await nextTurn();
  t.deepEqual(woken, [7]);
});

test("watchers who cost little are woken every turn", async (t) => {
  const clock = new ManualClock();
  const list = new WakeList(clock);
  const woken = watcher(list, clock, 0.1);
  for (const sequence of [1, 2, 3]) {
    list.wake("ns/a", sequence);
    await nextTurn();
  }
  t.deepEqual(woken, [1, 2, 3]);
});

test("watchers who cost much rest eight times as long, and what comes meanwhile wakes them once", async (t) => {
  const clock = new ManualClock();
  const list = new WakeList(clock);
  const woken = watcher(list, clock, 1);
  list.wake("ns/a", 1);
  await nextTurn();
  list.wake("ns/a", 2);
  list.wake("ns/a", 3);
  await nextTurn();
  t.deepEqual(woken, [1], "their rest is not over");
  clock.advance(7);
  t.deepEqual(woken, [1]);
  clock.advance(1);
  t.deepEqual(woken, [1, 2]);
});

test("however much watchers cost, they rest for 10 ms at most", async (t) => {
  const clock = new ManualClock();
  const list = new WakeList(clock);
  const woken = watcher(list, clock, 500);
  list.wake("ns/a", 1);
  await nextTurn();
  list.wake("ns/a", 2);
  clock.advance(10);
  t.deepEqual(woken, [1, 2]);
});

test("who comes to wait while others are woken is woken in the next round", async (t) => {
  const clock = new ManualClock();
  const list = new WakeList(clock);
  const woken = watcher(list, clock, 0);
  const late: number[] = [];
  list.add(
    {
      wake: () => {
        list.add({ wake: (sequence) => late.push(sequence) }, {});
        list.wake("ns/b", 2);
      },
    },
    {},
  );
  list.wake("ns/a", 1);
  await nextTurn();
  t.deepEqual([woken, late], [[1], []]);
  await nextTurn();
  t.deepEqual([woken, late], [[1, 2], [2]]);
});
