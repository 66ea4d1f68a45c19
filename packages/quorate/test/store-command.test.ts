import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import test from "ava";
import { CertificateStore } from "../src/certificates/certificate-store.ts";
import { temporaryFolder } from "./member-fixture.ts";
import { aloneFlags, startStore } from "./store-process.ts";

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

async function put(url: string, key: string, value: string): Promise<number> {
  const body = { key: Buffer.from(key).toString("base64"), value: Buffer.from(value).toString("base64") };
  return (await fetch(`${url}/v3/kv/put`, { method: "POST", body: JSON.stringify(body) })).status;
}

test("a store starts by flags, logs JSON, ends by its signal, and keeps what it was given", async (t) => {
  const folder = await temporaryFolder(t);
  const args = [
    ...aloneFlags(join(folder, "data")),
    "-name=solo",
    "--listen-metrics-urls=http://127.0.0.1:0",
    ...["--wal-dir", join(folder, "log"), "--max-wals=3"],
  ];
  const first = startStore(t, args);
  const url = await first.readyUrl();
  for (const { level, ts, msg } of first.lines) {
    t.regex(level, /^(info|warn)$/, msg);
    t.regex(ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  }
  t.deepEqual((await first.line("no effect"))["flags"], ["max-wals"]);
  t.true((await readdir(join(folder, "log"))).length > 0);
  const serving = await first.line("now serving");
  t.is((await get(`${(serving["listen-metrics-urls"] as string[])[0]}/health`)).status, 200);
  t.is(JSON.parse((await get(`${url}/version`)).text).etcdserver, "3.6.16");
  const removal = JSON.stringify({ ID: "1234567" });
  const unknown = await fetch(`${url}/v3/cluster/member/remove`, { method: "POST", body: removal });
  t.is(((await unknown.json()) as { message: string }).message, "etcdserver: member not found");
  t.is(await put(url, "a", "1"), 200);
  const metrics = (await get(`${url}/metrics`)).text;
  t.regex(metrics, /^etcd_disk_wal_fsync_duration_seconds_count [1-9]/m);
  t.regex(metrics, /^etcd_disk_backend_commit_duration_seconds_count [1-9]/m);
  t.regex(metrics, /^etcd_disk_wal_write_bytes_total [1-9]/m);
  t.regex(metrics, /^etcd_server_health_success 1$/m);
  t.regex(metrics, /^etcd_server_proposals_failed_total 0$/m);
  t.regex(metrics, /^etcd_server_leader_changes_seen_total 1$/m);
  t.regex(metrics, /^etcd_server_heartbeat_send_failures_total 0$/m);
  first.child.kill("SIGTERM");
  t.deepEqual(await first.exited, { code: null, signal: "SIGTERM" });
  t.deepEqual(first.lines.slice(-1)[0]?.msg, "closed etcd server");
  const second = startStore(t, args);
  const body = JSON.stringify({ key: Buffer.from("a").toString("base64") });
  const again = await fetch(`${await second.readyUrl()}/v3/kv/range`, { method: "POST", body });
  t.is(((await again.json()) as { count: string }).count, "1");
});

test("the environment sets what no flag does; what both set is refused", async (t) => {
  const folder = await temporaryFolder(t);
  const environment = {
    ETCD_NAME: "from-environment",
    ETCD_DATA_DIR: join(folder, "data"),
    ETCD_LISTEN_CLIENT_URLS: "http://127.0.0.1:0",
    ETCD_ADVERTISE_CLIENT_URLS: "http://127.0.0.1:2379",
    ETCD_LISTEN_PEER_URLS: "http://127.0.0.1:0",
    ETCD_UNKNOWN: "x",
  };
  const store = startStore(t, [], environment);
  await store.readyUrl();
  t.is((await store.line("starting an etcd server"))["name"], "from-environment");
  t.is((await store.line("unrecognized environment"))["environment-variable"], "ETCD_UNKNOWN=x");
  const both = startStore(t, ["--name", "x"], environment);
  t.is((await both.exited).code, 1);
  t.regex(both.lines.at(-1)!.msg, /ETCD_NAME/);
});

test("a file sets everything, and flags beside it nothing", async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, "etcd.conf.yml");
  await writeFile(
    file,
    [
      "name: from-file",
      `data-dir: ${join(folder, "data")}`,
      "listen-client-urls: https://127.0.0.1:0",
      "advertise-client-urls: https://127.0.0.1:2379",
      "listen-peer-urls: http://127.0.0.1:0",
      "grpc-keepalive-timeout: 3000000000",
      "log-outputs: [stderr]",
      "client-transport-security:",
      "  auto-tls: true",
    ].join("\n"),
  );
  const store = startStore(t, ["--config-file", file, "--name", "from-flag"]);
  const url = await store.readyUrl();
  t.regex(url, /^https:/);
  t.is((await store.line("starting an etcd server"))["name"], "from-file");
  t.is((await stat(join(folder, "data/fixtures/client/key.pem"))).mode & 0o777, 0o600);
  const ca = await readFile(join(folder, "data/fixtures/client/cert.pem"));
  t.is(await statusOf(`${url}/health`, { ca }), 200, "the made certificate vouches for itself");
});

function statusOf(url: string, tls: object): Promise<number | string> {
  return new Promise((resolve) => {
    const call = request(url, { ...tls, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end();
  });
}

test("with --client-cert-auth only who has a certificate of the authority gets in", async (t) => {
  const folder = await temporaryFolder(t);
  const certificates = new CertificateStore(folder);
  const authority = await certificates.authority("ca", "test-ca");
  const usages = ["serverAuth", "clientAuth"] as const;
  await certificates.certificate("server", authority, {
    commonName: "server",
    hosts: ["127.0.0.1", "localhost"],
    usages,
  });
  const paths = certificates.paths("server");
  const store = startStore(t, [
    ...["--data-dir", join(folder, "data"), "--listen-client-urls", "https://127.0.0.1:0"],
    ...["--advertise-client-urls", "https://127.0.0.1:2379", "--listen-peer-urls", "https://127.0.0.1:0"],
    ...["--cert-file", paths.certificateFile, "--key-file", paths.keyFile, "--client-cert-auth"],
    ...["--trusted-ca-file", certificates.paths("ca").certificateFile, "--peer-auto-tls"],
  ]);
  const url = await store.readyUrl();
  const ca = authority.certificate;
  const [cert, key] = [await readFile(paths.certificateFile), await readFile(paths.keyFile)];
  t.is(await statusOf(`${url}/health`, { ca, cert, key }), 200);
  t.not(await statusOf(`${url}/health`, { ca }), 200);
});

test("a start that can't be ends in a line and a code: 2 for the command line, 1 for the rest", async (t) => {
  const folder = await temporaryFolder(t);
  const unknown = startStore(t, ["--nope"]);
  let said = "";
  unknown.child.stderr!.on("data", (chunk) => {
    said += chunk;
  });
  t.is((await unknown.exited).code, 2);
  t.regex(said, /^flag provided but not defined: -nope\n/);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const flags = aloneFlags(join(folder, "data"));
  flags[flags.indexOf("--listen-client-urls") + 1] = `http://127.0.0.1:${port}`;
  const busy = startStore(t, flags);
  t.is((await busy.exited).code, 1);
  t.regex(String(busy.lines.at(-1)!["error"]), new RegExp(`127\\.0\\.0\\.1:${port}: the address is in use`));
});
