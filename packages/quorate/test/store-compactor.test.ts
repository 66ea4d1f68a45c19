import { CodedError, ManualClock } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { StoreCompactor } from "../src/member/store-compactor.ts";

const INTERVAL_MS = 300_000;
const TURNS = 30;

async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function open(t: ExecutionContext, servers: number) {
  const clock = new ManualClock();
  const kv = await LocalKv.open({ clock });
  let compactions = 0;
  const compact = kv.compact.bind(kv);
  kv.compact = async (request) => {
    compactions++;
    return compact(request);
  };
  const compactors = Array.from(
    { length: servers },
    () => new StoreCompactor({ kv, clock, log: () => {}, intervalMs: INTERVAL_MS }),
  );
  t.teardown(async () => {
    for (const compactor of compactors) compactor.stop();
    await kv.close();
  });
  const turn = async () => {
    clock.advance(INTERVAL_MS);
    await settle();
  };
  return { kv, turn, compactors, compactions: () => compactions };
}

test("a revision is kept for at least one interval, and not for more than two", async (t) => {
  const { kv, turn } = await open(t, 1);
  const key = Buffer.from("a");
  const written = (await kv.put({ key, value: Buffer.from("1") })).header.revision;
  const there = () => kv.range({ key, revision: written });
  await turn();
  await kv.put({ key, value: Buffer.from("2") });
  t.is((await there()).count, 1);
  await turn();
  await t.throwsAsync(there(), { code: "COMPACTED" });
  t.is((await kv.range({ key })).count, 1);
});

test("several servers compact once an interval between them", async (t) => {
  const { kv, turn, compactions } = await open(t, 3);
  for (let i = 0; i < 6; i++) {
    await kv.put({ key: Buffer.from("a"), value: Buffer.from(String(i)) });
    await turn();
  }
  t.is(compactions(), 5);
});

test("a server that stopped compacts no more", async (t) => {
  const { kv, turn, compactors, compactions } = await open(t, 1);
  await turn();
  compactors[0]!.stop();
  await kv.put({ key: Buffer.from("a"), value: Buffer.from("1") });
  await turn();
  await turn();
  t.is(compactions(), 0);
});

test("where nothing that grows is taken, history is compacted all the same", async (t) => {
  const { kv, turn, compactions } = await open(t, 1);
  const written = (await kv.put({ key: Buffer.from("a"), value: Buffer.from("1") })).header.revision;
  await kv.put({ key: Buffer.from("a"), value: Buffer.from("2") });
  kv.txn = async () => {
    throw new CodedError("NO_SPACE", "mvcc: database space exceeded");
  };
  await turn();
  await turn();
  t.is(compactions(), 1);
  await t.throwsAsync(kv.range({ key: Buffer.from("a"), revision: written }), { code: "COMPACTED" });
});
