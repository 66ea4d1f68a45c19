/**
 * Hands on a running `quorate cluster`: which process is which member, who leads, whether all are ready.
 * Faults are signals to member processes by id; the cluster command itself brings dead members back.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { ApiClient } from "../client/api-client.ts";
import { descendants } from "../process-tree.ts";
import { type QuorateTarget, startQuorate } from "../targets/quorate-target.ts";
import { isReady } from "../targets/ready.ts";

export interface MemberProcess {
  readonly member: number;
  readonly pid: number;
}

function commandLine(pid: number): string[] {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(/\s+/);
  } catch {
    return [];
  }
}

function portOf(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === "--secure-port") return args[index + 1];
    if (arg.startsWith("--secure-port=")) return arg.slice("--secure-port=".length);
  }
  return undefined;
}

export class ClusterControl {
  readonly target: QuorateTarget;
  readonly #clients: ApiClient[];

  constructor(target: QuorateTarget) {
    this.target = target;
    this.#clients = target.endpoints.map(
      (endpoint) =>
        new ApiClient({
          endpoints: [endpoint],
          credentials: target.credentials,
          connections: 1,
          protocol: "h2",
        }),
    );
  }

  static async start(members: number): Promise<ClusterControl> {
    return new ClusterControl(await startQuorate({ members }));
  }

  /** The member processes that live now, found by the port of each `quorate serve`. */
  processes(): MemberProcess[] {
    const found: MemberProcess[] = [];
    for (const pid of descendants(this.target.pids)) {
      const args = commandLine(pid);
      if (!args.includes("serve")) continue;
      const port = portOf(args);
      const member = this.target.endpoints.findIndex((endpoint) => new URL(endpoint).port === port);
      if (member >= 0) found.push({ member, pid });
    }
    return found.sort((a, b) => a.member - b.member);
  }

  /** The process of a member; throws where it does not live. */
  getProcess(member: number): MemberProcess {
    const found = this.processes().find((row) => row.member === member);
    if (!found) throw new Error(`member ${member} has no process`);
    return found;
  }

  /** The member that says it leads, by the metric that etcd has for it; undefined where none does. */
  async findLeader(): Promise<number | undefined> {
    for (const [member, client] of this.#clients.entries()) {
      const answer = await client
        .send({ method: "GET", path: "/metrics", keepBody: true, timeoutMs: 1_000 })
        .catch(() => undefined);
      if (answer && /^etcd_server_is_leader(\{[^}]*\})? 1$/m.test(answer.body)) return member;
    }
    return undefined;
  }

  async getLeader(): Promise<number> {
    const leader = await this.findLeader();
    if (leader === undefined) throw new Error("no member says that it leads");
    return leader;
  }

  /** Resolves with the milliseconds until every member is ready; throws after `limitMs`. */
  async untilAllReady(limitMs: number): Promise<number> {
    const started = performance.now();
    const { endpoints, credentials } = this.target;
    while (performance.now() - started < limitMs) {
      const ready = await Promise.all(endpoints.map((endpoint) => isReady(endpoint, credentials)));
      if (ready.every(Boolean)) return performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`not all members were ready again within ${limitMs / 1000} s`);
  }

  /** The names that each member lists in the namespace, read from that member with a linearizable list. */
  async namesOnEveryMember(path: string): Promise<Set<string>[]> {
    return Promise.all(
      this.#clients.map(async (client) => {
        const { body } = await client.expect({ method: "GET", path });
        const list = JSON.parse(body) as { items: { metadata: { name: string } }[] };
        return new Set(list.items.map((item) => item.metadata.name));
      }),
    );
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.target.stop();
  }
}
