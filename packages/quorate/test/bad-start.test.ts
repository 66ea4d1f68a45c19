import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { CertificateStore } from "../src/certificates/certificate-store.ts";
import { freePorts } from "./member-fixture.ts";
import { type CommandResult, runCommand, untilLine } from "./support/run-command.ts";

interface Scope {
  teardown(run: () => unknown): void;
}

async function folderOf(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-start-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function listening(t: Scope): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return (server.address() as { port: number }).port;
}

async function serveArgs(folder: string, more: Record<string, string | number> = {}): Promise<string[]> {
  const [securePort, peerPort] = await freePorts(2);
  const flags = {
    "data-dir": join(folder, "m1"),
    "bind-address": "127.0.0.1",
    "secure-port": securePort!,
    "listen-peer-urls": `https://127.0.0.1:${peerPort}`,
    ...more,
  };
  return ["serve", ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

/** One line on stderr, nothing about stacks, and an exit code that says so. */
function oneLine({ code, stderr }: CommandResult): string {
  const lines = stderr.trimEnd().split("\n");
  if (code === 0 || code === null || lines.length !== 1 || !lines[0]!.startsWith("quorate: ")) {
    throw new Error(`not one clear line: code ${code}, ${JSON.stringify(stderr)}`);
  }
  return lines[0]!;
}

test("a busy port is named, with the flag for another, and nothing is left behind", async (t) => {
  const folder = await folderOf(t);
  const port = await listening(t);
  const line = oneLine(await runCommand(await serveArgs(folder, { "secure-port": port })));
  t.regex(line, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use.*--secure-port`));
  const peer = oneLine(
    await runCommand(await serveArgs(folder, { "listen-peer-urls": `https://127.0.0.1:${port}` })),
  );
  t.regex(peer, new RegExp(`${port}.*in use`));
});

test("a data directory in use, one that is a file, and one of another member are refused by name", async (t) => {
  const folder = await folderOf(t);
  const args = await serveArgs(folder);
  const running = await untilLine(t, args, /ready to serve requests/);
  const second = oneLine(await runCommand(await serveArgs(folder)));
  t.regex(second, /m1.*(in use|another process)/);
  await running.stop();
  const stranger = oneLine(await runCommand([...(await serveArgs(folder)), "--name=other"]));
  t.regex(stranger, /belongs to member default, not to other/);
  await writeFile(join(folder, "file"), "");
  const file = oneLine(await runCommand(await serveArgs(folder, { "data-dir": join(folder, "file") })));
  t.true(file.includes(join(folder, "file")));
  const below = oneLine(
    await runCommand(await serveArgs(folder, { "data-dir": join(folder, "file", "m1") })),
  );
  t.true(below.includes(join(folder, "file")));
});

test("a damaged log stops the start with file and offset, and the rest stays as it was", async (t) => {
  const folder = await folderOf(t);
  const args = await serveArgs(folder);
  const running = await untilLine(t, args, /ready to serve requests/);
  await running.stop();
  const log = join(folder, "m1", "log", "0000000000000001.wal");
  const content = await readFile(log);
  content[700]! ^= 1;
  await writeFile(log, content);
  const line = oneLine(await runCommand(args));
  t.regex(line, /0000000000000001\.wal is damaged at offset \d+/);
  t.deepEqual(await readFile(log), content);
});

test("certificates that can't be used are named with the flag they came from", async (t) => {
  const folder = await folderOf(t);
  const store = new CertificateStore(join(folder, "pki"));
  const authority = await store.authority("ca", "test-ca");
  const request = { commonName: "server", hosts: ["127.0.0.1"], usages: ["serverAuth"] as const };
  await store.certificate("one", authority, { ...request, usages: ["serverAuth"] });
  await store.certificate("two", authority, { ...request, usages: ["serverAuth"] });
  const { certificateFile, keyFile } = store.paths("one");
  const tls = (cert: string, key: string) => ({ "tls-cert-file": cert, "tls-private-key-file": key });
  const start = async (more: Record<string, string>) =>
    oneLine(
      await runCommand(
        await serveArgs(folder, { "client-ca-file": store.paths("ca").certificateFile, ...more }),
      ),
    );

  t.regex(
    await start(tls(join(folder, "absent.crt"), keyFile)),
    /--tls-cert-file .*absent\.crt can't be read/,
  );
  t.regex(await start(tls(keyFile, keyFile)), /--tls-cert-file .*one\.key holds no PEM certificate/);
  t.regex(
    await start(tls(certificateFile, store.paths("two").keyFile)),
    /--tls-private-key-file .*two\.key does not belong to .*one\.crt/,
  );
  t.regex(
    await start({ ...tls(certificateFile, keyFile), "client-ca-file": join(folder, "no-ca.crt") }),
    /--client-ca-file .*no-ca\.crt can't be read/,
  );
  const alone = oneLine(
    await runCommand([...(await serveArgs(folder)), `--tls-cert-file=${certificateFile}`]),
  );
  t.regex(alone, /--tls-cert-file needs --tls-private-key-file/);
});

test("flags are refused by name: unknown ones, wrong values, and those without effect that would be a promise", async (t) => {
  const folder = await folderOf(t);
  const start = async (...args: string[]) =>
    oneLine(await runCommand([...(await serveArgs(folder)), ...args]));
  t.regex(await start("--no-such-flag"), /unknown option '--no-such-flag'/);
  t.regex(await start("--secure-port=http"), /--secure-port.*'http'.*whole number/);
  t.regex(await start("--event-ttl=soon"), /--event-ttl.*'soon'.*duration/);
  t.regex(await start("--service-cluster-ip-range=10.0.0.0"), /--service-cluster-ip-range.*range like/);
  t.regex(await start("--controllers=nobody"), /--controllers names "nobody"/);
  t.regex(
    await start("--audit-log-path=/dev/null"),
    /--audit-log-path is a flag of kube-apiserver.*leave it out/,
  );
  t.regex(await start("--heartbeat-interval=500"), /--election-timeout 1000 must be at least five times/);
});

test("a cluster whose ports are busy, or whose numbers are others than before, is refused", async (t) => {
  const folder = await folderOf(t);
  const port = await listening(t);
  const data = `--data-dir=${join(folder, "cluster")}`;
  const busy = oneLine(await runCommand(["cluster", "--members=1", data, `--base-port=${port}`]));
  t.regex(busy, new RegExp(`port ${port} .* in use.*--base-port`));
  await mkdir(join(folder, "old"));
  await writeFile(
    join(folder, "old", "cluster.json"),
    JSON.stringify({ formatVersion: 1, members: 3, basePort: 7000, token: "t" }),
  );
  const members = oneLine(await runCommand(["cluster", "--members=1", `--data-dir=${join(folder, "old")}`]));
  t.regex(members, /this cluster has 3 members, not 1: leave --members out/);
});
