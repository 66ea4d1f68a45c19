import { randomBytes } from "node:crypto";
import { access, mkdtemp, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { type ConnectedKv, connectKvSocket, type KvSocketAddress, listenKvSocket } from "../src/kv-socket.ts";

const bytes = (text: string) => Buffer.from(text);

interface Served {
  readonly local: LocalKv;
  readonly address: KvSocketAddress;
  connected(): Promise<ConnectedKv>;
  close(): Promise<void>;
}

async function served(t: ExecutionContext): Promise<Served> {
  const local = await LocalKv.open({ clock: new SystemClock() });
  const folder = await mkdtemp(join(tmpdir(), "quorate-kv-"));
  const path =
    process.platform === "win32" ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}` : join(folder, "kv.sock");
  const address = { path, secret: randomBytes(32) };
  const server = await listenKvSocket(local, address);
  t.teardown(async () => {
    await server.close();
    await local.close();
    await rm(folder, { recursive: true });
  });
  return { local, address, connected: () => connectKvSocket(address), close: () => server.close() };
}

test("watchers of one range in two processes get the same changes, small and large", async (t) => {
  const { connected } = await served(t);
  const ends = await Promise.all([connected(), connected()]);
  const seen: string[][] = [[], []];
  ends.forEach(({ kv }, i) => {
    kv.watch(
      { key: bytes("k"), rangeEnd: bytes("l") },
      {
        batch: ({ changes }) => {
          for (const { kv: one } of changes)
            seen[i]!.push(`${one.key}=${one.value.length}@${one.modRevision}`);
        },
        closed: () => {},
      },
    );
  });
  await Promise.all(ends.map(({ kv }) => kv.barrier()));
  const sizes = [10, 5_000, 0, 200_000, 3, 4_096, 1_000_000, 1];
  await Promise.all(
    sizes.map((size, i) => ends[i % 2]!.kv.put({ key: bytes(`k${i}`), value: Buffer.alloc(size) })),
  );
  await Promise.all(ends.map(({ kv }) => kv.barrier()));
  const expected = sizes.map((size, i) => `k${i}=${size}`).sort();
  for (const list of seen) t.deepEqual(list.map((line) => line.split("@")[0]!).sort(), expected);
  t.deepEqual(seen[0], seen[1]);
});

test("who does not know the secret is not answered", async (t) => {
  const { address } = await served(t);
  const { kv, closed } = await connectKvSocket({ ...address, secret: randomBytes(32) });
  await t.throwsAsync(kv.put({ key: bytes("a"), value: bytes("1") }), { code: "UNAVAILABLE" });
  await closed;
  const short = await connectKvSocket({ ...address, secret: address.secret.subarray(0, 31) });
  await short.closed;
  t.pass();
});

test("what is no frame ends its connection and no other", async (t) => {
  const { address, connected } = await served(t);
  const good = await connected();
  const bad = connect({ path: address.path });
  bad.on("error", () => {});
  bad.write(Buffer.alloc(64, 0xff));
  await new Promise((resolve) => bad.once("close", resolve));
  // The secret, and then an item that is longer than its frame.
  const greeted = connect({ path: address.path });
  greeted.on("error", () => {});
  const length = (value: number) => Buffer.from(new Uint32Array([value]).buffer);
  greeted.write(Buffer.concat([length(32), address.secret, length(9), Buffer.alloc(9, 0xff)]));
  await new Promise((resolve) => greeted.once("close", resolve));
  t.is((await good.kv.put({ key: bytes("a"), value: bytes("1") })).header.revision, 2);
});

test("only its owner may open the socket, and nothing is left of it", async (t) => {
  const { address, close, connected } = await served(t);
  const { kv, closed } = await connected();
  if (process.platform !== "win32") t.is((await stat(address.path)).mode & 0o777, 0o600);
  await close();
  await closed;
  await t.throwsAsync(kv.barrier(), { code: "UNAVAILABLE" });
  await t.throwsAsync(access(address.path));
});

test("frames cut anywhere are put together", async (t) => {
  const { address } = await served(t);
  const plain = connect({ path: address.path });
  const answered = new Promise<Buffer>((resolve) => plain.once("data", resolve));
  const length = (value: number) => Buffer.from(new Uint32Array([value]).buffer);
  // A call of `barrier`: kind, id, length of the body, method, time limit, not cancellable.
  const call = Buffer.concat([
    Buffer.of(1),
    length(7),
    length(10),
    Buffer.of(5),
    Buffer.alloc(8),
    Buffer.of(0),
  ]);
  const all = Buffer.concat([length(32), address.secret, length(call.length), call]);
  plain.setNoDelay(true);
  for (const byte of all) await new Promise((resolve) => plain.write(Buffer.of(byte), resolve));
  const answer = await answered;
  t.deepEqual([answer[4], answer.readUInt32LE(5)], [1, 7]);
  plain.destroy();
});
