/**
 * The store as a part of an application: each member in a process of its own, the workloads in that of the
 * first one, which calls `Kv` directly. Server CPU is that of all these processes, the load's own share
 * included.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInProcess } from "../client/job-process.ts";
import type { Target } from "../target.ts";
import { makeCertificates } from "./certificates.ts";
import type { EmbeddedMember } from "./embedded-member.ts";
import { freePorts } from "./free-port.ts";

const MEMBER = fileURLToPath(new URL("./embedded-member.ts", import.meta.url));
const STOP_MS = 10_000;

/** From a member's process once it serves, or why it does not. */
export type EmbeddedMemberMessage = { readonly serving: true } | { readonly refused: string };

function next(child: ChildProcess): Promise<EmbeddedMemberMessage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(new Error(`an embedded member ended with ${code} before it answered`));
    child.once("exit", ended);
    child.once("message", (message: EmbeddedMemberMessage) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}

async function stopMember(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** Starts members with fresh data; resolves once all serve. */
export async function startEmbedded(members: number): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-bench-embedded-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(stopMember));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const files = await makeCertificates(directory);
    const base = await freePorts(members);
    const initialCluster = Array.from(
      { length: members },
      (_, i) => `m${i}=https://127.0.0.1:${base + i}`,
    ).join(",");
    const started = performance.now();
    for (let member = 0; member < members; member++) {
      const settings: EmbeddedMember = {
        name: `m${member}`,
        dataDir: join(directory, `m${member}`),
        initialCluster,
        peerTls: { certFile: files.cert, keyFile: files.key, caFile: files.ca },
      };
      const child = fork(MEMBER, { serialization: "advanced" });
      children.push(child);
      child.send(settings);
    }
    for (const message of await Promise.all(children.map(next))) {
      if ("refused" in message) throw new Error(`an embedded member did not start: ${message.refused}`);
    }
    return {
      name: "quorate",
      surface: "embedded",
      members,
      endpoints: [],
      credentials: files.credentials,
      metricsUrls: [],
      dataDirectory: directory,
      pids: children.map((child) => child.pid!),
      readySeconds: (performance.now() - started) / 1000,
      runJob: (job, start) => runInProcess(children[0]!, job, start),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
