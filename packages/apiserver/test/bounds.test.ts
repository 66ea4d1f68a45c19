import { once } from "node:events";
import { constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ExecutionContext } from "ava";
import { ApiClient, answerOf } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap } from "./support/objects.ts";
import { type ServerContext, testWithServer } from "./support/with-server.ts";

const test = testWithServer({
  limits: {
    bodyBytesMax: 64 * 1024,
    headerBytesMax: 64 * 1024,
    requestTimeoutMs: 1_500,
    headersTimeoutMs: 500,
    handshakeTimeoutMs: 500,
  },
});

type Context = ExecutionContext<ServerContext>;

function socketTo({ started }: ServerContext, alpn: string): TLSSocket {
  const { port } = started.server;
  const { admin, ca } = started;
  return connectTls({ host: "127.0.0.1", port, ca, ...admin, ALPNProtocols: [alpn] });
}

/** Resolves with what came until the socket was closed, in whatever way. */
function textUntilClosed(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

async function requireServed(t: Context): Promise<void> {
  const { started } = t.context;
  const client = new ApiClient(started.server.url, started.ca, started.admin);
  t.is((await client.get(CONFIG_MAPS)).status, 200);
  client.close();
}

test("a body above the limit is a 413, announced or not", async (t: Context) => {
  const { started } = t.context;
  const client = new ApiClient(started.server.url, started.ca, started.admin);
  const body = JSON.stringify(configMap("big", { big: "x".repeat(100_000) }));
  const unannounced = await client.request("POST", CONFIG_MAPS, body);
  t.is(unannounced.status, 413);
  t.is(unannounced.json.reason, "RequestEntityTooLarge");
  t.is(unannounced.json.message, "Request entity too large: limit is 65536");
  const announced = await client.request("POST", CONFIG_MAPS, body, {
    "content-length": String(body.length),
  });
  t.is(announced.status, 413);
  client.close();
  await requireServed(t);
});

test("a body that is not as long as it was announced breaks its stream", async (t: Context) => {
  const { started } = t.context;
  const client = new ApiClient(started.server.url, started.ca, started.admin);
  for (const announced of ["5", "500"]) {
    const stream = client.session.request({
      ":method": "POST",
      ":path": CONFIG_MAPS,
      "content-type": "application/json",
      "content-length": announced,
    });
    stream.end(JSON.stringify(configMap("other", {})));
    await t.throwsAsync(once(stream, "close"), { code: "ERR_HTTP2_STREAM_ERROR" });
    t.is(stream.rstCode, constants.NGHTTP2_PROTOCOL_ERROR, announced);
  }
  client.close();
  await requireServed(t);
});

test("a body that never ends is a 504 at the request's deadline", async (t: Context) => {
  const { started } = t.context;
  const client = new ApiClient(started.server.url, started.ca, started.admin);
  const stream = client.session.request({
    ":method": "POST",
    ":path": `${CONFIG_MAPS}?timeout=200ms`,
    "content-type": "application/json",
  });
  stream.write('{"kind":');
  const answer = await answerOf(stream);
  t.is(answer.status, 504);
  t.is(answer.json.reason, "Timeout");
  client.close();
  await requireServed(t);
});

test("an HTTP/1.1 body that never ends is a 504, and its connection is closed", async (t: Context) => {
  const socket = socketTo(t.context, "http/1.1");
  socket.write(`POST ${CONFIG_MAPS}?timeout=200ms HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{`);
  const text = await textUntilClosed(socket);
  t.true(text.startsWith("HTTP/1.1 504 "), text.slice(0, 100));
  await requireServed(t);
});

test("huge HTTP/1.1 headers are refused with a 431", async (t: Context) => {
  const socket = socketTo(t.context, "http/1.1");
  const closed = textUntilClosed(socket);
  await once(socket, "secureConnect");
  const line = `x-filler: ${"y".repeat(8_000)}\r\n`;
  socket.write("GET /api HTTP/1.1\r\nhost: x\r\n");
  for (let i = 0; i < 1_250 && socket.writable; i++) socket.write(line);
  t.true((await closed).startsWith("HTTP/1.1 431 "));
  await requireServed(t);
});

test("huge HTTP/2 headers are refused and others are served meanwhile", async (t: Context) => {
  const { started } = t.context;
  const client = new ApiClient(started.server.url, started.ca, started.admin);
  await once(client.session, "connect");
  const headers: Record<string, string> = {};
  for (let i = 0; i < 100; i++) headers[`x-filler-${i}`] = "y".repeat(8_000);
  const outcome = await client.get("/api", headers).then(
    ({ status }) => status,
    () => "broken off",
  );
  t.not(outcome, 200);
  await requireServed(t);
  client.close();
});

test("a client that sends half a request line is cut off", async (t: Context) => {
  const socket = socketTo(t.context, "http/1.1");
  const closed = textUntilClosed(socket);
  await once(socket, "secureConnect");
  socket.write("GET /ap");
  await closed;
  t.pass();
  await requireServed(t);
});

test("a client that never shakes hands is cut off", async (t: Context) => {
  const socket = connectTcp(t.context.started.server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "close");
  t.pass();
  await requireServed(t);
});

test("JSON that nests deeper than the limit is a 400", async (t: Context) => {
  const { admin } = t.context;
  const answer = await admin.post(CONFIG_MAPS, `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`);
  t.is(answer.status, 400);
  t.true(answer.json.message.includes("exceeded max depth"));
});

test("a connection has no more streams than it may", async (t: Context) => {
  const { admin } = t.context;
  await admin.get(CONFIG_MAPS);
  t.is(admin.session.remoteSettings.maxConcurrentStreams, 100);
});
