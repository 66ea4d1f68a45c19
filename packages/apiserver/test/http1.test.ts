import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Json } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap } from "./support/objects.ts";
import type { TestServer } from "./support/test-server.ts";
import { testWithServer } from "./support/with-server.ts";

const test = testWithServer();

function send(started: TestServer, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { ca, admin, server } = started;
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const request = httpsRequest(`${server.url}${path}`, { method, ca, ...admin, headers, agent: false });
    request.on("response", resolve);
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return text;
}

test("the API speaks HTTP/1.1 too", async (t) => {
  const { started } = t.context;
  const created = await send(started, "POST", CONFIG_MAPS, configMap("one"));
  t.is(created.statusCode, 201);
  t.is(created.httpVersion, "1.1");
  const made = JSON.parse(await textOf(created)) as Json;
  const read = await send(started, "GET", `${CONFIG_MAPS}/one`);
  t.deepEqual(JSON.parse(await textOf(read)), made);
  const absent = await send(started, "DELETE", `${CONFIG_MAPS}/none`);
  t.is(absent.statusCode, 404);
  absent.resume();
});

test("a watch over HTTP/1.1 is a chunked body", async (t) => {
  const { started } = t.context;
  await send(started, "POST", CONFIG_MAPS, configMap("watched"));
  const path = `${CONFIG_MAPS}?watch=1&fieldSelector=metadata.name%3Dwatched&timeoutSeconds=1`;
  const answer = await send(started, "GET", path);
  t.is(answer.headers["transfer-encoding"], "chunked");
  t.is(answer.headers["content-type"], "application/json");
  const text = await textOf(answer);
  t.is(JSON.parse(text.split("\n")[0]!).type, "ADDED");
});
