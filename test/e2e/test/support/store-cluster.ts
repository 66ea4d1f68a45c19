/**
 * Three members of a store with etcd's flags: `quorate store`, or etcd itself, which is started by the same
 * line.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FollowedProgram } from "./followed-program.ts";
import { freeBasePort } from "./free-ports.ts";

/** What is started, and what stands before the flags. */
export type StoreCommand = readonly [program: string, ...args: string[]];

const QUORATE = fileURLToPath(new URL("../../../../packages/quorate/bin/quorate.mjs", import.meta.url));

/** The `quorate` command with `args`. */
export function quorate(...args: string[]): StoreCommand {
  return [process.execPath, QUORATE, ...args];
}

interface Member {
  readonly name: string;
  readonly url: string;
  readonly args: readonly string[];
  program: FollowedProgram;
}

export class StoreCluster {
  readonly folder: string;
  readonly #command: StoreCommand;
  readonly #members: Member[];

  private constructor(folder: string, command: StoreCommand, members: Member[]) {
    this.folder = folder;
    this.#command = command;
    this.#members = members;
  }

  /** Resolves when all members serve. */
  static async start(command: StoreCommand, size = 3): Promise<StoreCluster> {
    const folder = await mkdtemp(join(tmpdir(), "quorate-store-"));
    const base = await freeBasePort(2 * size);
    const url = (port: number) => `http://127.0.0.1:${port}`;
    const names = Array.from({ length: size }, (_, i) => `s${i + 1}`);
    const initial = names.map((name, i) => `${name}=${url(base + 2 * i + 1)}`).join(",");
    const members = names.map((name, i) => {
      const [client, peer] = [url(base + 2 * i), url(base + 2 * i + 1)];
      const args = [
        ...[`--name=${name}`, `--data-dir=${join(folder, name)}`, `--initial-cluster=${initial}`],
        ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
        ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
      ];
      return { name, url: client, args, program: run(command, args) };
    });
    const cluster = new StoreCluster(folder, command, members);
    await Promise.all(members.map(({ program }) => untilServing(program)));
    return cluster;
  }

  /** Client addresses. */
  get urls(): string[] {
    return this.#members.map(({ url }) => url);
  }

  /** The name of the member that leads, as a living one says it. */
  async leader(): Promise<string> {
    for (;;) {
      for (const { name, url } of this.#members) {
        const response = await fetch(`${url}/v3/maintenance/status`, { method: "POST", body: "{}" }).catch(
          () => undefined,
        );
        if (!response?.ok) continue;
        const { header, leader } = (await response.json()) as {
          header: { member_id: string };
          leader?: string;
        };
        if (leader === header.member_id) return name;
      }
    }
  }

  /** A member that does not lead. */
  async follower(): Promise<string> {
    const leader = await this.leader();
    return this.#members.find(({ name }) => name !== leader)!.name;
  }

  /** Resolves when it is gone. */
  async kill(name: string): Promise<void> {
    await this.#member(name).program.end("SIGKILL");
  }

  /** Resolves when it serves again. */
  async restart(name: string): Promise<void> {
    const member = this.#member(name);
    member.program = run(this.#command, member.args);
    await untilServing(member.program);
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ program }) => program.end("SIGKILL")));
    await rm(this.folder, { recursive: true, force: true });
  }

  #member(name: string): Member {
    return this.#members.find((member) => member.name === name)!;
  }
}

function run([program, ...before]: StoreCommand, args: readonly string[]): FollowedProgram {
  return new FollowedProgram(program, [...before, ...args]);
}

async function untilServing(program: FollowedProgram): Promise<void> {
  await program.until((line) => line.includes("ready to serve client requests"));
}
