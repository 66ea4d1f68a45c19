/** `quorate serve` on a store that others run, with certificates and a kubeconfig of its own making. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { ApiClient } from "./api-client.ts";
import { clientTools } from "./client-tools.ts";
import { FollowedProgram } from "./followed-program.ts";
import { freeBasePort } from "./free-ports.ts";
import { runProgram } from "./run-program.ts";
import { quorate } from "./store-cluster.ts";

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

export class OwnApiserver {
  readonly api: ApiClient;
  readonly #folder: string;
  readonly #program: FollowedProgram;

  private constructor(api: ApiClient, folder: string, program: FollowedProgram) {
    this.api = api;
    this.#folder = folder;
    this.#program = program;
  }

  /** Resolves when it is ready. `folder` becomes its data directory. */
  static async start(
    folder: string,
    storeUrls: readonly string[],
    more: readonly string[] = [],
  ): Promise<OwnApiserver> {
    const port = await freeBasePort(1);
    const [program, ...args] = quorate("serve", `--data-dir=${folder}`, `--secure-port=${port}`);
    const name = folder.split("/").at(-1)!;
    const flags = [`--name=${name}`, "--bind-address=127.0.0.1", `--etcd-servers=${storeUrls.join(",")}`];
    const running = new FollowedProgram(program, [...args, ...flags, ...more]);
    await running.until((line) => line.includes("ready to serve requests"));
    const { clusters, users } = parse(await readFile(join(folder, "kubeconfig"), "utf8")) as Kubeconfig;
    const pem = (text: string) => Buffer.from(text, "base64").toString();
    const { user } = users[0]!;
    const api = new ApiClient({
      url: clusters[0]!.cluster.server,
      cert: pem(user["client-certificate-data"]),
      key: pem(user["client-key-data"]),
    });
    return new OwnApiserver(api, folder, running);
  }

  /** Whether it was the last to say that it runs the controllers. */
  get runsControllers(): boolean {
    return this.#program.lines.some((line) => line.includes('"msg":"runs the controllers"'));
  }

  /** What kubectl writes; throws what it complains of where it fails. */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const tools = await clientTools();
    const own = [
      "--kubeconfig",
      join(this.#folder, "kubeconfig"),
      "--cache-dir",
      join(this.#folder, "cache"),
    ];
    const options = input === undefined ? {} : { input };
    const { code, stdout, stderr } = await runProgram(tools.kubectl, [...own, ...args], options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}${stdout}`);
    return stdout;
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.#program.end("SIGTERM");
  }
}
