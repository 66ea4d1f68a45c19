import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import test, { type ExecutionContext } from "ava";
import {
  H2Connection,
  type H2ConnectionOptions,
  type H2Stream,
  HeaderBlock,
  type HeaderField,
} from "../src/index.ts";

type Handler = (stream: H2Stream, fields: readonly HeaderField[]) => void;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const BOUNDS: Omit<H2ConnectionOptions, "request" | "closed"> = {
  concurrentStreamsMax: 100,
  streamWindowBytes: 64 * 1024,
  connectionWindowBytes: 1024 * 1024,
  headerBytesMax: 64 * 1024,
  queuedBytesMax: 16 * 1024 * 1024,
  resets: { burst: 100, rate: 100 },
  idleTimeoutMs: 0,
  keepAliveIntervalMs: 0,
  keepAliveTimeoutMs: 0,
};

/** A server that hands its streams to `handler`; ends with the test. */
async function serve(
  t: ExecutionContext,
  handler: Handler,
  bounds: Partial<H2ConnectionOptions> = {},
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    new H2Connection(socket, { ...BOUNDS, request: handler, closed: () => {}, ...bounds });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function sessionTo(t: ExecutionContext, port: number, windowBytes?: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, {
    ...(windowBytes !== undefined && { settings: { initialWindowSize: windowBytes } }),
  });
  session.on("error", () => {});
  t.teardown(() => session.destroy());
  return session;
}

const head = (status: number) => new HeaderBlock().begin(status).field("x-of", "ours").copy();
const ignoring = { data: () => {}, closed: () => {}, drained: () => {} };

async function answerOf(stream: ClientHttp2Stream): Promise<{ status: number; body: Buffer }> {
  const [headers] = (await once(stream, "response")) as [Record<string, number>];
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return { status: headers[":status"]!, body: Buffer.concat(chunks) };
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  return Buffer.concat([bytes, payload]);
}

/** Frames of what was received: [type, flags, stream, payload]. */
function framesOf(received: Buffer): [number, number, number, Buffer][] {
  const frames: [number, number, number, Buffer][] = [];
  for (let at = 0; at + 9 <= received.length; ) {
    const length = received.readUIntBE(at, 3);
    const payload = received.subarray(at + 9, at + 9 + length);
    frames.push([received[at + 3]!, received[at + 4]!, received.readUInt32BE(at + 5), payload]);
    at += 9 + length;
  }
  return frames;
}

test("an answer without trailers ends with its last part, with its head, or on its own", async (t) => {
  const body = Buffer.alloc(100_000, "x");
  const port = await serve(t, (stream, fields) => {
    const [, path] = fields.find(([name]) => name === ":path")!;
    stream.listener = ignoring;
    stream.respond(head(200), path === "/empty");
    if (path === "/one") stream.end({ bytes: body });
    if (path === "/many") {
      for (let at = 0; at < body.length; at += 7_777) stream.send(body.subarray(at, at + 7_777));
      stream.end();
    }
  });
  const session = sessionTo(t, port);
  for (const path of ["/one", "/many"]) {
    const { status, body: got } = await answerOf(session.request({ ":path": path }));
    t.is(status, 200);
    t.true(got.equals(body), path);
  }
  const empty = session.request({ ":path": "/empty" });
  empty.resume();
  await once(empty, "end");
  t.is(empty.rstCode, 0);
});

test("heads larger than a frame, and heads before the answer's, arrive as they were", async (t) => {
  const large = new HeaderBlock().begin(200);
  for (let i = 0; i < 5; i++) large.field(`x-large-${i}`, String(i).repeat(9_000));
  const port = await serve(t, (stream) => {
    stream.listener = ignoring;
    stream.inform(new HeaderBlock().begin(100).view);
    stream.respond(large.view);
    stream.end({ bytes: Buffer.from("ok") });
  });
  const stream = sessionTo(t, port).request({ ":path": "/", ":method": "POST" });
  const [continued, [headers]] = await Promise.all([
    once(stream, "continue"),
    once(stream, "response") as Promise<[Record<string, string>]>,
  ]);
  t.truthy(continued);
  t.is(headers["x-large-4"], "4".repeat(9_000));
  stream.end();
});

test("an answer that is complete before its request asks the client to stop", async (t) => {
  const port = await serve(t, (stream) => {
    stream.listener = ignoring;
    stream.respond(head(413));
    stream.end({ bytes: Buffer.from("too large") });
  });
  const stream = sessionTo(t, port).request({ ":path": "/", ":method": "POST" });
  const { status, body } = await answerOf(stream);
  t.is(status, 413);
  t.is(String(body), "too large");
  if (!stream.closed) await once(stream, "close");
  t.is(stream.rstCode, constants.NGHTTP2_NO_ERROR);
});

test("a stream whose client does not read waits, within bounds, and goes on when it reads", async (t) => {
  const part = Buffer.alloc(10_000, "y");
  const parts = 200;
  const waited = Promise.withResolvers<number>();
  let drains = 0;
  const port = await serve(t, (stream) => {
    let sent = 0;
    const pump = (): void => {
      while (sent < parts && stream.send(part)) sent++;
      if (sent < parts) {
        // What `send` was told to wait with has been taken all the same.
        sent++;
        waited.resolve(stream.queuedBytes);
      } else stream.end();
    };
    stream.listener = {
      ...ignoring,
      drained: () => {
        drains++;
        pump();
      },
    };
    stream.respond(head(200));
    pump();
  });
  const stream = sessionTo(t, port, 20_000).request({ ":path": "/" });
  await once(stream, "response");
  t.true((await waited.promise) <= 64 * 1024 + part.length);
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
  });
  await once(stream, "end");
  t.is(length, parts * part.length);
  t.true(drains > 0);
});

test("what was sent is given back once it has left, and not where the client is gone", async (t) => {
  const given: string[] = [];
  const closed = Promise.withResolvers<boolean>();
  const port = await serve(t, (stream) => {
    stream.listener = { ...ignoring, closed: closed.resolve };
    stream.respond(head(200));
    stream.send(Buffer.alloc(1_000), () => given.push("first"));
    stream.send(Buffer.alloc(100_000), () => given.push("second"));
  });
  const stream = sessionTo(t, port, 30_000).request({ ":path": "/" });
  await once(stream, "response");
  stream.close(constants.NGHTTP2_CANCEL);
  t.true(await closed.promise);
  t.deepEqual(given, ["first"]);
});

test("a body is taken as fast as it is dealt with, and not faster than the window", async (t) => {
  const heard = Promise.withResolvers<H2Stream>();
  let length = 0;
  const port = await serve(t, (stream) => {
    stream.listener = {
      ...ignoring,
      data: (chunk, isLast) => {
        length += chunk.length;
        if (length === BOUNDS.streamWindowBytes) heard.resolve(stream);
        if (isLast) {
          stream.respond(head(200));
          stream.end({ bytes: Buffer.from(String(length)) });
        } else if (length > BOUNDS.streamWindowBytes) stream.consumed(chunk.length);
      },
    };
  });
  const request = sessionTo(t, port).request({ ":path": "/", ":method": "POST" });
  request.end(Buffer.alloc(300_000));
  const stream = await heard.promise;
  t.is(length, BOUNDS.streamWindowBytes, "nothing was given back, so nothing more was sent");
  stream.consumed(length);
  t.is(String((await answerOf(request)).body), "300000");
});

test("more streams than agreed are refused; more resets than borne end the connection", async (t) => {
  const port = await serve(t, (stream) => (stream.listener = ignoring), {
    concurrentStreamsMax: 2,
    resets: { burst: 10, rate: 1 },
  });
  const block = Buffer.from([0x82, 0x84, 0x86]);
  const socket = connectTcp(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  const cancel = Buffer.from([0, 0, 0, 8]);
  const flood = [1, 3, 5].map((id) => frame(1, 5, id, block));
  for (let id = 7; id < 60; id += 2) flood.push(frame(3, 0, id - 6, cancel), frame(1, 5, id, block));
  socket.write(Buffer.concat([PREFACE, frame(4, 0, 0, Buffer.alloc(0)), ...flood]));
  await once(socket, "close");
  const frames = framesOf(Buffer.concat(chunks));
  const refused = frames.find(([type]) => type === 3);
  t.is(refused?.[2], 5);
  t.is(refused?.[3].readUInt32BE(0), constants.NGHTTP2_REFUSED_STREAM);
  const goAway = frames.find(([type]) => type === 7);
  t.is(goAway?.[3].readUInt32BE(4), constants.NGHTTP2_ENHANCE_YOUR_CALM);
});

test("a connection without a request is asked to go in time, one with a request is not", async (t) => {
  const streams: H2Stream[] = [];
  const port = await serve(
    t,
    (stream) => {
      stream.listener = ignoring;
      streams.push(stream);
      stream.respond(head(200));
    },
    { idleTimeoutMs: 100 },
  );
  const idle = sessionTo(t, port);
  const busy = sessionTo(t, port);
  let isBusyGone = false;
  busy.on("goaway", () => {
    isBusyGone = true;
  });
  const request = busy.request({ ":path": "/" });
  await once(request, "response");
  await once(idle, "goaway");
  t.false(isBusyGone);
  request.resume();
  streams[0]!.end({ bytes: Buffer.from("done") });
  await once(request, "end");
  if (!isBusyGone) await once(busy, "goaway");
  t.pass();
});

test("a connection that is told to go ends the requests it has and takes no other", async (t) => {
  const first = Promise.withResolvers<H2Stream>();
  const port = await serve(t, (stream) => {
    stream.listener = ignoring;
    first.resolve(stream);
    stream.respond(head(200));
  });
  const session = sessionTo(t, port);
  const request = session.request({ ":path": "/" });
  await once(request, "response");
  const stream = await first.promise;
  stream.connection.goAway();
  await once(session, "goaway");
  stream.end({ bytes: Buffer.from("still") });
  request.setEncoding("utf8");
  const [text] = (await once(request, "data")) as [string];
  t.is(text, "still");
  await once(session, "close");
});
