import { connect as connectPlain, createServer, type Socket } from "node:net";
import { connect } from "node:tls";
import { type Clock, ManualClock, SystemClock, seededRandom } from "@quorate/base";
import type { MemberId, Message } from "@quorate/raft";
import test from "ava";
import { fetchClusterDescription } from "../src/cluster-description.ts";
import { encodeFrame, FRAME, FrameParser } from "../src/peer-frame.ts";
import type { PeerTls } from "../src/peer-socket.ts";
import type { PeerHandlers, PeerMessage, SnapshotHead } from "../src/peer-transport.ts";
import { SocketPeerTransport } from "../src/socket-peer-transport.ts";
import { peerTls, strangerTls } from "./tls-fixture.ts";

const A = 0xa000_0000_0000_0001n;
const B = 0xb000_0000_0000_0002n;

interface Member {
  readonly transport: SocketPeerTransport;
  readonly url: string;
  readonly events: string[];
  readonly received: PeerMessage[];
  readonly handlers: { -readonly [K in keyof PeerHandlers]: PeerHandlers[K] };
  /** Resolves once `holds`. */
  until(holds: () => boolean): Promise<void>;
}

async function openMember(
  t: { teardown(run: () => unknown): void },
  self: MemberId,
  options: { clusterId?: bigint; tls?: PeerTls; port?: number; plain?: boolean; clock?: Clock } = {},
): Promise<Member> {
  const transport = await SocketPeerTransport.listen({
    self,
    clusterId: options.clusterId ?? 7n,
    listen: [{ host: "127.0.0.1", port: options.port ?? 0 }],
    ...(options.plain ? {} : { tls: options.tls ?? peerTls }),
    clock: options.clock ?? new SystemClock(),
    random: seededRandom(Number(self & 0xffn)),
    note: (line) => event(`note ${line}`),
  });
  t.teardown(() => transport.close());
  const events: string[] = [];
  const received: PeerMessage[] = [];
  const waiting: { holds: () => boolean; resolve: () => void }[] = [];
  const event = (line: string): void => {
    events.push(line);
    for (const one of [...waiting]) {
      if (!one.holds()) continue;
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve();
    }
  };
  const handlers: Member["handlers"] = {
    receive: (from, messages) => {
      received.push(...messages);
      event(`receive ${from}`);
    },
    lost: (member) => event(`lost ${member}`),
    unreachable: (member) => event(`unreachable ${member}`),
    snapshot: async () => {},
    describe: () => ({ clusterId: 7n, members: [{ id: self, name: "x", peerUrls: [], clientUrls: [] }] }),
    isRemoved: () => false,
    refused: (by, refusal) => event(`refused ${by} ${refusal}`),
  };
  transport.start(handlers);
  const until = (holds: () => boolean): Promise<void> =>
    holds() ? Promise.resolve() : new Promise((resolve) => waiting.push({ holds, resolve }));
  const url = `${options.plain ? "http" : "https"}://127.0.0.1:${transport.ports()[0]}`;
  return { transport, url, events, received, handlers, until };
}

/** Sends until it arrives: connections come up in their own time. */
async function sendUntil(
  from: Member,
  to: MemberId,
  messages: PeerMessage[],
  holds: () => boolean,
): Promise<void> {
  while (!holds()) {
    from.transport.send(to, messages);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const app: Message = {
  type: "app",
  from: A,
  to: B,
  term: 3,
  index: 9,
  logTerm: 2,
  commit: 8,
  entries: [{ index: 10, term: 3, type: "normal", data: Buffer.from("x".repeat(100_000)) }],
};

for (const plain of [false, true]) {
  test(`messages arrive whole and in order over ${plain ? "plain TCP" : "mutual TLS"}`, async (t) => {
    const [a, b] = [await openMember(t, A, { plain }), await openMember(t, B, { plain })];
    a.transport.setPeers([{ id: B, urls: [b.url] }]);
    await sendUntil(a, B, [{ kind: "raft", message: app }], () => b.received.length > 0);
    const first = b.received.length;
    const wanted: PeerMessage[] = [
      { kind: "raft", message: app },
      { kind: "propose", term: 3, session: 2 ** 52, sequence: 1, data: Buffer.from("p") },
      { kind: "refused", session: 5, sequence: 6 },
    ];
    a.transport.send(B, wanted);
    await b.until(() => b.received.length >= first + 3);
    t.deepEqual(b.received.slice(-3), wanted);
  });
}

test("what connections carry and lose is counted by member", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  const message: PeerMessage = {
    kind: "propose",
    term: 1,
    session: 2,
    sequence: 3,
    data: Buffer.alloc(10_000),
  };
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  b.transport.setPeers([{ id: A, urls: [a.url] }]);
  // Not connected yet.
  t.false(a.transport.send(B, [message]));
  await sendUntil(a, B, [message], () => b.received.length > 0);
  const before = a.transport.traffic()[0]!;
  t.like(before, { id: B, isConnected: true, disconnects: 0 });
  t.true(before.sendFailures > 0);
  const arrived = b.received.length;
  t.true(a.transport.send(B, [message]));
  await b.until(() => b.received.length > arrived);
  const sent = a.transport.traffic()[0]!.sentBytes - before.sentBytes;
  t.true(sent > 10_000 && sent < 10_100, `${sent} bytes`);
  t.true(b.transport.traffic()[0]!.receivedBytes >= a.transport.traffic()[0]!.sentBytes);
  await b.transport.close();
  await a.until(() => a.events.includes(`lost ${B}`) && !a.transport.isConnected(B));
  t.like(a.transport.traffic()[0]!, { isConnected: false, disconnects: 1 });
});

test("the time from a question to its answer is measured, not to what nobody asked for", async (t) => {
  const answers: Socket[] = [];
  const peer = createServer((socket) => {
    answers.push(socket);
    socket.on("error", () => {});
    const parser = new FrameParser();
    socket.on("data", (chunk: Buffer) =>
      parser.push(chunk, (kind, body) => {
        if (kind === FRAME.hello) socket.write(encodeFrame(FRAME.welcome));
        if (kind !== FRAME.ping) return;
        const question = body.uint32();
        // As a member of before, a sign of life, and an answer to another question.
        socket.write(encodeFrame(FRAME.pong));
        socket.write(encodeFrame(FRAME.pong, (w) => w.uint32(question - 1)));
        if (question === 2) socket.write(encodeFrame(FRAME.pong, (w) => w.uint32(question)));
      }),
    );
  });
  await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    for (const socket of answers) socket.destroy();
    peer.close();
  });
  const a = await openMember(t, A, { plain: true });
  a.transport.setPeers([{ id: B, urls: [`http://127.0.0.1:${(peer.address() as { port: number }).port}`] }]);
  const count = () => a.transport.traffic()[0]!.roundTrips.count;
  while (count() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(count(), 1);
  t.true(a.transport.traffic()[0]!.roundTrips.sumMs >= 0);
});

test("a turn's messages that are too many for one frame travel in several", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  await sendUntil(a, B, [{ kind: "refused", session: 1, sequence: 0 }], () => b.received.length > 0);
  const data = Buffer.alloc(1_500_000, "d");
  const many = Array.from({ length: 60 }, (_, i): PeerMessage => {
    return { kind: "propose", term: 1, session: 2, sequence: i, data };
  });
  t.true(a.transport.send(B, many));
  await b.until(
    () =>
      b.received.at(-1)?.kind === "propose" && b.received.filter((m) => m.kind === "propose").length === 60,
  );
  t.deepEqual(
    b.received.filter((one) => one.kind === "propose").map(({ sequence }) => sequence),
    many.map((_, i) => i),
  );
});

test("a member that goes away is reported by both directions of connection", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  b.transport.setPeers([{ id: A, urls: [a.url] }]);
  await sendUntil(a, B, [{ kind: "raft", message: app }], () => b.received.length > 0);
  await sendUntil(b, A, [{ kind: "raft", message: app }], () => a.received.length > 0);
  await b.transport.close();
  await a.until(() => a.events.filter((line) => line === `lost ${B}`).length >= 2);
  a.transport.send(B, [{ kind: "raft", message: app }]);
  t.is(a.events.at(-1), `unreachable ${B}`);
});

test("another cluster, another member and a removed one are refused with the reason", async (t) => {
  const b = await openMember(t, B);
  const other = await openMember(t, A, { clusterId: 8n });
  other.transport.setPeers([{ id: B, urls: [b.url] }]);
  await other.until(() => other.events.includes(`refused ${B} CLUSTER_MISMATCH`));
  const wrong = await openMember(t, A);
  wrong.transport.setPeers([{ id: 99n, urls: [b.url] }]);
  await wrong.until(() => wrong.events.includes("refused 99 MEMBER_MISMATCH"));
  b.handlers.isRemoved = (id) => id === A;
  const removed = await openMember(t, A);
  removed.transport.setPeers([{ id: B, urls: [b.url] }]);
  await removed.until(() => removed.events.includes(`refused ${B} MEMBER_REMOVED`));
  t.true(b.events.some((line) => line.includes("was removed from the cluster")));
});

test("a certificate that the CA did not sign gets nowhere", async (t) => {
  const b = await openMember(t, B);
  const stranger = await openMember(t, A, { tls: strangerTls });
  stranger.transport.setPeers([{ id: B, urls: [b.url] }]);
  await stranger.until(() => stranger.events.some((line) => line.startsWith("note member")));
  stranger.transport.send(B, [{ kind: "raft", message: app }]);
  t.is(stranger.events.at(-1), `unreachable ${B}`);
  t.deepEqual(b.received, []);
});

test("a member tells one that has no id yet who belongs to the cluster", async (t) => {
  const b = await openMember(t, B);
  const description = await fetchClusterDescription(b.url, peerTls);
  t.is(description.clusterId, 7n);
  t.is(description.members[0]?.id, B);
  await t.throwsAsync(fetchClusterDescription("https://127.0.0.1:1", peerTls), { message: /ECONNREFUSED/ });
});

test("a port in use is refused by name", async (t) => {
  const b = await openMember(t, B);
  const port = b.transport.ports()[0]!;
  await t.throwsAsync(openMember(t, A, { port }), {
    code: "PORT_IN_USE",
    message: new RegExp(`127.0.0.1:${port}`),
  });
});

const head: SnapshotHead = {
  message: { type: "snap", from: A, to: B, term: 4 },
  meta: {
    index: 5,
    term: 4,
    conf: { voters: [A, B], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
  },
};

/** Passes bytes on to `port` until it is told to cut. */
async function cuttableProxy(t: { teardown(run: () => unknown): void }, port: number) {
  const sockets = new Set<Socket>();
  const muted = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connectPlain(port, "127.0.0.1");
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        if (muted.has(socket)) return;
        (socket === inner ? outer : inner).destroy();
      });
    }
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const proxy = {
    port: (server.address() as { port: number }).port,
    cuts: 0,
    cut: () => {
      proxy.cuts++;
      for (const socket of sockets) socket.destroy();
    },
    /** From now on nothing passes on the connections that there are, and none of them ends. */
    mute: () => {
      for (const socket of sockets) muted.add(socket.unpipe().pause());
    },
  };
  return proxy;
}

async function* someChunks(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(100_000, i);
}

test("a snapshot arrives whole, and the sender learns that it did", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  let bytes = 0;
  let got: SnapshotHead | undefined;
  b.handlers.snapshot = async (_from, received, chunks) => {
    got = received;
    for await (const chunk of chunks) {
      t.true(chunk.every((byte) => byte === chunk[0]));
      bytes += chunk.length;
    }
  };
  await a.transport.sendSnapshot(B, head, someChunks(150));
  t.is(bytes, 15_000_000);
  t.deepEqual(got, head);
});

test("a snapshot that the receiver can't take, or whose sender breaks off, fails on both sides", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  b.handlers.snapshot = async (_from, _head, chunks) => {
    for await (const _ of chunks) throw new Error("disk full here");
  };
  await t.throwsAsync(a.transport.sendSnapshot(B, head, someChunks(5)), { message: /disk full here/ });
  const failed = new Promise<unknown>((resolve) => {
    b.handlers.snapshot = async (_from, _head, chunks) => {
      try {
        for await (const _ of chunks);
        resolve(undefined);
      } catch (error) {
        resolve(error);
        throw error;
      }
    };
  });
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10);
    throw new Error("sender stopped");
  }
  await t.throwsAsync(a.transport.sendSnapshot(B, head, breaking()), { message: /sender stopped/ });
  t.regex(String(await failed), /sender stopped/);
});

test("a snapshot whose connection is cut again and again goes on where it was, each chunk once", async (t) => {
  const [a, b] = [await openMember(t, A), await openMember(t, B)];
  const proxy = await cuttableProxy(t, b.transport.ports()[0]!);
  a.transport.setPeers([{ id: B, urls: [`https://127.0.0.1:${proxy.port}`] }]);
  const seen: number[] = [];
  b.handlers.snapshot = async (_from, _head, chunks) => {
    for await (const chunk of chunks) {
      seen.push(chunk[0]!);
      if (seen.length % 40 === 0) proxy.cut();
    }
  };
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of someChunks(200)) {
      read++;
      yield chunk;
    }
  }
  await a.transport.sendSnapshot(B, head, counted());
  t.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, i) => i),
  );
  t.is(read, 200, "the source is read once");
  t.true(proxy.cuts >= 5);
});

test("garbage on the peer port closes that connection and nothing else (seeded)", async (t) => {
  const [a, b] = [await openMember(t, A, { plain: true }), await openMember(t, B, { plain: true })];
  const random = seededRandom(11);
  for (let i = 0; i < 60; i++) {
    const socket = connectPlain(b.transport.ports()[0]!, "127.0.0.1");
    const garbage = Buffer.from(Array.from({ length: 1 + random.int(200) }, () => random.int(256)));
    const bytes =
      i % 2 ? garbage : encodeFrame([FRAME.hello, FRAME.messages][(i % 4) >> 1]!, (w) => w.raw(garbage));
    await new Promise<void>((resolve) => {
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.on("connect", () => socket.end(bytes));
      socket.resume();
    });
  }
  a.transport.setPeers([{ id: B, urls: [b.url] }]);
  await sendUntil(a, B, [{ kind: "raft", message: app }], () => b.received.length > 0);
  t.deepEqual(b.received[0], { kind: "raft", message: app });
});

test("a TLS client without a certificate is turned away", async (t) => {
  const b = await openMember(t, B);
  const socket = connect({ port: b.transport.ports()[0]!, host: "127.0.0.1", ca: peerTls.ca });
  const error = await new Promise<unknown>((resolve) => {
    socket.on("error", resolve);
    socket.on("close", () => resolve("closed"));
    socket.resume();
  });
  t.truthy(error);
});

for (const plain of [false, true]) {
  test(`a peer that falls silent over ${plain ? "plain TCP" : "TLS"} is dialled anew`, async (t) => {
    const clock = new ManualClock();
    const [a, b] = [await openMember(t, A, { plain, clock }), await openMember(t, B, { plain })];
    const proxy = await cuttableProxy(t, b.transport.ports()[0]!);
    a.transport.setPeers([{ id: B, urls: [`http${plain ? "" : "s"}://127.0.0.1:${proxy.port}`] }]);
    const message: PeerMessage = { kind: "refused", session: 1, sequence: 2 };
    const passTime = async (holds: () => boolean): Promise<void> => {
      while (!holds()) {
        a.transport.send(B, [message]);
        clock.advance(10);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await passTime(() => b.received.length > 0);
    proxy.mute();
    await passTime(() => a.events.includes(`lost ${B}`));
    const before = b.received.length;
    await passTime(() => b.received.length > before);
    t.false(b.events.includes(`lost ${A}`), "its new connection has taken the place of the old one");
  });
}
