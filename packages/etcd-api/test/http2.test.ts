import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import test from "ava";
import { frameMessage } from "../src/grpc-framing.ts";
import { messageCodec } from "../src/message-codec.ts";
import { b, openSurface, type Surface } from "./surface.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const PREFACE = b("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const SETTINGS = bytes("000000 04 00 00000000");
const putRequest = messageCodec("etcdserverpb.PutRequest");
const rangeResponse = messageCodec("etcdserverpb.RangeResponse");

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A raw connection to a surface that collects what comes. */
async function rawConnection({ url }: Surface): Promise<{ socket: Socket; received: () => Buffer }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  return { socket, received: () => Buffer.concat(chunks) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("close", () => resolve()));
}

/** The code of the GOAWAY that a connection ends with. */
function goAwayCode(received: Buffer): number | undefined {
  for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    if (received[at + 3] === 7) return received.readUInt32BE(at + 13);
  }
  return undefined;
}

test("Node's own HTTP/2 client is served; large answers wait for its window and come whole", async (t) => {
  const surface = await openSurface(t);
  const value = Buffer.alloc(1_000_000, 7);
  for (const key of ["a", "b", "c"]) await surface.client.call("KV/Put", { key: b(key), value });
  const session = connectHttp2(surface.url, { settings: { initialWindowSize: 10_000 } });
  t.teardown(() => session.destroy());
  const ask = async (): Promise<Buffer> => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/etcdserverpb.KV/Range",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.end(
      frameMessage(messageCodec("etcdserverpb.RangeRequest").encode({ key: b("a"), range_end: b("z") })),
    );
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    const [trailers] = (await once(stream, "trailers")) as [Record<string, string>];
    t.is(trailers["grpc-status"], "0");
    return Buffer.concat(chunks);
  };
  for (const answer of await Promise.all([ask(), ask(), ask()])) {
    t.is(answer.length, 5 + answer.readUInt32BE(1));
    const { kvs } = rangeResponse.decode(answer.subarray(5));
    t.deepEqual(
      kvs.map((kv) => Buffer.from(kv.value).equals(value)),
      [true, true, true],
    );
  }
});

test("a message in many frames, padded ones and compressed ones among them, is put together", async (t) => {
  const surface = await openSurface(t);
  const session = connectHttp2(surface.url);
  t.teardown(() => session.destroy());
  const put = async (body: Buffer, encoding: string, part: number) => {
    const stream = session.request(
      {
        ":method": "POST",
        ":path": "/etcdserverpb.KV/Put",
        "content-type": "application/grpc",
        "grpc-encoding": encoding,
      },
      { paddingStrategy: constants.PADDING_STRATEGY_MAX } as never,
    );
    for (let at = 0; at < body.length; at += part) stream.write(body.subarray(at, at + part));
    stream.end();
    stream.resume();
    const [trailers] = (await once(stream, "trailers")) as [Record<string, string>];
    return trailers["grpc-status"];
  };
  const message = putRequest.encode({ key: b("k"), value: Buffer.alloc(100_000, 1) });
  t.is(await put(frameMessage(message), "identity", 3_333), "0");
  t.is(await put(frameMessage(putRequest.encode({ key: b("s"), value: b("1") })), "identity", 1), "0");
  const packed = frameMessage(gzipSync(message));
  packed[0] = 1;
  t.is(await put(packed, "gzip", 50), "0");
  t.is(await put(packed, "identity", 50), "13", "a flag that does not fit the encoding");
  t.is(await put(packed, "snappy", 50), "12");
  const bomb = frameMessage(gzipSync(Buffer.alloc(10_000_000)));
  bomb[0] = 1;
  t.is(await put(bomb, "gzip", 10_000), "8");
  t.is(await put(frameMessage(b("garbage")), "identity", 100), "13");
  t.is(await put(Buffer.alloc(0), "identity", 1), "13", "no message at all");
  t.is(await put(Buffer.concat([frameMessage(message), frameMessage(message)]), "identity", 9_999), "13");
});

test("unknown methods and services, and what is no gRPC, are answered so", async (t) => {
  const surface = await openSurface(t);
  const session = connectHttp2(surface.url);
  t.teardown(() => session.destroy());
  const ask = async (headers: Record<string, string>) => {
    const stream = session.request({ ":method": "POST", "content-type": "application/grpc", ...headers });
    stream.end();
    stream.resume();
    const [[head], [trailers]] = (await Promise.all([
      once(stream, "response"),
      once(stream, "trailers"),
    ])) as [[Record<string, unknown>], [Record<string, string>]];
    return [head[":status"], trailers["grpc-status"], trailers["grpc-message"]];
  };
  t.deepEqual(await ask({ ":path": "/etcdserverpb.KV/Nothing" }), [
    200,
    "12",
    "unknown method Nothing for service etcdserverpb.KV",
  ]);
  t.deepEqual((await ask({ ":path": "/none.None/Nothing" }))[2], "unknown service none.None");
  t.is((await ask({ ":path": "/x", "content-type": "text/plain" }))[0], 415);
});

test("a connection that breaks the protocol ends with a GOAWAY that says how", async (t) => {
  const surface = await openSurface(t);
  const cases: readonly (readonly [name: string, code: number, ...frames: Buffer[]])[] = [
    ["a frame too large", 6, frame(0, 0, 1, Buffer.alloc(20_000))],
    ["data of no stream", 1, frame(0, 0, 5, b("x"))],
    ["an even stream", 1, frame(1, 4, 2, bytes("82"))],
    ["a header block of garbage", 9, frame(1, 4, 1, bytes("ff"))],
    ["a continuation of nothing", 1, frame(9, 4, 1, bytes("82"))],
    ["a block that is interrupted", 1, frame(1, 0, 1, bytes("82")), frame(6, 0, 0, Buffer.alloc(8))],
    ["settings of a wrong size", 6, frame(4, 0, 0, Buffer.alloc(5))],
    ["a ping of a wrong size", 6, frame(6, 0, 0, Buffer.alloc(7))],
    ["a window of nothing", 1, frame(8, 0, 0, Buffer.alloc(4))],
    ["a window too large", 3, frame(8, 0, 0, bytes("7fffffff")), frame(8, 0, 0, bytes("7fffffff"))],
    ["a push", 1, frame(5, 0, 1, Buffer.alloc(4))],
    ["padding longer than the frame", 1, frame(1, 0xc, 1, bytes("ff82"))],
    ["headers without end", 11, ...endlessHeaders()],
  ];
  for (const [name, code, ...frames] of cases) {
    const { socket, received } = await rawConnection(surface);
    socket.write(Buffer.concat([PREFACE, SETTINGS, ...frames]));
    await closed(socket);
    t.is(goAwayCode(received()), code, name);
  }
  await surface.client.call("KV/Put", { key: b("still"), value: b("there") });
});

function endlessHeaders(): Buffer[] {
  const part = Buffer.alloc(16_000, 0x82);
  return [frame(1, 0, 1, part), ...Array.from({ length: 10 }, () => frame(9, 0, 1, part))];
}

test("a flood of frames that cost nothing is not served", async (t) => {
  const surface = await openSurface(t);
  const { socket, received } = await rawConnection(surface);
  const ping = frame(6, 0, 0, Buffer.alloc(8));
  socket.write(Buffer.concat([PREFACE, SETTINGS, ...Array.from({ length: 25_000 }, () => ping)]));
  // The rest of the flood is never read, so the GOAWAY may be lost to a reset.
  await closed(socket);
  t.true([11, undefined].includes(goAwayCode(received())));
  await surface.client.call("KV/Put", { key: b("still"), value: b("there") });
});

test("a connection that is idle is asked whether it is there, and ended where it is not", async (t) => {
  const surface = await openSurface(t, { keepAliveIntervalMs: 50, keepAliveTimeoutMs: 50 });
  const { socket, received } = await rawConnection(surface);
  socket.write(Buffer.concat([PREFACE, SETTINGS]));
  await closed(socket);
  t.true(received().includes(frame(6, 0, 0, Buffer.alloc(8))));
});

test("a surface that closes ends long calls at once and lets short ones end", async (t) => {
  const surface = await openSurface(t);
  const watch = surface.client.open("Watch/Watch");
  watch.send({ create_request: { key: b("a") } });
  await watch.next();
  const closing = surface.api.close(10_000);
  const ended = await watch.next().catch((refusal: unknown) => refusal);
  t.deepEqual(ended, { code: 14, text: "etcdserver: server stopped" });
  await closing;
});
