/** The client over TLS: whom it trusts, what it shows, and by which name it checks a server. */
import { readFileSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import { type ClientTls, type EtcdTls, openEtcdKv, startEtcdApi } from "../src/index.ts";
import { localBackend } from "./local-backend.ts";

const read = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const ca = read("ca.pem");
const client: EtcdTls = { ca, cert: read("client.pem"), key: read("client.key") };

async function serve(t: ExecutionContext, name: "server" | "elsewhere", more: Partial<ClientTls> = {}) {
  const backend = await localBackend();
  const tls = { cert: read(`${name}.pem`), key: read(`${name}.key`), ...more };
  const api = await startEtcdApi({ backend, listenUrls: ["https://127.0.0.1:0"], tls });
  t.teardown(async () => {
    await api.close(0);
    await backend.kv.close();
  });
  return api.urls[0]!;
}

function open(t: ExecutionContext, url: string, tls: EtcdTls | (() => EtcdTls)) {
  const kv = openEtcdKv({ endpoints: [url], tls });
  t.teardown(() => kv.close());
  return kv;
}

const writes = { key: Buffer.from("a"), value: Buffer.from("1") };
/** Long enough for a first attempt on a busy machine. */
const REFUSED = { timeoutMs: 3_000 };

test("a server is checked by its address and by its name", async (t) => {
  const url = await serve(t, "server");
  t.is((await open(t, url, { ca }).put(writes)).header.revision, 2);
  t.is((await open(t, url.replace("127.0.0.1", "localhost"), { ca }).put(writes)).header.revision, 3);
});

test("a certificate for another address is refused", async (t) => {
  const url = await serve(t, "elsewhere");
  await t.throwsAsync(open(t, url, { ca }).put(writes, REFUSED), { message: /127\.0\.0\.1/ });
});

test("a server that nobody trusted has signed for is refused", async (t) => {
  const url = await serve(t, "server");
  const kv = open(t, url, { ca: read("stranger-ca.pem") });
  await t.throwsAsync(kv.put(writes, REFUSED), { message: /certificate/ });
});

test("a server that asks for certificates gets ours, and refuses who shows none", async (t) => {
  const url = await serve(t, "server", { clientCa: ca, requireClientCertificate: true });
  t.is((await open(t, url, client).put(writes)).header.revision, 2);
  await t.throwsAsync(open(t, url, { ca }).put(writes, REFUSED), { code: "UNAVAILABLE" });
});

test("renewed certificates are used at the next attempt", async (t) => {
  const url = await serve(t, "server", { clientCa: ca, requireClientCertificate: true });
  let isRenewed = false;
  const kv = open(t, url, () => (isRenewed ? client : { ca }));
  await t.throwsAsync(kv.put(writes, REFUSED), { code: "UNAVAILABLE" });
  isRenewed = true;
  t.is((await kv.put(writes)).header.revision, 2);
});
