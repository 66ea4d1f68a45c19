/** What the client does when endpoints break, freeze, are of another cluster or are not there. */
import type { Change, Kv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { type EtcdKvClientOptions, openEtcdKv, startEtcdApi } from "../src/index.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { findEtcd, startEtcdCluster } from "./etcd-process.ts";
import { localBackend } from "./local-backend.ts";

const b = (text: string): Uint8Array => Buffer.from(text);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const ALL = { key: b("\0"), rangeEnd: b("\0") };

/** One store behind two addresses, each with a way to it that can be broken. */
async function twoWays(t: ExecutionContext, options: Partial<EtcdKvClientOptions> = {}) {
  const backend = await localBackend();
  const api = await startEtcdApi({ backend, listenUrls: ["http://127.0.0.1:0"] });
  const first = await CuttableProxy.open(api.urls[0]!);
  const second = await CuttableProxy.open(api.urls[0]!);
  const notes: string[] = [];
  let noted = () => {};
  const note = (line: string) => {
    notes.push(line);
    noted();
  };
  const untilLeft = async (way: CuttableProxy) => {
    while (!notes.some((line) => line.startsWith(`${way.url} is no longer used`))) {
      await new Promise<void>((resolve) => {
        noted = resolve;
      });
    }
  };
  const kv = openEtcdKv({ endpoints: [first.url, second.url], note, ...options });
  t.teardown(async () => {
    await kv.close();
    await first.close();
    await second.close();
    await api.close(0);
    await backend.kv.close();
  });
  return { kv, first, second, notes, note, untilLeft, direct: backend.kv };
}

/** Follows all keys over lost connections, as the owner of a watch is meant to. */
class Follower {
  readonly changes: Change[] = [];
  readonly closings: (string | undefined)[] = [];
  readonly #kv: Kv;
  #revision: number;
  #waiting: (() => void) | undefined;

  constructor(kv: Kv, revision: number) {
    this.#kv = kv;
    this.#revision = revision;
    this.#follow();
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #follow(): void {
    this.#kv.watch(
      { ...ALL, startRevision: this.#revision + 1 },
      {
        batch: ({ revision, changes }) => {
          this.#revision = revision;
          this.changes.push(...changes);
          this.#waiting?.();
        },
        closed: (error) => {
          const code = (error as { code?: string } | undefined)?.code;
          this.closings.push(code);
          if (code === "UNAVAILABLE") this.#follow();
          this.#waiting?.();
        },
      },
    );
  }
}

test("a broken connection closes its watches, which go on from their revision elsewhere", async (t) => {
  const { kv, first, notes } = await twoWays(t);
  const { header } = await kv.put({ key: b("a"), value: b("0") });
  const follower = new Follower(kv, header.revision);
  await kv.put({ key: b("a"), value: b("1") });
  t.is(follower.changes.length, 1);
  first.cut();
  await follower.until(() => follower.closings.length > 0);
  for (let i = 2; i <= 4; i++) await kv.put({ key: b("a"), value: b(String(i)) });
  await follower.until(() => follower.changes.length >= 4);
  t.deepEqual(
    follower.changes.map(({ kv: pair }) => text(pair.value)),
    ["1", "2", "3", "4"],
  );
  t.deepEqual(follower.closings, ["UNAVAILABLE"]);
  t.true(notes.some((line) => line.includes("no longer used")));
});

test("an answer comes behind the changes of a watch from before the connection", async (t) => {
  const { kv } = await twoWays(t);
  const changes: Change[] = [];
  kv.watch(ALL, { batch: (batch) => void changes.push(...batch.changes), closed: () => {} });
  await Promise.all([1, 2, 3].map((i) => kv.put({ key: b(`k${i}`), value: b("1") })));
  t.is(changes.length, 3);
});

test("a read is made again elsewhere, where its endpoint freezes in the middle", async (t) => {
  const { kv, first } = await twoWays(t, { requestTimeoutMs: 6_000 });
  await kv.put({ key: b("a"), value: b("1") });
  first.freeze();
  t.is((await kv.range({ key: b("a") })).count, 1);
});

test("a write whose answer is lost is not made again, but may have happened", async (t) => {
  const { kv, first, direct } = await twoWays(t);
  await kv.put({ key: b("a"), value: b("1") });
  first.freeze();
  const lost = kv.put({ key: b("a"), value: b("2") }, { timeoutMs: 300 });
  await t.throwsAsync(lost, { code: "TIMEOUT" });
  t.is((await kv.range({ key: b("a") })).kvs[0]!.version, 1);
  first.cut();
  await kv.put({ key: b("b"), value: b("1") });
  t.is((await direct.range({ key: b("a") })).kvs[0]!.version, 1);
});

test("a call that waits in vain while others are answered takes the connection from nobody", async (t) => {
  const { kv, notes, direct } = await twoWays(t);
  const range = direct.range.bind(direct);
  direct.range = (request) => (text(request.key) === "slow" ? new Promise(() => {}) : range(request));
  await kv.barrier();
  const changes: Change[] = [];
  let closed: Error | undefined;
  const sink = { batch: (batch: { changes: readonly Change[] }) => void changes.push(...batch.changes) };
  kv.watch(ALL, { ...sink, closed: (error) => (closed = error) });
  const slow = kv.range({ key: b("slow") }, { timeoutMs: 1_000 });
  await kv.put({ key: b("a"), value: b("1") });
  await t.throwsAsync(slow, { code: "TIMEOUT" });
  await kv.put({ key: b("a"), value: b("2") });
  t.is(changes.length, 2);
  t.is(closed, undefined);
  t.false(notes.some((line) => line.includes("no longer used")));
});

test("calls wait for an endpoint to come back within their time", async (t) => {
  const { kv, first, second, untilLeft } = await twoWays(t);
  await kv.put({ key: b("a"), value: b("1") });
  first.cut();
  second.cut();
  await untilLeft(first);
  const waiting = kv.put({ key: b("a"), value: b("2") }, { timeoutMs: 20_000 });
  const refused = await t.throwsAsync(kv.range({ key: b("a") }, { timeoutMs: 200 }));
  t.is((refused as { code?: string }).code, "UNAVAILABLE");
  second.mend();
  t.is((await waiting).header.revision, 3);
});

test("where no endpoint answers, the error names each and what it did", async (t) => {
  let noted = (_line: string) => {};
  const said = new Promise<string>((resolve) => {
    noted = resolve;
  });
  const kv = openEtcdKv({
    endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:2"],
    note: (line) => noted(line),
  });
  t.teardown(() => kv.close());
  const waiting = kv.barrier({ timeoutMs: 20_000 });
  const both = /127\.0\.0\.1:1.*127\.0\.0\.1:2/s;
  t.regex(await said, both);
  const error = await t.throwsAsync(kv.barrier({ timeoutMs: 50 }), { message: both });
  void kv.close();
  await t.throwsAsync(waiting);
  t.is((error as { code?: string }).code, "UNAVAILABLE");
});

test("an endpoint of another cluster is never used", async (t) => {
  const { first, second, notes, note, untilLeft } = await twoWays(t);
  const stranger = await localBackend();
  const status = stranger.kv.status.bind(stranger.kv);
  stranger.kv.status = async () => {
    const own = await status();
    return { ...own, header: { ...own.header, clusterId: 99n } };
  };
  const api = await startEtcdApi({ backend: stranger, listenUrls: ["http://127.0.0.1:0"] });
  const kv = openEtcdKv({
    endpoints: [first.url, api.urls[0]!, second.url],
    note,
  });
  t.teardown(async () => {
    await kv.close();
    await api.close(0);
    await stranger.kv.close();
  });
  await kv.put({ key: b("a"), value: b("1") });
  first.cut();
  await untilLeft(first);
  await kv.put({ key: b("a"), value: b("2") });
  t.is((await stranger.kv.range(ALL)).count, 0);
  second.cut();
  await untilLeft(second);
  await t.throwsAsync(kv.put({ key: b("a"), value: b("3") }, { timeoutMs: 300 }));
  t.true(notes.some((line) => line.includes("another cluster")));
});

test("an aborted call ends with the signal's reason", async (t) => {
  const { kv, first } = await twoWays(t);
  await kv.barrier();
  first.freeze();
  const controller = new AbortController();
  const reason = new Error("enough");
  const calls = [
    kv.range({ key: b("a") }, { signal: controller.signal }),
    kv.barrier({ signal: controller.signal }),
  ];
  controller.abort(reason);
  for (const call of calls) t.is(await t.throwsAsync(call), reason);
  t.is(await t.throwsAsync(kv.put({ key: b("a"), value: b("1") }, { signal: controller.signal })), reason);
});

test("a closed client refuses calls and tells its watches STOPPED", async (t) => {
  const { kv } = await twoWays(t);
  await kv.barrier();
  const closed = new Promise<Error | undefined>((resolve) => {
    kv.watch(ALL, { batch: () => {}, closed: resolve });
  });
  await kv.close();
  t.is(((await closed) as { code?: string }).code, "STOPPED");
  t.is(((await t.throwsAsync(kv.barrier())) as { code?: string }).code, "STOPPED");
});

test("addresses that can't be one are refused by name", (t) => {
  for (const endpoint of [
    "",
    "ftp://127.0.0.1:2379",
    "http://127.0.0.1:2379/v3",
    "http://:2379",
    "http://a b",
  ]) {
    t.throws(() => openEtcdKv({ endpoints: [endpoint] }), { code: "BAD_ENDPOINT" });
  }
  t.throws(() => openEtcdKv({ endpoints: [] }), { code: "BAD_ENDPOINT" });
});

const etcd = findEtcd();
const withEtcd = etcd === undefined ? test.skip : test;
if (etcd === undefined) console.log("no etcd on PATH: the death of its members is not tested");

withEtcd(
  "with three etcds, the death of the leader that is used loses no acknowledged write and no change",
  async (t) => {
    const members = await startEtcdCluster(etcd!, 3);
    const asking = openEtcdKv({ endpoints: [members[0]!.url] });
    const { leader, members: known } = await asking.status();
    await asking.close();
    const leaderUrl = known.find((member) => member.id === leader)!.clientUrls[0];
    const used = members.find((member) => member.url === leaderUrl)!;
    const others = members.filter((member) => member !== used);
    const kv = openEtcdKv({ endpoints: [used, ...others].map((member) => member.url) });
    t.teardown(async () => {
      await kv.close();
      await Promise.all(members.map((member) => member.stop()));
    });
    const follower = new Follower(kv, 1);
    const acknowledged = new Set<string>();
    let isOver = false;
    const writing = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; !isOver; i++) {
        const key = `w${writer}/${i}`;
        const done = await kv.put({ key: b(key), value: b("1") }).then(
          () => true,
          () => false,
        );
        if (done) acknowledged.add(key);
      }
    });
    await follower.until(() => follower.changes.length > 100);
    used.process.kill("SIGKILL");
    await follower.until(() => follower.closings.length > 0);
    const seen = follower.changes.length;
    await follower.until(() => follower.changes.length > seen + 100);
    isOver = true;
    await Promise.all(writing);
    const { kvs } = await kv.range({ ...ALL, keysOnly: true });
    const stored = new Set(kvs.map((pair) => text(pair.key)));
    for (const key of acknowledged) t.true(stored.has(key), `${key} was acknowledged and is lost`);
    await kv.barrier();
    const followed = follower.changes.map((change) => text(change.kv.key));
    t.deepEqual([...followed].sort(), [...stored].sort());
  },
);
