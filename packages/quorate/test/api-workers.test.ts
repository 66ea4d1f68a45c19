import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { type ClientHttp2Session, connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { shareOut } from "../src/workers/share-out.ts";
import { freePorts } from "./member-fixture.ts";
import { type RunningCommand, runCommand, untilLine } from "./support/run-command.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const CONNECTIONS_MAX = 50;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A member that serves by two workers. */
class Member {
  readonly folder: string;
  readonly #port: number;
  readonly #peerPort: number;
  #command: RunningCommand | undefined;

  constructor(folder: string, [port, peerPort]: readonly number[]) {
    this.folder = folder;
    this.#port = port!;
    this.#peerPort = peerPort!;
  }

  /** It ends with `t` at the latest. */
  async start(t: { teardown(run: () => unknown): void }): Promise<RunningCommand> {
    const flags = {
      "data-dir": this.folder,
      "bind-address": "127.0.0.1",
      "secure-port": this.#port,
      "listen-peer-urls": `https://127.0.0.1:${this.#peerPort}`,
      "api-workers": 2,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#command = await untilLine(t, ["serve", ...args], /ready to serve requests/);
    return this.#command;
  }

  /** Ends its process as a power cut would; resolves once all that it started have ended too. */
  async kill(): Promise<void> {
    process.kill(this.#command!.pid, "SIGKILL");
    // Resolves when nobody holds its output any more.
    await this.#command!.stop();
  }

  /** Of a worker, as of its last start. */
  pidOf(worker: number): number {
    const said = this.#command!.lines.findLast((line) => line.includes(`"worker":${worker},"workerPid"`))!;
    return Number(/"workerPid":(\d+)/.exec(said)![1]);
  }

  async connected(t: ExecutionContext): Promise<ClientHttp2Session> {
    const pem = (name: string) => readFile(join(this.folder, "pki", name), "utf8");
    const [ca, cert, key] = await Promise.all(["ca.crt", "admin.crt", "admin.key"].map(pem));
    const session = connect(`https://127.0.0.1:${this.#port}`, { ca: ca!, cert: cert!, key: key! });
    session.on("error", () => {});
    t.teardown(() => session.destroy());
    return session;
  }

  /** A connection to each of the workers, in their order. */
  async connectedToEach(t: ExecutionContext): Promise<[ClientHttp2Session, ClientHttp2Session]> {
    const found: (ClientHttp2Session | undefined)[] = [undefined, undefined];
    for (let tried = 0; !(found[0] && found[1]); tried++) {
      if (tried > CONNECTIONS_MAX) throw new Error("all connections go to one worker");
      const session = await this.connected(t);
      found[(await workerOf(session)) - 1] ??= session;
    }
    return [found[0]!, found[1]!];
  }
}

function call(session: ClientHttp2Session, method: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const stream = session.request({ ":method": method, ":path": path, ...type });
    let status = 0;
    const chunks: Buffer[] = [];
    stream.on("response", (headers) => {
      status = headers[":status"]!;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve({ status, text: Buffer.concat(chunks).toString() }));
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("the stream was closed")));
    stream.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A metric by worker: those of 1 and 2. */
async function byWorker(session: ClientHttp2Session, name: string): Promise<number[]> {
  const { text } = await call(session, "GET", "/metrics");
  return [1, 2].map((worker) =>
    Number(new RegExp(`^${name}{worker="${worker}"} (.*)$`, "m").exec(text)?.[1]),
  );
}

/** Which worker has the connection: the one that counts what is asked for on it. */
async function workerOf(session: ClientHttp2Session): Promise<number> {
  const requests = "quorate_api_worker_requests_total";
  const before = await byWorker(session, requests);
  for (let i = 0; i < 5; i++) await call(session, "GET", "/version");
  const after = await byWorker(session, requests);
  return after[0]! - before[0]! >= 5 ? 1 : 2;
}

/** Names of objects as a watch of the connection tells them. */
function watched(session: ClientHttp2Session): {
  readonly ready: Promise<unknown>;
  until(name: string): Promise<void>;
} {
  const stream = session.request({ ":path": `${MAPS}?watch=true` });
  const names = new Set<string>();
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const line of lines)
      names.add((JSON.parse(line) as { object: { metadata: { name: string } } }).object.metadata.name);
  });
  stream.on("error", () => {});
  return {
    ready: once(stream, "response"),
    until: async (name) => {
      while (!names.has(name)) await once(stream, "data");
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const map = (name: string) => ({ metadata: { name }, data: { key: "value" } });
const ends: (() => unknown)[] = [];
/** Beyond one test. */
const lifetime = { teardown: (run: () => unknown) => ends.push(run) };
let member: Member;

test.before(async () => {
  const folder = await mkdtemp(join(tmpdir(), "quorate-workers-"));
  lifetime.teardown(() => rm(folder, { recursive: true, force: true }));
  member = new Member(folder, await freePorts(2));
  await member.start(lifetime);
});

test.after.always(async () => {
  for (const end of ends.reverse()) await end();
});

test.serial("what is written through one worker is read and watched through the other at once", async (t) => {
  const sessions = await member.connectedToEach(t);
  const watches = sessions.map(watched);
  await Promise.all(watches.map(({ ready }) => ready));
  for (let i = 0; i < 20; i++) {
    const [writer, reader] = i % 2 === 0 ? sessions : sessions.toReversed();
    const name = `written-${i}`;
    t.is((await call(writer!, "POST", MAPS, map(name))).status, 201);
    t.is((await call(reader!, "GET", `${MAPS}/${name}`)).status, 200);
    t.true((await call(reader!, "GET", MAPS)).text.includes(name));
    t.is((await call(reader!, "POST", MAPS, map(name))).status, 409);
  }
  await Promise.all(watches.map((watch) => watch.until("written-19")));
});

test.serial("metrics are those of all workers, and every worker is ready", async (t) => {
  for (const session of await member.connectedToEach(t)) {
    const { text } = await call(session, "GET", "/metrics");
    t.regex(
      text,
      /^apiserver_request_total\{[^}]*resource="configmaps"[^}]*code="201"[^}]*\} 20$|^apiserver_request_total\{[^}]*code="201"[^}]*resource="configmaps"[^}]*\} 20$/m,
    );
    t.regex(text, /^etcd_server_is_leader 1$/m);
    t.deepEqual(await byWorker(session, "quorate_api_worker_up"), [1, 1]);
    t.is((await call(session, "GET", "/readyz")).status, 200);
  }
});

test.serial("a worker that dies breaks its own connections only, and comes back", async (t) => {
  const [broken, kept] = await member.connectedToEach(t);
  const watch = watched(kept);
  await watch.ready;
  const closed = once(broken, "close");
  process.kill(member.pidOf(1), "SIGKILL");
  await closed;
  t.is((await call(kept, "POST", MAPS, map("after-the-death"))).status, 201);
  await watch.until("after-the-death");
  while ((await byWorker(kept, "quorate_api_worker_up"))[0] === 0) await call(kept, "GET", "/version");
  t.deepEqual(await byWorker(kept, "quorate_api_worker_restarts_total"), [1, 0]);
  const [back] = await member.connectedToEach(t);
  t.is((await call(back, "GET", `${MAPS}/after-the-death`)).status, 200);
  t.is((await call(back, "GET", "/readyz")).status, 200);
});

test.serial("workers end with their member, whose next start minds nothing that was left", async (t) => {
  await member.kill();
  const command = await member.start(lifetime);
  const session = await member.connected(t);
  t.is((await call(session, "GET", `${MAPS}/after-the-death`)).status, 200);
  const stopped = command.stop();
  const goneAway = once(session, "goaway");
  await goneAway;
  t.is(await stopped, 0);
  t.deepEqual(
    [1, 2].map((worker) => isAlive(member.pidOf(worker))),
    [false, false],
  );
  await t.throwsAsync(access(join(member.folder, "api.sock")), { code: "ENOENT" });
});

test("limits of requests in flight are shared out, and no worker is left without", (t) => {
  const limits = { readingInFlightMax: 401, mutatingInFlightMax: 1, requestTimeoutMs: 5 };
  t.deepEqual(shareOut(limits, 4), { ...limits, readingInFlightMax: 101, mutatingInFlightMax: 1 });
  t.deepEqual(shareOut(undefined, 2), { readingInFlightMax: 200, mutatingInFlightMax: 100 });
});

test("a number of workers that can't be is refused", async (t) => {
  const { code, stderr } = await runCommand(["serve", "--api-workers", "0"]);
  t.is(code, 2);
  t.regex(stderr, /--api-workers.*1/);
});
