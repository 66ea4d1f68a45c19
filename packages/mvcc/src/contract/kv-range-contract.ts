/** Puts, deletes, ranges with all their options, revisions and compaction. */
import type { Kv, RangeRequest } from "../kv.ts";
import { b, codeOf, text } from "./contract-test.ts";
import { type KvContractOptions, withKv } from "./kv-harness.ts";

const ALL = { key: b("\0"), rangeEnd: b("\0") };

async function list(kv: Kv, request: RangeRequest): Promise<string[]> {
  return (await kv.range(request)).kvs.map((pair) => `${text(pair.key)}=${text(pair.value)}`);
}

async function fill(kv: Kv, ...pairs: string[]): Promise<number> {
  let revision = 0;
  for (const pair of pairs) {
    const [key, value] = pair.split("=");
    revision = (await kv.put({ key: b(key!), value: b(value!) })).header.revision;
  }
  return revision;
}

/** Declares these tests. */
export function kvRangeContract(options: KvContractOptions): void {
  const { test } = options;

  test("an empty store is at revision 1 and every write raises it by one", (t) =>
    withKv(options, async (kv) => {
      t.is((await kv.range(ALL)).header.revision, 1);
      t.is(await fill(kv, "a=1"), 2);
      t.is(await fill(kv, "b=1"), 3);
      t.is((await kv.deleteRange({ key: b("a") })).header.revision, 4);
      t.is((await kv.deleteRange({ key: b("a") })).header.revision, 4);
      t.is(await kv.barrier(), 4);
    }));

  test("create and mod revision and version follow a key's life", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=1", "a=2");
      const [second] = (await kv.range({ key: b("a") })).kvs;
      t.deepEqual([second!.createRevision, second!.modRevision, second!.version], [2, 3, 2]);
      await kv.deleteRange({ key: b("a") });
      await fill(kv, "a=3");
      const [third] = (await kv.range({ key: b("a") })).kvs;
      t.deepEqual([third!.createRevision, third!.modRevision, third!.version], [5, 5, 1]);
    }));

  test("a range holds one key, a prefix, all from a key on, or nothing", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=1", "a/1=2", "a/2=3", "b=4");
      t.deepEqual(await list(kv, { key: b("a") }), ["a=1"]);
      t.deepEqual(await list(kv, { key: b("a/"), rangeEnd: b("a0") }), ["a/1=2", "a/2=3"]);
      t.deepEqual(await list(kv, { key: b("a/2"), rangeEnd: b("\0") }), ["a/2=3", "b=4"]);
      t.deepEqual(await list(kv, { key: b("b"), rangeEnd: b("a") }), []);
      t.deepEqual(await list(kv, { key: b("none") }), []);
    }));

  test("limit, count and more agree, whatever the order", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=3", "b=1", "c=2");
      const page = await kv.range({ ...ALL, limit: 2 });
      t.deepEqual([page.kvs.length, page.count, page.more], [2, 3, true]);
      const whole = await kv.range({ ...ALL, limit: 3 });
      t.deepEqual([whole.kvs.length, whole.count, whole.more], [3, 3, false]);
      const counted = await kv.range({ ...ALL, countOnly: true });
      t.deepEqual([counted.kvs.length, counted.count, counted.more], [0, 3, false]);
      const byValue = { ...ALL, sortTarget: "value", sortOrder: "descend" } as const;
      t.deepEqual(await list(kv, { ...byValue, limit: 2 }), ["a=3", "c=2"]);
      t.true((await kv.range({ ...byValue, limit: 2 })).more);
      t.deepEqual(await list(kv, { ...ALL, sortOrder: "descend", limit: 1 }), ["c=2"]);
    }));

  test("every sort target orders both ways", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "b=2", "c=1", "a=3", "c=0", "c=9", "b=5");
      const keys = async (request: Partial<RangeRequest>) =>
        (await kv.range({ ...ALL, ...request })).kvs.map((pair) => text(pair.key)).join("");
      t.is(await keys({ sortTarget: "version" }), "abc");
      t.is(await keys({ sortTarget: "version", sortOrder: "descend" }), "cba");
      t.is(await keys({ sortTarget: "create", sortOrder: "ascend" }), "bca");
      t.is(await keys({ sortTarget: "mod", sortOrder: "ascend" }), "acb");
      t.is(await keys({ sortTarget: "mod", sortOrder: "descend" }), "bca");
      t.is(await keys({ sortTarget: "value", sortOrder: "ascend" }), "abc");
      t.is(await keys({ sortTarget: "key", sortOrder: "descend" }), "cba");
    }));

  test("revision bounds filter, keysOnly leaves values out", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=1", "b=2", "c=3", "a=4");
      t.deepEqual(await list(kv, { ...ALL, minModRevision: 4 }), ["a=4", "c=3"]);
      t.deepEqual(await list(kv, { ...ALL, maxModRevision: 3 }), ["b=2"]);
      t.deepEqual(await list(kv, { ...ALL, minCreateRevision: 3 }), ["b=2", "c=3"]);
      t.deepEqual(await list(kv, { ...ALL, maxCreateRevision: 2 }), ["a=4"]);
      t.deepEqual(await list(kv, { ...ALL, keysOnly: true, limit: 2 }), ["a=", "b="]);
    }));

  test("the past is read as it was, until it is compacted, and the future is refused", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=1", "b=1", "a=2");
      await kv.deleteRange({ key: b("b") });
      t.deepEqual(await list(kv, { ...ALL, revision: 2 }), ["a=1"]);
      t.deepEqual(await list(kv, { ...ALL, revision: 3 }), ["a=1", "b=1"]);
      t.deepEqual(await list(kv, { ...ALL, revision: 4 }), ["a=2", "b=1"]);
      t.is((await kv.range({ ...ALL, revision: 2 })).header.revision, 5);
      t.is(await codeOf(t, kv.range({ ...ALL, revision: 6 })), "FUTURE_REVISION");
      await kv.compact({ revision: 4, physical: true });
      t.is(await codeOf(t, kv.range({ ...ALL, revision: 3 })), "COMPACTED");
      t.deepEqual(await list(kv, { ...ALL, revision: 4 }), ["a=2", "b=1"]);
      t.deepEqual(await list(kv, ALL), ["a=2"]);
      t.is(await codeOf(t, kv.compact({ revision: 4 })), "COMPACTED");
      t.is(await codeOf(t, kv.compact({ revision: 6 })), "FUTURE_REVISION");
    }));

  test("a put gives back what was there, keeps value or lease when told, and refuses what contradicts", (t) =>
    withKv(options, async (kv) => {
      const lease = await kv.leaseGrant({ id: 77n, ttlSeconds: 600 });
      const first = await kv.put({ key: b("a"), value: b("1"), lease: lease.id, prevKv: true });
      t.is(first.prevKv, undefined);
      const second = await kv.put({ key: b("a"), value: b("2"), ignoreLease: true, prevKv: true });
      t.deepEqual([text(second.prevKv!.value), second.prevKv!.lease], ["1", 77n]);
      await kv.put({ key: b("a"), value: b(""), ignoreValue: true });
      const [now] = (await kv.range({ key: b("a") })).kvs;
      t.deepEqual([text(now!.value), now!.lease, now!.version], ["2", 0n, 3]);
      const refused = (request: Parameters<Kv["put"]>[0]) => codeOf(t, kv.put(request));
      t.is(await refused({ key: b("x"), value: b(""), ignoreValue: true }), "KEY_NOT_FOUND");
      t.is(await refused({ key: b("x"), value: b("1"), ignoreLease: true }), "KEY_NOT_FOUND");
      t.is(await refused({ key: b("a"), value: b("1"), ignoreValue: true }), "VALUE_PROVIDED");
      t.is(await refused({ key: b("a"), value: b("1"), lease: 77n, ignoreLease: true }), "LEASE_PROVIDED");
      t.is(await refused({ key: b("a"), value: b("1"), lease: 78n }), "LEASE_NOT_FOUND");
      t.is(await refused({ key: b(""), value: b("1") }), "EMPTY_KEY");
    }));

  test("a delete counts and gives back what it took", (t) =>
    withKv(options, async (kv) => {
      await fill(kv, "a=1", "b=2", "c=3");
      const gone = await kv.deleteRange({ key: b("a"), rangeEnd: b("c"), prevKv: true });
      t.is(gone.deleted, 2);
      t.deepEqual(
        gone.prevKvs.map((pair) => text(pair.value)),
        ["1", "2"],
      );
      t.is((await kv.deleteRange({ key: b("a") })).deleted, 0);
      t.deepEqual(await list(kv, ALL), ["c=3"]);
      t.is(await codeOf(t, kv.deleteRange({ key: b("") })), "EMPTY_KEY");
      t.is(await codeOf(t, kv.range({ key: b("") })), "EMPTY_KEY");
    }));

  test("keys and values of any bytes come back as they are", (t) =>
    withKv(options, async (kv) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
      await kv.put({ key: bytes, value: bytes });
      const [pair] = (await kv.range({ key: bytes })).kvs;
      t.deepEqual([...pair!.key], [...bytes]);
      t.deepEqual([...pair!.value], [...bytes]);
    }));
}
