import { MessageChannel } from "node:worker_threads";
import { type CodedError, SystemClock } from "@quorate/base";
import { type Kv, LocalKv, type TxnRequest, type WatchSink } from "@quorate/mvcc";
import test from "ava";
import { MessagePortCarrier } from "../src/frame-carrier.ts";
import { type KvPortOptions, serveKvPort } from "../src/kv-port-server.ts";
import { PortKv } from "../src/port-kv.ts";

const bytes = (text: string) => Buffer.from(text);
const text = (value: Uint8Array) => Buffer.from(value).toString();

interface Seam {
  readonly local: Kv;
  readonly kv: PortKv;
  close(): Promise<void>;
}

async function openSeam(
  t: { teardown(run: () => unknown): void },
  options: KvPortOptions = {},
  wrap: (kv: Kv) => Kv = (kv) => kv,
): Promise<Seam> {
  const local = await LocalKv.open({ clock: new SystemClock() });
  const { port1, port2 } = new MessageChannel();
  serveKvPort(wrap(local), new MessagePortCarrier(port2), options);
  const kv = new PortKv(new MessagePortCarrier(port1));
  const close = async (): Promise<void> => {
    await kv.close();
    await local.close();
  };
  t.teardown(close);
  return { local, kv, close };
}

test("every call of Kv passes the seam with its request and answer whole", async (t) => {
  const { kv, local } = await openSeam(t);
  await kv.put({ key: bytes("a"), value: bytes("1") });
  const put = await kv.put({ key: bytes("a"), value: bytes("2"), prevKv: true });
  t.is(text(put.prevKv!.value), "1");
  const lease = await kv.leaseGrant({ id: 0x7fff_ffff_ffff_fff0n, ttlSeconds: 60 });
  t.is(lease.id, 0x7fff_ffff_ffff_fff0n);
  const txn: TxnRequest = {
    compare: [
      { target: "mod", modRevision: 3, key: bytes("a"), result: "equal" },
      { target: "value", value: bytes("2"), key: bytes("a"), result: "equal" },
      { target: "lease", lease: 0n, key: bytes("a"), result: "equal" },
      { target: "version", version: 0, key: bytes("b"), rangeEnd: bytes("c"), result: "equal" },
      { target: "create", createRevision: 9, key: bytes("a"), result: "less" },
    ],
    success: [
      { op: "put", request: { key: bytes("b"), value: bytes("3"), lease: lease.id } },
      {
        op: "range",
        request: { key: bytes("a"), rangeEnd: Buffer.from([0]), sortOrder: "descend", sortTarget: "mod" },
      },
      {
        op: "txn",
        request: {
          compare: [],
          success: [{ op: "delete-range", request: { key: bytes("a"), prevKv: true } }],
          failure: [],
        },
      },
    ],
    failure: [],
  };
  const result = await kv.txn(txn);
  t.true(result.succeeded);
  t.deepEqual(
    result.responses.map(({ op }) => op),
    ["put", "range", "txn"],
  );
  const range = await kv.range({ key: bytes("b"), minModRevision: 1, maxModRevision: 100 });
  t.deepEqual(range, await local.range({ key: bytes("b") }));
  t.is(range.kvs[0]!.lease, lease.id);
  t.deepEqual((await kv.leaseTimeToLive(lease.id, true)).keys, [bytes("b")]);
  t.is(await kv.leaseKeepAlive(lease.id), 60);
  t.deepEqual(await kv.leases(), [lease.id]);
  t.is((await kv.deleteRange({ key: bytes("x") })).deleted, 0);
  await kv.leaseRevoke(lease.id);
  t.is((await kv.compact({ revision: 4, physical: true })).revision, 5);
  t.is(await kv.barrier(), 5);
  t.deepEqual(await kv.status(), await local.status());
});

test("the memory of a large answer can be given back, and nothing else goes with it", async (t) => {
  const { kv } = await openSeam(t);
  const value = Buffer.alloc(1000, "v");
  for (let i = 100; i < 300; i++) await kv.put({ key: bytes(`k${i}`), value });
  const all = { key: bytes("k"), rangeEnd: bytes("l") };
  const [large, small] = await Promise.all([kv.range(all), kv.range({ key: bytes("k100") })]);
  const again = await kv.range(all);
  t.is(small.release, undefined);
  t.true(again.kvs.every((pair) => value.equals(pair.value)));
  again.release!();
  t.is(again.kvs[7]!.value.length, 0);
  large.release?.();
  t.deepEqual(small.kvs[0]!.value, value);
  t.deepEqual((await kv.range(all)).kvs[7]!.value, value);
});

test("errors keep their code, message and details", async (t) => {
  const { kv } = await openSeam(t);
  for (let i = 0; i < 3; i++) await kv.put({ key: bytes("a"), value: bytes(String(i)) });
  await kv.compact({ revision: 3 });
  const error = await t.throwsAsync(kv.range({ key: bytes("a"), revision: 2 }), { code: "COMPACTED" });
  t.deepEqual((error as unknown as CodedError).details, { compactRevision: 3 });
  await t.throwsAsync(kv.put({ key: bytes(""), value: bytes("") }), { code: "EMPTY_KEY" });
});

test("an answer comes after the watch batches that it covers", async (t) => {
  const { kv } = await openSeam(t);
  let seen = 0;
  const sink: WatchSink = {
    batch: ({ revision }) => {
      seen = revision;
    },
    closed: () => {},
  };
  kv.watch({ key: bytes("k"), rangeEnd: bytes("l") }, sink);
  const writes = Array.from({ length: 200 }, async (_, i) => {
    const { header } = await kv.put({ key: bytes(`k${i}`), value: bytes("v") });
    t.true(seen >= header.revision);
    t.true(seen >= (await kv.barrier()));
  });
  await Promise.all(writes);
  t.is(seen, 201);
});

test("a cancelled watch hears nothing more, and a progress request is answered", async (t) => {
  const { kv } = await openSeam(t);
  const batches: number[] = [];
  const watch = kv.watch(
    { key: bytes("k") },
    { batch: (b) => batches.push(b.changes.length), closed: () => {} },
  );
  await kv.put({ key: bytes("k"), value: bytes("1") });
  watch.requestProgress();
  while (batches.length < 2) await kv.barrier();
  t.deepEqual(batches, [1, 0]);
  watch.cancel();
  await kv.put({ key: bytes("k"), value: bytes("2") });
  t.is(batches.length, 2);
});

test("an aborted call is rejected at once and cancelled at the other side", async (t) => {
  const aborted = Promise.withResolvers<void>();
  const { kv } = await openSeam(t, {}, (local) => {
    const wrapped: Kv = Object.create(local) as Kv;
    wrapped.barrier = (options) => {
      options?.signal?.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => {});
    };
    return wrapped;
  });
  const abort = new AbortController();
  const call = kv.barrier({ signal: abort.signal });
  setImmediate(() => abort.abort(new Error("no longer needed")));
  await t.throwsAsync(call, { message: "no longer needed" });
  await aborted.promise;
});

test("a watcher whose thread does not keep up is dropped with SLOW_WATCHER, others go on", async (t) => {
  const { local, kv } = await openSeam(t, { unackedBytesMax: 100_000 });
  const closed = Promise.withResolvers<unknown>();
  kv.watch({ key: bytes("k") }, { batch: () => {}, closed: (error) => closed.resolve(error) });
  await kv.barrier();
  // One turn at the serving side: nothing can be acknowledged meanwhile.
  const writes: Promise<unknown>[] = [];
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 20; i++) writes.push(local.put({ key: bytes("k"), value: Buffer.alloc(10_000) }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(writes);
  t.is(((await closed.promise) as CodedError).code, "SLOW_WATCHER");
  t.is((await kv.range({ key: bytes("k") })).kvs[0]!.version, 60);
});

test("when the connection ends, calls and watches end with it", async (t) => {
  const { kv } = await openSeam(t, {}, (local) => {
    const wrapped: Kv = Object.create(local) as Kv;
    wrapped.barrier = () => new Promise(() => {});
    return wrapped;
  });
  const closed = Promise.withResolvers<unknown>();
  kv.watch({ key: bytes("k") }, { batch: () => {}, closed: (error) => closed.resolve(error) });
  const call = kv.barrier();
  await kv.close();
  await t.throwsAsync(call, { code: "STOPPED" });
  t.is(((await closed.promise) as CodedError).code, "STOPPED");
  await t.throwsAsync(kv.put({ key: bytes("a"), value: bytes("") }), { code: "STOPPED" });
});

test("control calls carry plain data", async (t) => {
  const { kv } = await openSeam(t, { control: async (request) => ({ got: request, id: 2n ** 63n + 1n }) });
  t.deepEqual(await kv.control({ op: "x", id: 5n, n: 2 ** 40, list: [1, "a"] }), {
    got: { op: "x", id: 5n, n: 2 ** 40, list: [1, "a"] },
    id: 2n ** 63n + 1n,
  });
});
