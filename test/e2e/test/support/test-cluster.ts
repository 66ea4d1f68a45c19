/**
 * A cluster of real processes in a temporary folder, with kubectl and helm pointed at it. Members are
 * children of the test's process and end with it, whatever happens to the test.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalCluster } from "quorate";
import { clientTools } from "./client-tools.ts";
import { FollowedProgram } from "./followed-program.ts";
import { freeBasePort } from "./free-ports.ts";
import { type ProgramResult, type RunOptions, runProgram } from "./run-program.ts";

/** Ports in a row that a cluster may take. */
const PORTS = 20;

export interface TestClusterOptions {
  readonly members: number;
  /** Bring members back that die; false where absent. */
  readonly restart?: boolean;
  readonly serveArgs?: readonly string[];
}

export class TestCluster {
  readonly local: LocalCluster;
  readonly kubeconfig: string;
  readonly folder: string;
  readonly #kubectl: string;
  readonly #helm: string;

  private constructor(local: LocalCluster, folder: string, kubectl: string, helm: string) {
    this.local = local;
    this.folder = folder;
    this.kubeconfig = local.layout.kubeconfigFile;
    this.#kubectl = kubectl;
    this.#helm = helm;
  }

  /** Resolves once every member is ready. */
  static async start({ members, restart, serveArgs }: TestClusterOptions): Promise<TestCluster> {
    const tools = await clientTools();
    const folder = await mkdtemp(join(tmpdir(), "quorate-e2e-"));
    const local = await LocalCluster.prepare({
      dataDirectory: join(folder, "data"),
      members,
      basePort: await freeBasePort(PORTS),
      restart: restart ?? false,
      ...(serveArgs && { serveArgs }),
    });
    local.start();
    await local.untilReady();
    return new TestCluster(local, folder, tools.kubectl, tools.helm);
  }

  async close(): Promise<void> {
    await this.local.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** kubectl on the first member, or on `member`. */
  kubectl(args: readonly string[], options: RunOptions & { readonly member?: string } = {}) {
    const { member, ...rest } = options;
    const context = member ? ["--context", `quorate-${member}`] : [];
    // A discovery cache of its own: two clusters may have had the same port.
    const all = ["--kubeconfig", this.kubeconfig, "--cache-dir", join(this.folder, "cache"), ...context];
    return runProgram(this.#kubectl, [...all, ...args], rest);
  }

  /** kubectl while it runs, for watches. */
  followKubectl(args: readonly string[], member = "m1"): FollowedProgram {
    const flags = ["--kubeconfig", this.kubeconfig, "--context", `quorate-${member}`];
    return new FollowedProgram(this.#kubectl, [...flags, ...args]);
  }

  /** What kubectl writes; throws what it complains of where it fails. */
  async kubectlOutput(args: readonly string[], options: RunOptions & { readonly member?: string } = {}) {
    const result = await this.kubectl(args, options);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  }

  helm(args: readonly string[]): Promise<ProgramResult> {
    const folders = {
      HELM_CACHE_HOME: join(this.folder, "helm"),
      HELM_CONFIG_HOME: join(this.folder, "helm"),
      HELM_DATA_HOME: join(this.folder, "helm"),
    };
    return runProgram(this.#helm, ["--kubeconfig", this.kubeconfig, ...args], { environment: folders });
  }
}
