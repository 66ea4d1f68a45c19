import test from "ava";
import { BoundedQueue, CodedError, hasCode, ManualClock, safeInteger, seededRandom } from "../src/index.ts";

test("timers of a manual clock fire in order of time, then of making, and can be cancelled", (t) => {
  const clock = new ManualClock();
  const fired: string[] = [];
  clock.setTimer(20, () => fired.push("late"));
  clock.setTimer(10, () => fired.push("first"));
  clock.setTimer(10, () => fired.push("second"));
  clock.setTimer(15, () => fired.push("cancelled")).cancel();
  clock.advance(20);
  t.deepEqual(fired, ["first", "second", "late"]);
  t.is(clock.pendingTimers(), 0);
});

test("equal seeds give equal sequences, other seeds others", (t) => {
  const take = (seed: number) =>
    Array.from(
      { length: 8 },
      (
        (r) => () =>
          r.int(1000)
      )(seededRandom(seed)),
    );
  t.deepEqual(take(1), take(1));
  t.notDeepEqual(take(1), take(2));
});

test("a bounded queue refuses what is over its bound and keeps its order", (t) => {
  const queue = new BoundedQueue<number>(2);
  t.true(queue.push(1));
  t.true(queue.push(2));
  t.false(queue.push(3));
  t.is(queue.shift(), 1);
  t.true(queue.push(3));
  t.deepEqual([queue.shift(), queue.shift(), queue.shift()], [2, 3, undefined]);
});

test("an integer past 2^53 is refused with the name of the field", (t) => {
  const error = t.throws(() => safeInteger("9007199254740993", "resourceVersion"), {
    instanceOf: CodedError,
  });
  t.true(hasCode(error, "NOT_A_SAFE_INTEGER"));
  t.regex(error.message, /resourceVersion/);
});
