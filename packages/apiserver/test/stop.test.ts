import { once } from "node:events";
import test from "ava";
import { ApiClient, answerOf } from "./support/api-client.ts";
import { CONFIG_MAPS, configMap } from "./support/objects.ts";
import { startTestServer } from "./support/test-server.ts";

test("a stop lets a request end, ends watches, says GOAWAY and takes no new connection", async (t) => {
  const started = await startTestServer();
  const { server, ca, admin } = started;
  const client = new ApiClient(server.url, ca, admin);
  const watch = client.open("GET", `${CONFIG_MAPS}?watch=1`);
  await once(watch, "response");
  watch.resume();
  const body = Buffer.from(JSON.stringify(configMap("late")));
  const writing = client.session.request({
    ":method": "POST",
    ":path": CONFIG_MAPS,
    "content-type": "application/json",
  });
  const answer = answerOf(writing);
  writing.write(body.subarray(0, 10));
  await client.get("/readyz");
  const watchEnded = once(watch, "close");
  const goaway = once(client.session, "goaway");
  const stopped = server.stop({ graceMs: 5_000 });
  await goaway;
  await watchEnded;
  writing.end(body.subarray(10));
  t.is((await answer).status, 201);
  await stopped;
  t.is(await server.ended, undefined);
  const late = new ApiClient(server.url, ca, admin);
  await t.throwsAsync(() => late.get("/readyz"));
  await started.close();
});

test("a request that does not end in its grace is broken off", async (t) => {
  const started = await startTestServer();
  const { server, ca, admin } = started;
  const client = new ApiClient(server.url, ca, admin);
  const stream = client.session.request({ ":method": "POST", ":path": CONFIG_MAPS });
  const outcome = answerOf(stream).then(
    ({ status }) => status,
    () => "broken off",
  );
  stream.write("{");
  await client.get("/readyz");
  await server.stop({ graceMs: 50 });
  t.not(await outcome, 201);
  await started.close();
});

test("a port in use is an error of the start", async (t) => {
  const started = await startTestServer();
  const { port } = started.server;
  const error = await t.throwsAsync(() => startTestServer({ listen: { host: "127.0.0.1", port } }));
  t.is((error as NodeJS.ErrnoException).code, "EADDRINUSE");
  await started.close();
});
