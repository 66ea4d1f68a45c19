/** Transactions: compares, branches, nesting, atomicity and what is refused. */
import type { Compare, Kv, RequestOp } from "../kv.ts";
import { b, codeOf, text } from "./contract-test.ts";
import { type KvContractOptions, withKv } from "./kv-harness.ts";

const put = (key: string, value: string): RequestOp => ({
  op: "put",
  request: { key: b(key), value: b(value) },
});
const del = (key: string, end?: string): RequestOp => ({
  op: "delete-range",
  request: { key: b(key), ...(end === undefined ? {} : { rangeEnd: b(end) }) },
});
const get = (key: string): RequestOp => ({ op: "range", request: { key: b(key) } });

async function holds(kv: Kv, ...compare: Compare[]): Promise<boolean> {
  return (await kv.txn({ compare, success: [], failure: [] })).succeeded;
}

/** Declares these tests. */
export function kvTxnContract(options: KvContractOptions): void {
  const { test } = options;

  test("every compare target and result decides as etcd's", (t) =>
    withKv(options, async (kv) => {
      await kv.leaseGrant({ id: 5n, ttlSeconds: 600 });
      await kv.put({ key: b("a"), value: b("m"), lease: 5n });
      await kv.put({ key: b("a"), value: b("n"), ignoreLease: true });
      const key = b("a");
      t.true(await holds(kv, { key, target: "version", version: 2, result: "equal" }));
      t.true(await holds(kv, { key, target: "version", version: 1, result: "greater" }));
      t.false(await holds(kv, { key, target: "version", version: 2, result: "not-equal" }));
      t.true(await holds(kv, { key, target: "create", createRevision: 2, result: "equal" }));
      t.true(await holds(kv, { key, target: "mod", modRevision: 4, result: "less" }));
      t.true(await holds(kv, { key, target: "value", value: b("n"), result: "equal" }));
      t.true(await holds(kv, { key, target: "value", value: b("mm"), result: "greater" }));
      t.true(await holds(kv, { key, target: "lease", lease: 5n, result: "equal" }));
      const none = b("none");
      t.true(await holds(kv, { key: none, target: "version", version: 0, result: "equal" }));
      t.true(await holds(kv, { key: none, target: "mod", modRevision: 0, result: "equal" }));
      t.false(await holds(kv, { key: none, target: "value", value: b(""), result: "equal" }));
      t.false(await holds(kv, { key: none, target: "value", value: b(""), result: "not-equal" }));
    }));

  test("a compare of a range must hold for each key", (t) =>
    withKv(options, async (kv) => {
      for (const name of ["a1", "a2", "a3"]) await kv.put({ key: b(name), value: b("x") });
      const range = { key: b("a"), rangeEnd: b("b") };
      t.true(await holds(kv, { ...range, target: "create", createRevision: 1, result: "greater" }));
      t.false(await holds(kv, { ...range, target: "create", createRevision: 2, result: "greater" }));
      t.true(await holds(kv, { ...range, target: "value", value: b("x"), result: "equal" }));
    }));

  test("a txn makes one revision of all its writes, and none where it writes nothing", (t) =>
    withKv(options, async (kv) => {
      const response = await kv.txn({ compare: [], success: [put("a", "1"), put("b", "1")], failure: [] });
      t.is(response.header.revision, 2);
      const { kvs } = await kv.range({ key: b("a"), rangeEnd: b("c") });
      t.deepEqual(
        kvs.map((pair) => pair.modRevision),
        [2, 2],
      );
      t.is((await kv.txn({ compare: [], success: [get("a")], failure: [] })).header.revision, 2);
      t.is((await kv.txn({ compare: [], success: [del("none")], failure: [] })).header.revision, 2);
    }));

  test("the failed branch runs where a compare does not hold, and reads see the writes before them", (t) =>
    withKv(options, async (kv) => {
      await kv.put({ key: b("b"), value: b("1") });
      const response = await kv.txn({
        compare: [{ key: b("a"), target: "version", version: 1, result: "equal" }],
        success: [put("a", "wrong")],
        failure: [get("a"), put("a", "1"), get("a"), del("b"), get("b")],
      });
      t.false(response.succeeded);
      const counts = response.responses.map((answer) =>
        answer.op === "range" ? answer.response.count : answer.op,
      );
      t.deepEqual(counts, [0, "put", 1, "delete-range", 0]);
    }));

  test("nested txns take their branch by the state before the whole", (t) =>
    withKv(options, async (kv) => {
      const nested: RequestOp = {
        op: "txn",
        request: {
          compare: [{ key: b("a"), target: "version", version: 0, result: "equal" }],
          success: [put("b", "absent before")],
          failure: [put("b", "present before")],
        },
      };
      const response = await kv.txn({ compare: [], success: [put("a", "1"), nested], failure: [] });
      const [, inner] = response.responses;
      t.true(inner?.op === "txn" && inner.response.succeeded);
      const [pair] = (await kv.range({ key: b("b") })).kvs;
      t.is(text(pair!.value), "absent before");
      t.is(pair!.modRevision, 2);
    }));

  test("a txn that is refused in any part leaves nothing behind", (t) =>
    withKv(options, async (kv) => {
      const refused = (...success: RequestOp[]) => codeOf(t, kv.txn({ compare: [], success, failure: [] }));
      const leased: RequestOp = { op: "put", request: { key: b("b"), value: b("1"), lease: 99n } };
      t.is(await refused(put("a", "1"), leased), "LEASE_NOT_FOUND");
      t.is(await refused(put("a", "1"), put("a", "2")), "DUPLICATE_KEY");
      t.is(await refused(put("a", "1"), del("a", "b")), "DUPLICATE_KEY");
      t.is(await refused(put("", "1")), "EMPTY_KEY");
      const late: RequestOp = { op: "range", request: { key: b("a"), revision: 50 } };
      t.is(await refused(put("a", "1"), late), "FUTURE_REVISION");
      const many = Array.from({ length: 129 }, (_, i) => put(`k${i}`, "1"));
      t.is(await refused(...many), "TOO_MANY_OPS");
      const nothing = await kv.range({ key: b("\0"), rangeEnd: b("\0") });
      t.deepEqual([nothing.count, nothing.header.revision], [0, 1]);
    }));

  test("of many who create a key at once, one wins", (t) =>
    withKv(options, async (kv) => {
      const create = (value: string) =>
        kv.txn({
          compare: [{ key: b("a"), target: "mod", modRevision: 0, result: "equal" }],
          success: [put("a", value)],
          failure: [get("a")],
        });
      const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => create(String(i))));
      t.is(answers.filter((answer) => answer.succeeded).length, 1);
      t.is((await kv.range({ key: b("a") })).kvs[0]!.version, 1);
    }));
}
