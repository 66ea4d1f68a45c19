import test from "ava";
import { b, openSurface, type SurfaceClient, shown } from "./surface.ts";

const ALL = Buffer.from([0]);

async function fill(client: SurfaceClient): Promise<void> {
  for (const [key, value] of [
    ["a", "3"],
    ["b", "1"],
    ["c", "2"],
    ["b", "4"],
  ] as const) {
    await client.call("KV/Put", { key: b(key), value: b(value) });
  }
}

test("every answer has the header of the member, with the newest revision", async (t) => {
  const { client } = await openSurface(t);
  const put = await client.call("KV/Put", { key: b("a"), value: b("1") });
  t.deepEqual(put.header, { cluster_id: 1n, member_id: 1n, revision: 2, raft_term: 1 });
  const range = await client.call("KV/Range", { key: b("zzz") });
  t.is(range.header?.revision, 2);
  t.is(range.count, 0);
  t.false(range.more);
});

test("a range has limit, count, more, order, keys only and count only", async (t) => {
  const { client } = await openSurface(t);
  await fill(client);
  const all = { key: b("a"), range_end: b("z") };
  const limited = await client.call("KV/Range", { ...all, limit: 2 });
  t.deepEqual([limited.kvs.map(shown), limited.more, limited.count], [["a=3", "b=4"], true, 3]);
  const order = async (sort_target: number, sort_order: number) =>
    (await client.call("KV/Range", { ...all, sort_target, sort_order })).kvs.map(shown);
  t.deepEqual(await order(0, 2), ["c=2", "b=4", "a=3"], "by key, descending");
  t.deepEqual(await order(1, 2), ["b=4", "a=3", "c=2"], "by version");
  t.deepEqual(await order(3, 1), ["a=3", "c=2", "b=4"], "by mod revision");
  t.deepEqual(await order(4, 1), ["c=2", "a=3", "b=4"], "by value");
  const keys = await client.call("KV/Range", { ...all, keys_only: true });
  t.deepEqual(keys.kvs.map(shown), ["a=", "b=", "c="]);
  const count = await client.call("KV/Range", { ...all, count_only: true });
  t.deepEqual([count.kvs.length, count.count], [0, 3]);
  const since = await client.call("KV/Range", { ...all, min_mod_revision: 4, max_create_revision: 3 });
  t.deepEqual(since.kvs.map(shown), ["b=4"]);
  const past = await client.call("KV/Range", { ...all, revision: 3 });
  t.deepEqual(past.kvs.map(shown), ["a=3", "b=1"]);
  const from = await client.call("KV/Range", { key: b("b"), range_end: ALL });
  t.deepEqual(from.kvs.map(shown), ["b=4", "c=2"]);
});

test("a put keeps value or lease, and gives back what was there", async (t) => {
  const { client } = await openSurface(t);
  const { ID } = await client.call("Lease/LeaseGrant", { TTL: 100, ID: 7n });
  await client.call("KV/Put", { key: b("a"), value: b("1"), lease: ID });
  const put = await client.call("KV/Put", { key: b("a"), value: b("2"), ignore_lease: true, prev_kv: true });
  t.is(shown(put.prev_kv), "a=1");
  await client.call("KV/Put", { key: b("a"), ignore_value: true });
  const [kv] = (await client.call("KV/Range", { key: b("a") })).kvs;
  t.deepEqual([shown(kv), kv?.lease, kv?.version, kv?.create_revision], ["a=2", 0n, 3, 2]);
});

test("a delete says how many, and what they were", async (t) => {
  const { client } = await openSurface(t);
  await fill(client);
  const gone = await client.call("KV/DeleteRange", { key: b("a"), range_end: b("c"), prev_kv: true });
  t.is(gone.deleted, 2);
  t.deepEqual(gone.prev_kvs.map(shown), ["a=3", "b=4"]);
  t.is((await client.call("KV/DeleteRange", { key: b("a") })).header?.revision, 6);
});

test("a txn compares by every target, and its answers are in the order of its operations", async (t) => {
  const { client } = await openSurface(t);
  await fill(client);
  const isTrue = async (compare: object) =>
    (await client.call("KV/Txn", { compare: [{ key: b("b"), ...compare }] })).succeeded;
  t.true(await isTrue({ target: 0, result: 0, version: 2 }));
  t.true(await isTrue({ target: 1, result: 0, create_revision: 3 }));
  t.true(await isTrue({ target: 2, result: 1, mod_revision: 4 }));
  t.true(await isTrue({ target: 3, result: 3, value: b("1") }));
  t.true(await isTrue({ target: 4, result: 0, lease: 0n }));
  t.false(await isTrue({ target: 3, result: 2, value: b("4") }));
  t.true(await isTrue({ target: 3, result: 3, value: b("x"), range_end: ALL }), "over a range");
  const txn = await client.call("KV/Txn", {
    compare: [{ key: b("none"), target: 1, result: 0, create_revision: 0 }],
    success: [
      { request_put: { key: b("d"), value: b("5") } },
      { request_range: { key: b("d") } },
      { request_delete_range: { key: b("a") } },
      { request_txn: { success: [{ request_range: { key: b("c") } }] } },
    ],
  });
  t.is(txn.header?.revision, 6);
  const [put, range, gone, nested] = txn.responses;
  t.is(put?.response_put?.header?.revision, 6);
  t.deepEqual(range?.response_range?.kvs.map(shown), ["d=5"]);
  t.is(gone?.response_delete_range?.deleted, 1);
  t.deepEqual(nested?.response_txn?.responses[0]?.response_range?.kvs.map(shown), ["c=2"]);
});

test("requests that can't be are refused with etcd's codes and texts", async (t) => {
  const { client } = await openSurface(t);
  await fill(client);
  const refused = async (rpc: Parameters<SurfaceClient["refusal"]>[0], message: object) => {
    const { code, text } = await client.refusal(rpc, message as never);
    return `${code} ${text}`;
  };
  t.is(await refused("KV/Range", {}), "3 etcdserver: key is not provided");
  t.is(await refused("KV/Put", {}), "3 etcdserver: key is not provided");
  t.is(await refused("KV/DeleteRange", {}), "3 etcdserver: key is not provided");
  t.is(await refused("KV/Range", { key: b("a"), sort_order: 9 }), "3 etcdserver: invalid sort option");
  t.is(
    await refused("KV/Put", { key: b("a"), value: b("1"), ignore_value: true }),
    "3 etcdserver: value is provided",
  );
  t.is(
    await refused("KV/Put", { key: b("a"), lease: 1n, ignore_lease: true }),
    "3 etcdserver: lease is provided",
  );
  t.is(await refused("KV/Put", { key: b("new"), ignore_value: true }), "3 etcdserver: key not found");
  t.is(await refused("KV/Put", { key: b("a"), lease: 99n }), "5 etcdserver: requested lease not found");
  const future = "11 etcdserver: mvcc: required revision is a future revision";
  t.is(await refused("KV/Range", { key: b("a"), revision: 99 }), future);
  t.is(await refused("KV/Compact", { revision: 99 }), future);
  await client.call("KV/Compact", { revision: 4, physical: true });
  const compacted = "11 etcdserver: mvcc: required revision has been compacted";
  t.is(await refused("KV/Range", { key: b("a"), revision: 3 }), compacted);
  t.is(await refused("KV/Compact", { revision: 4 }), compacted);
  const put = { request_put: { key: b("a"), value: b("1") } };
  t.is(await refused("KV/Txn", { success: [put, put] }), "3 etcdserver: duplicate key given in txn request");
  const many = Array.from({ length: 129 }, () => ({ request_range: { key: b("a") } }));
  t.is(await refused("KV/Txn", { failure: many }), "3 etcdserver: too many operations in txn request");
  t.is(await refused("KV/Txn", { success: [{}] }), "3 etcdserver: key not found");
  t.is(
    await refused("KV/Put", { key: b("a"), value: Buffer.alloc(1_572_865) }),
    "3 etcdserver: request is too large",
  );
  t.regex(
    await refused("KV/Put", { key: b("a"), value: Buffer.alloc(3_000_000) }),
    /^8 grpc: received message larger than max \(3000008 vs\. 2097152\)$/,
  );
});
