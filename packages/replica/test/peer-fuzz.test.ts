/**
 * Whatever a peer's connection brings, the member that it comes to goes on: broken frames over sockets, and
 * whole messages that make no sense. FUZZ_FRAMES says how many (100,000 for a long run), FUZZ_SEED which.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { type Random, SystemClock, seededRandom } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import test from "ava";
import { pack } from "../src/control-codec.ts";
import { writePeerMessages, writeSnapshotHead } from "../src/peer-codec.ts";
import { encodeFrame, encodeHello, FRAME, type Hello, PEER_PROTOCOL_VERSION } from "../src/peer-frame.ts";
import type { PeerMessage, SnapshotHead } from "../src/peer-transport.ts";
import { SocketPeerTransport } from "../src/socket-peer-transport.ts";
import { TestCluster } from "./cluster-fixture.ts";

const FRAMES = Number(process.env["FUZZ_FRAMES"] ?? 6_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const FRAMES_A_CONNECTION = 20;
const SELF = 2n;
const PEER = 1n;
const CLUSTER = 7n;

function bytesOf(random: Random, max: number): Buffer {
  return Buffer.from(Array.from({ length: random.int(max) }, () => random.int(256)));
}

function pick<T>(random: Random, ...choices: readonly T[]): T {
  return choices[random.int(choices.length)]!;
}

function headOf(random: Random): SnapshotHead {
  const conf = { voters: [PEER, SELF], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  const meta = { index: random.int(50), term: random.int(5), conf };
  return { message: { type: "snap", from: PEER, to: SELF, term: random.int(5), snapshot: meta }, meta };
}

function messageOf(random: Random): PeerMessage {
  const [session, sequence] = [random.int(3), random.int(3)];
  const calls: unknown[] = [
    null,
    7,
    "x",
    {},
    { op: "hash-kv" },
    { op: "no such thing" },
    { op: { op: 1 } },
    [1],
  ];
  const answers: unknown[] = [null, 7, "x", {}, { code: 5 }, { code: "NOT_LEADER" }, { result: null }];
  const body = random.int(2) ? bytesOf(random, 20) : pack(pick(random, ...calls, ...answers));
  return pick<PeerMessage>(
    random,
    { kind: "propose", term: random.int(4), session, sequence, data: bytesOf(random, 60) },
    { kind: "refused", session, sequence },
    { kind: "ask", session, sequence, body },
    { kind: "answer", session, sequence, body },
  );
}

function frameOf(random: Random): Buffer {
  const raft: PeerMessage = {
    kind: "raft",
    message: { type: "app", from: PEER, to: SELF, term: 1, index: 3, logTerm: 1, entries: [], commit: 2 },
  };
  const many = () => Array.from({ length: random.int(4) }, () => (random.int(2) ? raft : messageOf(random)));
  const frame = pick(random, ...Object.values(FRAME));
  const good = pick(
    random,
    () => encodeFrame(FRAME.messages, (w) => writePeerMessages(w, many())),
    () =>
      encodeFrame(FRAME.snapshotHead, (w) => {
        w.id(BigInt(random.int(3)));
        writeSnapshotHead(w, headOf(random));
      }),
    () => encodeFrame(FRAME.snapshotChunk, (w) => w.bytes(bytesOf(random, 100))),
    () => encodeFrame(FRAME.controlAsk, (w) => w.bytes(pack(pick<unknown>(random, null, 1, { op: "x" })))),
    () => encodeFrame(frame, (w) => w.bytes(bytesOf(random, 30))),
    () => encodeFrame(frame),
  )();
  for (let flips = random.int(3); flips > 0; flips--) good[random.int(good.length)] = random.int(256);
  return random.int(20) === 0 ? bytesOf(random, 60) : good;
}

function helloOf(random: Random): Buffer {
  const purpose = pick<Hello["purpose"]>(random, "messages", "snapshot", "control");
  const hello = encodeHello({
    protocol: PEER_PROTOCOL_VERSION,
    clusterId: CLUSTER,
    from: PEER,
    to: SELF,
    purpose,
    directoryId: 0n,
  });
  if (random.int(10) === 0) hello[random.int(hello.length)] = random.int(256);
  return hello;
}

test(`no frames on a connection keep a member from serving the next (seed ${SEED})`, async (t) => {
  const random = seededRandom(SEED);
  let received = 0;
  let heard = (): void => {};
  const transport = await SocketPeerTransport.listen({
    self: SELF,
    clusterId: CLUSTER,
    listen: [{ host: "127.0.0.1", port: 0 }],
    clock: new SystemClock(),
    random,
  });
  t.teardown(() => transport.close());
  transport.start({
    receive: (_from, messages) => {
      received += messages.length;
      heard();
    },
    lost: () => {},
    unreachable: () => {},
    snapshot: async (_from, _head, chunks) => {
      for await (const _chunk of chunks);
    },
    describe: () => ({ clusterId: CLUSTER, members: [] }),
    isRemoved: () => false,
    control: async (request) => {
      if (random.int(2)) throw new Error("not now");
      return { result: request };
    },
    refused: () => {},
  });
  const [port] = transport.ports();
  const open = async () => {
    const socket = connect(port!, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "connect");
    return socket;
  };
  for (let sent = 0; sent < FRAMES; sent += FRAMES_A_CONNECTION) {
    const socket = await open();
    const frames = Array.from({ length: FRAMES_A_CONNECTION }, () => frameOf(random));
    const bytes = Buffer.concat([helloOf(random), ...frames]);
    const cut = random.int(bytes.length);
    socket.write(bytes.subarray(0, cut));
    socket.end(bytes.subarray(cut));
    // The member may wait for the rest of a frame that never comes.
    if (!socket.destroyed) await Promise.race([once(socket, "close"), once(socket, "end")]);
    socket.destroy();
  }
  const before = received;
  const last = await open();
  const hello = {
    protocol: PEER_PROTOCOL_VERSION,
    clusterId: CLUSTER,
    from: PEER,
    to: SELF,
    directoryId: 0n,
  };
  const message = messageOf(random);
  last.write(encodeHello({ ...hello, purpose: "messages" }));
  last.write(encodeFrame(FRAME.messages, (w) => writePeerMessages(w, [message])));
  while (received === before) {
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
  }
  last.destroy();
  t.is(received, before + 1);
});

test(`messages that make no sense are dropped alone (seed ${SEED})`, async (t) => {
  const random = seededRandom(SEED);
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const { kv } = cluster.member(1n);
  const key = Buffer.from("a");
  await kv.put({ key, value: Buffer.from("0") });
  const ids: readonly MemberId[] = [1n, 2n, 3n];
  for (let sent = 0; sent < FRAMES; sent += FRAMES_A_CONNECTION) {
    const [from, to] = [pick(random, ...ids), pick(random, ...ids)];
    const messages = Array.from({ length: FRAMES_A_CONNECTION }, () => messageOf(random));
    cluster.network.deliver(from, to, (handlers) => handlers.receive(from, messages));
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const member of cluster.members.values()) t.is(member.failure, undefined);
  await kv.put({ key, value: Buffer.from("1") });
  for (const member of cluster.members.values()) {
    const { kvs } = await member.kv.range({ key });
    t.is(Buffer.from(kvs[0]!.value).toString(), "1");
  }
});
