import { ManualClock } from "@quorate/base";
import { type Kv, LocalKv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { StoreElection } from "../src/member/store-election.ts";

const KEY = "/registry/quorate/controllers-leader";
const TURNS = 30;

/** Lets all that needs no time happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function open(t: ExecutionContext) {
  const clock = new ManualClock();
  const kv = await LocalKv.open({ clock });
  t.teardown(() => kv.close());
  const candidate = (identity: string, through: Kv = kv) => {
    const election = new StoreElection({ kv: through, clock, log: () => {}, key: KEY, identity });
    t.teardown(() => election.stop());
    return election;
  };
  const pass = async (ms: number, stepMs = 500) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      await settle();
    }
  };
  return { clock, kv, candidate, pass };
}

/** A way to the store that can be closed: calls fail from then on. */
function breakable(kv: Kv): { readonly kv: Kv; isBroken: boolean } {
  const state = { kv, isBroken: false };
  const handler: ProxyHandler<Kv> = {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        state.isBroken ? Promise.reject(new Error("cut off")) : Reflect.apply(value, target, args);
    },
  };
  return Object.assign(state, { kv: new Proxy(kv, handler) });
}

test("of several, one leads, and goes on while it renews", async (t) => {
  const { candidate, pass } = await open(t);
  const all = ["a", "b", "c"].map((name) => candidate(name));
  await settle();
  const leading = () => all.filter((one) => one.isLeader);
  t.is(leading().length, 1);
  const [leader] = leading();
  await pass(60_000);
  t.deepEqual(leading(), [leader]);
});

test("who stops gives up the lead, and another takes it at once", async (t) => {
  const { candidate, pass } = await open(t);
  const first = candidate("a");
  await settle();
  const second = candidate("b");
  await settle();
  t.deepEqual([first.isLeader, second.isLeader], [true, false]);
  let heard = 0;
  second.onChange(() => heard++);
  await first.stop();
  await settle();
  await pass(1, 1);
  t.deepEqual([first.isLeader, second.isLeader, heard], [false, true, 1]);
});

test("who is cut off stops to lead before another can begin, and takes part again later", async (t) => {
  const { kv, candidate, pass } = await open(t);
  const way = breakable(kv);
  const first = candidate("a", way.kv);
  await settle();
  const second = candidate("b");
  await settle();
  way.isBroken = true;
  for (let passed = 0; passed < 20_000; passed += 250) {
    await pass(250, 250);
    t.false(first.isLeader && second.isLeader, `both lead after ${passed} ms`);
  }
  t.deepEqual([first.isLeader, second.isLeader], [false, true]);
  way.isBroken = false;
  await pass(5_000);
  await second.stop();
  await pass(5_000);
  t.true(first.isLeader);
});

test("a lease that was taken away ends the lead", async (t) => {
  const { kv, candidate, pass } = await open(t);
  const only = candidate("a");
  await settle();
  const [pair] = (await kv.range({ key: Buffer.from(KEY) })).kvs;
  const changes: boolean[] = [];
  only.onChange(() => changes.push(only.isLeader));
  await kv.leaseRevoke(pair!.lease);
  await pass(10_000);
  t.deepEqual(changes, [false, true]);
});
