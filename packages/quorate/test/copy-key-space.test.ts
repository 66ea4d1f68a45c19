/** Import and export: what is copied, what is refused, and how a copy that was broken off goes on. */
import { CodedError, SystemClock } from "@quorate/base";
import { type Kv, LocalKv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { type CopyProgress, copyKeySpace } from "../src/copy/copy-key-space.ts";
import { MARK_KEY } from "../src/copy/copy-mark.ts";

const b = (text: string): Uint8Array => Buffer.from(text);
const ALL = { key: b("\0"), rangeEnd: b("\0") };

async function stores(t: ExecutionContext): Promise<{ source: LocalKv; target: LocalKv }> {
  const [source, target] = await Promise.all([0, 1].map(() => LocalKv.open({ clock: new SystemClock() })));
  t.teardown(() => Promise.all([source!.close(), target!.close()]));
  return { source: source!, target: target! };
}

async function fill(kv: Kv, count: number, valueBytes = 20): Promise<void> {
  for (let i = 0; i < count; i++) {
    const key = b(`/registry/${String(i).padStart(5, "0")}`);
    await kv.put({ key, value: Buffer.alloc(valueBytes, i) });
  }
}

async function contents(kv: Kv): Promise<Map<string, string>> {
  const { kvs } = await kv.range(ALL);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return new Map(kvs.map((pair) => [text(pair.key), text(pair.value)]));
}

test("keys and values are copied as they were at one revision, and compared", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 700);
  const before = await contents(source);
  let isFirst = true;
  const progress = ({ phase }: CopyProgress) => {
    if (phase !== "copying" || !isFirst) return;
    isFirst = false;
    void source.put({ key: b("/registry/00650"), value: b("changed meanwhile") });
    void source.put({ key: b("/zzz"), value: b("new meanwhile") });
  };
  const report = await copyKeySpace({ source, target, prefix: "", replace: false, progress });
  t.false(isFirst);
  t.deepEqual(await contents(target), before);
  t.deepEqual([report.copied.keys, report.sourceRevision, report.isResumed], [700, 701, false]);
});

test("only keys of the prefix are copied, and only they must be absent in the target", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 3);
  await source.put({ key: b("/other"), value: b("1") });
  await target.put({ key: b("/mine"), value: b("1") });
  await copyKeySpace({ source, target, prefix: "/registry/", replace: false });
  const keys = (await target.range(ALL)).kvs.map(({ key }) => Buffer.from(key).toString());
  t.deepEqual(keys, ["/mine", "/registry/00000", "/registry/00001", "/registry/00002"]);
});

test("leases come with the seconds they have left and under their ids, where these are free", async (t) => {
  const { source, target } = await stores(t);
  await source.leaseGrant({ id: 7n, ttlSeconds: 600 });
  await source.leaseGrant({ id: 8n, ttlSeconds: 700 });
  await target.leaseGrant({ id: 8n, ttlSeconds: 5_000 });
  await source.put({ key: b("a"), value: b("1"), lease: 7n });
  await source.put({ key: b("b"), value: b("1"), lease: 7n });
  await source.put({ key: b("c"), value: b("1"), lease: 8n });
  const report = await copyKeySpace({ source, target, prefix: "", replace: false });
  t.deepEqual([report.copied.leasedKeys, report.leases], [3, 2]);
  const { kvs } = await target.range(ALL);
  t.deepEqual([kvs[0]!.lease, kvs[1]!.lease], [7n, 7n]);
  const [kept, moved] = await Promise.all([7n, kvs[2]!.lease].map((id) => target.leaseTimeToLive(id, false)));
  t.true(kept!.ttlSeconds > 590 && kept!.ttlSeconds <= 600);
  t.true(moved!.id !== 8n && moved!.ttlSeconds > 690 && moved!.ttlSeconds <= 700);
});

test("a target that holds something is refused, and emptied first when told", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 5);
  await fill(target, 2_500);
  await t.throwsAsync(copyKeySpace({ source, target, prefix: "", replace: false }), {
    code: "TARGET_NOT_EMPTY",
  });
  await copyKeySpace({ source, target, prefix: "", replace: true });
  t.deepEqual(await contents(target), await contents(source));
});

test("a copy that was broken off goes on where it was, at its revision", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 1_000, 3_000);
  const before = await contents(source);
  const controller = new AbortController();
  const reason = new Error("enough");
  const progress = ({ keys }: CopyProgress) => {
    if (keys >= 600) controller.abort(reason);
  };
  const half = copyKeySpace({
    source,
    target,
    prefix: "",
    replace: false,
    signal: controller.signal,
    progress,
  });
  t.is(await t.throwsAsync(half), reason);
  const part = (await target.range({ ...ALL, countOnly: true })).count;
  t.true(part > 100 && part < 1_000, `${part} keys`);
  await source.put({ key: b("/registry/00999"), value: b("later") });
  const writes = await target.barrier();
  const report = await copyKeySpace({ source, target, prefix: "", replace: false });
  t.true(report.isResumed);
  t.deepEqual(await contents(target), before);
  const [first] = (await target.range({ key: b("/registry/00000") })).kvs;
  t.is(first!.version, 1, "what was there is not written again");
  t.true(report.targetRevision > writes);
});

test("a broken-off copy of another source is not gone on with", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 3);
  const mark = { sourceCluster: "beef", prefix: "", revision: 4, copiedTo: "" };
  await target.put({ key: MARK_KEY, value: Buffer.from(JSON.stringify(mark)) });
  const copy = () => copyKeySpace({ source, target, prefix: "", replace: false });
  await t.throwsAsync(copy(), { code: "COPY_OF_ANOTHER" });
  await target.put({ key: MARK_KEY, value: b("what?") });
  await t.throwsAsync(copy(), { code: "COPY_MARK_DAMAGED" });
});

test("a source that compacts what is read is told so", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 1_000, 3_000);
  const progress = () => {
    void source.put({ key: b("x"), value: b("1") }).then(({ header }) => source.compact(header));
  };
  const copy = copyKeySpace({ source, target, prefix: "", replace: false, progress });
  await t.throwsAsync(copy, { code: "COPY_SOURCE_COMPACTED" });
});

test("a target that somebody else writes to is found out", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 10);
  const progress = ({ phase }: CopyProgress) => {
    if (phase === "copying") void target.put({ key: b("/registry/zzz"), value: b("mine") });
  };
  const copy = copyKeySpace({ source, target, prefix: "", replace: false, progress });
  await t.throwsAsync(copy, { code: "COPY_DIFFERS" });
});

test("a write whose answer was lost is found by its mark, not made again", async (t) => {
  const { source, target } = await stores(t);
  await fill(source, 300);
  let losses = 0;
  const txn = target.txn.bind(target);
  target.txn = async (...args) => {
    const answer = await txn(...args);
    if (losses++ < 2) throw new CodedError("TIMEOUT", "lost");
    return answer;
  };
  await copyKeySpace({ source, target, prefix: "", replace: false });
  t.deepEqual(await contents(target), await contents(source));
  const { kvs } = await target.range({ key: b("/registry/00000") });
  t.is(kvs[0]!.version, 1);
});
