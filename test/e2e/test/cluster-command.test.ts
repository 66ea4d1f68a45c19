import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { FollowedProgram } from "./support/followed-program.ts";
import { freeBasePort } from "./support/free-ports.ts";
import { MemberClient } from "./support/member-client.ts";

const COMMAND = fileURLToPath(new URL("../bin/quorate.mjs", import.meta.resolve("quorate")));
const PATH = "/api/v1/namespaces/default/configmaps";

interface Place {
  readonly folder: string;
  readonly kubeconfig: string;
  start(...args: string[]): FollowedProgram;
}

async function place(t: ExecutionContext): Promise<Place> {
  const parent = await mkdtemp(join(tmpdir(), "quorate-e2e-"));
  const folder = join(parent, "data");
  const started: FollowedProgram[] = [];
  t.teardown(async () => {
    await Promise.all(started.map((program) => program.end("SIGKILL")));
    await rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  return {
    folder,
    kubeconfig: join(folder, "kubeconfig"),
    start: (...args) => {
      const program = new FollowedProgram(process.execPath, [
        COMMAND,
        "cluster",
        "--data-dir",
        folder,
        ...args,
      ]);
      started.push(program);
      return program;
    },
  };
}

/** Runs the command as `npm start` does, with a channel to it; resolves with its exit code and stderr. */
async function runAsNpmStart(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [COMMAND, "cluster", ...args], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}

const isUp = (line: string) => line.startsWith("Ctrl-C stops it");

/** A process that has ended and waits for its parent to notice is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function memberPids({ folder }: Place, names: readonly string[]): Promise<number[]> {
  return Promise.all(
    names.map(async (name) => Number(await readFile(join(folder, name, "member.pid"), "utf8"))),
  );
}

test("a cluster says where it is, stops at Ctrl-C, and finds its data at the next start", async (t) => {
  const at = await place(t);
  const basePort = await freeBasePort(20);
  const first = at.start("--members=1", `--base-port=${basePort}`);
  await first.until(isUp);
  for (const part of [`https://127.0.0.1:${basePort}`, "leader", at.kubeconfig, "get namespaces"]) {
    t.true(
      first.lines.some((line) => line.includes(part)),
      part,
    );
  }
  const [client] = await MemberClient.forAll(at.kubeconfig);
  t.is((await client!.request("POST", PATH, { metadata: { name: "kept" } })).status, 201);
  client!.close();
  t.is(await first.end("SIGINT"), 0);
  t.is(first.lines.at(-1), "Stopped.");

  const second = at.start();
  await second.until(isUp);
  const [again] = await MemberClient.forAll(at.kubeconfig);
  t.is((await again!.request("GET", `${PATH}/kept`)).status, 200);
  again!.close();
  t.is(await second.end("SIGTERM"), 0);
});

test("a member that dies is brought back; members end with the command that started them", async (t) => {
  const at = await place(t);
  const program = at.start("--members=3", `--base-port=${await freeBasePort(20)}`);
  await program.until(isUp);
  const names = ["m1", "m2", "m3"];
  const [victim] = await memberPids(at, ["m2"]);
  process.kill(victim!, "SIGKILL");
  await program.until((line) => line.startsWith("quorate: m2 was ended by SIGKILL: starting it again"));
  await program.until((line) => line === "m2 is ready");
  const pids = await memberPids(at, names);
  t.true(pids.every(isAlive));
  await program.end("SIGKILL");
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));

  // What the killed command left behind does not stop the next one.
  const next = at.start();
  await next.until(isUp);
  t.is(await next.end("SIGTERM"), 0);
});

test("a start that is refused says why in one line and ends, under npm start too", async (t) => {
  const parent = await mkdtemp(join(tmpdir(), "quorate-e2e-"));
  t.teardown(() => rm(parent, { recursive: true, force: true }));
  const file = join(parent, "file");
  await writeFile(file, "");
  const { code, said } = await runAsNpmStart("--data-dir", join(file, "data"));
  t.is(code, 1);
  t.regex(said, /^quorate: [^\n]*file[^\n]*\n$/);
});
