/**
 * The reference's API server on a store, where the binary is on PATH; its certificates are of its own making.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiClient } from "./api-client.ts";
import { findProgram } from "./find-program.ts";
import { FollowedProgram } from "./followed-program.ts";
import { freeBasePort } from "./free-ports.ts";

/** A token that may do all. */
const TOKEN = "e2e-admin";

/** The binary, under either name. */
export function findKubeApiserver(): string | undefined {
  return findProgram("kube-apiserver", "apiserver");
}

export interface KubeApiserver {
  readonly api: ApiClient;
  /** kubectl's flags to reach it. */
  readonly kubectlFlags: readonly string[];
  stop(): Promise<void>;
}

/** Resolves when it is ready. `folder` is for its files. */
export async function startKubeApiserver(
  binary: string,
  folder: string,
  storeUrls: readonly string[],
): Promise<KubeApiserver> {
  const own = join(folder, "kube-apiserver");
  await mkdir(own, { recursive: true });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [tokens, signingKey] = [join(own, "tokens.csv"), join(own, "sa.key")];
  await writeFile(tokens, `${TOKEN},admin,1,system:masters\n`, { mode: 0o600 });
  await writeFile(signingKey, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  const port = await freeBasePort(1);
  const program = new FollowedProgram(binary, [
    ...[`--etcd-servers=${storeUrls.join(",")}`, `--secure-port=${port}`, "--bind-address=127.0.0.1"],
    ...[`--cert-dir=${own}`, `--token-auth-file=${tokens}`, "--authorization-mode=RBAC"],
    ...["--service-account-issuer=https://kubernetes.default.svc", "--endpoint-reconciler-type=none"],
    ...[`--service-account-key-file=${signingKey}`, `--service-account-signing-key-file=${signingKey}`],
    ...["--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount"],
  ]);
  const url = `https://127.0.0.1:${port}`;
  const api = new ApiClient({ url, token: TOKEN });
  const stop = async () => {
    api.close();
    await program.end("SIGKILL");
  };
  try {
    await api.untilReady();
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${program.lines.slice(-10).join("\n")}`);
  }
  const kubectlFlags = [`--server=${url}`, `--token=${TOKEN}`, "--insecure-skip-tls-verify"];
  return { api, kubectlFlags, stop };
}
