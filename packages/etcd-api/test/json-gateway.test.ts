import { once } from "node:events";
import { request } from "node:http";
import test from "ava";
import { openSurface } from "./surface.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method: "POST", body: text, headers });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

test("messages are JSON: bytes in base64, 64-bit numbers as text, nothing that is zero", async (t) => {
  const { url } = await openSurface(t);
  const put = await post(url, "/v3/kv/put", { key: base64("a"), value: base64("1") });
  t.deepEqual(put, {
    status: 200,
    json: { header: { cluster_id: "1", member_id: "1", revision: "2", raft_term: "1" } },
  });
  const range = await post(url, "/v3/kv/range", { key: base64("a"), sortOrder: "DESCEND", unknown: 1 });
  t.deepEqual(range.json["kvs"], [
    { key: base64("a"), create_revision: "2", mod_revision: "2", version: "1", value: base64("1") },
  ]);
  t.is(range.json["count"], "1");
  const txn = await post(url, "/v3/kv/txn", {
    compare: [{ target: "CREATE", key: base64("a"), createRevision: "2" }],
    success: [{ requestPut: { key: base64("a"), value: base64("2") } }],
  });
  t.deepEqual([txn.status, txn.json["succeeded"]], [200, true]);
  t.is((await post(url, "/v3beta/kv/range", { key: base64("a") })).status, 200);
});

test("ids beyond 2^53 stay what they are, written as numbers or as text", async (t) => {
  const { url } = await openSurface(t);
  const body = '{"TTL": 60, "ID": 3222397880750129385}';
  t.is((await post(url, "/v3/lease/grant", body)).json["ID"], "3222397880750129385");
  t.is((await post(url, "/v3/lease/revoke", '{"ID": "3222397880750129385"}')).status, 200);
  t.is((await post(url, "/v3/lease/revoke", '{"ID": 3222397880750129385}')).status, 404);
});

test("errors are the gRPC code and text, with the status that goes with them", async (t) => {
  const { url } = await openSurface(t);
  t.deepEqual(await post(url, "/v3/kv/put", {}), {
    status: 400,
    json: { code: 3, message: "etcdserver: key is not provided", details: [] },
  });
  t.is((await post(url, "/v3/lease/revoke", { ID: "5" })).status, 404);
  t.is((await post(url, "/v3/kv/put", "{")).status, 400);
  t.is((await post(url, "/v3/kv/put", { key: "*" })).status, 400);
  t.is((await fetch(`${url}/v3/kv/put`)).status, 405);
  t.is((await fetch(`${url}/v3/none`, { method: "POST" })).status, 404);
  t.is((await post(url, "/v3/kv/put", { key: base64("x".repeat(3_000_000)) })).status, 429);
});

test("a watch answers with a JSON object a line", async (t) => {
  const { url } = await openSurface(t);
  const call = request(`${url}/v3/watch`, { method: "POST" });
  call.end(JSON.stringify({ create_request: { key: base64("a") } }));
  const [response] = (await once(call, "response")) as [import("node:http").IncomingMessage];
  t.teardown(() => call.destroy());
  let text = "";
  response.on("data", (chunk) => {
    text += chunk;
  });
  const lines = async (count: number) => {
    while (text.split("\n").length <= count) await once(response, "data");
    return text
      .split("\n")
      .slice(0, count)
      .map((line) => JSON.parse(line) as { result: Record<string, unknown> });
  };
  t.is((await lines(1))[0]!.result["created"], true);
  await post(url, "/v3/kv/put", { key: base64("a"), value: base64("1") });
  const [, event] = await lines(2);
  t.is((event!.result["events"] as { kv: { value: string } }[])[0]!.kv.value, base64("1"));
});

test("the token of a caller goes in the header Authorization", async (t) => {
  const { url } = await openSurface(t);
  await post(url, "/v3/auth/user/add", { name: "root", password: "p" });
  await post(url, "/v3/auth/role/add", { name: "root" });
  await post(url, "/v3/auth/user/grant", { user: "root", role: "root" });
  await post(url, "/v3/auth/enable", {});
  t.is((await post(url, "/v3/kv/range", { key: base64("a") })).status, 400);
  const { json } = await post(url, "/v3/auth/authenticate", { name: "root", password: "p" });
  const range = await post(
    url,
    "/v3/kv/range",
    { key: base64("a") },
    { authorization: String(json["token"]) },
  );
  t.is(range.status, 200);
});
