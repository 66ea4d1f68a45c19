import { request } from "node:http";
import test from "ava";
import { ETCD_VERSION } from "../src/index.ts";
import { b, openSurface } from "./surface.ts";

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

test("/version, /health, /livez and /readyz answer as etcd's", async (t) => {
  const { url } = await openSurface(t);
  t.deepEqual(JSON.parse((await get(`${url}/version`)).text), {
    etcdserver: ETCD_VERSION,
    etcdcluster: "3.6.0",
    storage: "3.6.0",
  });
  t.deepEqual(await get(`${url}/health`), { status: 200, text: '{"health":"true","reason":""}' });
  t.deepEqual(await get(`${url}/livez`), { status: 200, text: "ok\n" });
  const ready = await get(`${url}/readyz?verbose`);
  for (const check of ["data_corruption", "serializable_read", "linearizable_read", "non_learner"]) {
    t.true(ready.text.includes(`[+]${check} ok`), check);
  }
  t.is((await get(`${url}/readyz/linearizable_read`)).status, 200);
  t.is((await get(`${url}/readyz/none`)).status, 404);
  t.is((await fetch(`${url}/health`, { method: "POST" })).status, 405);
});

test("alarms make a member unhealthy, unless they are excluded", async (t) => {
  const { url, client } = await openSurface(t);
  await client.call("Maintenance/Alarm", { action: 1, memberID: 1n, alarm: 1 });
  t.deepEqual(await get(`${url}/health`), {
    status: 503,
    text: '{"health":"false","reason":"ALARM NOSPACE"}',
  });
  t.is((await get(`${url}/health?exclude=NOSPACE`)).status, 200);
  await client.call("Maintenance/Alarm", { action: 1, memberID: 1n, alarm: 2 });
  t.is((await get(`${url}/readyz`)).status, 503);
  t.is((await get(`${url}/readyz?exclude=data_corruption`)).status, 200);
});

test("/metrics counts calls by method and code, and tells of the member", async (t) => {
  const { url, client } = await openSurface(t);
  await client.call("KV/Put", { key: b("a") });
  await client.refusal("KV/Put", {});
  const { text } = await get(`${url}/metrics`);
  const put = 'grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"';
  for (const line of [
    `grpc_server_started_total{${put}} 2`,
    `grpc_server_handled_total{grpc_code="OK",${put}} 1`,
    `grpc_server_handled_total{grpc_code="InvalidArgument",${put}} 1`,
    `etcd_server_version{server_version="${ETCD_VERSION}"} 1`,
    'etcd_server_client_requests_total{client_api_version="unknown",type="unary"} 2',
    "etcd_server_has_leader 1",
    "etcd_debugging_mvcc_keys_total 1",
    "etcd_mvcc_put_total 2",
  ]) {
    t.true(text.split("\n").includes(line), line);
  }
});

test("pages of other origins and foreign names of the host get in only where they are allowed", async (t) => {
  const open = await openSurface(t);
  const any = await fetch(`${open.url}/version`, { headers: { origin: "http://page.example" } });
  t.is(any.headers.get("access-control-allow-origin"), "*");
  const httpAccess = { origins: ["http://good.example"], hosts: ["good.example"] };
  const { url } = await openSurface(t, { httpAccess });
  const ask = (host: string, origin: string, method = "GET") =>
    new Promise<readonly [number | undefined, unknown]>((resolve) => {
      request(`${url}/version`, { method, headers: { host, origin } }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers["access-control-allow-origin"]]);
      }).end();
    });
  t.deepEqual(await ask("good.example:2379", "http://good.example"), [200, "http://good.example"]);
  t.deepEqual(await ask("good.example", "http://bad.example", "OPTIONS"), [200, undefined]);
  t.deepEqual(await ask("bad.example", "http://good.example"), [421, undefined]);
});

test("an address that can't be taken is named", async (t) => {
  const { url } = await openSurface(t);
  const message = new RegExp(`can't listen on ${url}: the address is in use`);
  await t.throwsAsync(openSurface(t, { listenUrls: [url] }), { code: "ADDRESS_IN_USE", message });
  await t.throwsAsync(openSurface(t, { listenUrls: ["https://127.0.0.1:0"] }), { code: "BAD_LISTEN_URL" });
});
