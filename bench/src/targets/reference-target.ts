/**
 * The references: kube-apiserver 1.37 and etcd 3.6, built from their Go modules by a small main of ours under
 * bench/reference, cached under node_modules/.cache. One API server a member of etcd; fresh data every time.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Target } from "../target.ts";
import { makeReferenceCertificates } from "./certificates.ts";
import { type ServerChild, startChild, untilReady } from "./child.ts";
import { freePorts } from "./free-port.ts";
import { isReady } from "./ready.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CACHE = join(ROOT, "node_modules/.cache/quorate-bench");
const READY_LIMIT_MS = 120_000;
export const KUBERNETES_VERSION = "v1.37.2";

export interface ReferenceBinaries {
  readonly apiserver: string;
  readonly etcd: string;
}

async function build(name: string, ldflags: string): Promise<string> {
  const output = join(CACHE, name);
  if (existsSync(output)) return output;
  await mkdir(CACHE, { recursive: true });
  await run("go", ["build", "-ldflags", ldflags, "-o", output, "."], {
    cwd: join(ROOT, "bench/reference", name),
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=readonly" },
    maxBuffer: 64 << 20,
  });
  return output;
}

/** Builds what is not built yet (minutes at the first time); throws one clear line where Go is missing. */
export async function buildReferences(): Promise<ReferenceBinaries> {
  await run("go", ["version"]).catch(() => {
    throw new Error(
      "--reference needs Go 1.26 or newer on the PATH to build kube-apiserver and etcd from their modules; " +
        "install Go, or leave --reference out",
    );
  });
  const version = "k8s.io/component-base/version";
  return {
    etcd: await build("etcd", "-s -w"),
    apiserver: await build(
      "apiserver",
      `-s -w -X ${version}.gitVersion=${KUBERNETES_VERSION} -X ${version}.gitMajor=1 -X ${version}.gitMinor=37`,
    ),
  };
}

function etcdArgs(directory: string, base: number, members: number, member: number): string[] {
  const client = `http://127.0.0.1:${base + member * 2}`;
  const peer = (index: number) => `http://127.0.0.1:${base + index * 2 + 1}`;
  const cluster = Array.from({ length: members }, (_, i) => `m${i}=${peer(i)}`).join(",");
  return [
    ...["--name", `m${member}`, "--data-dir", join(directory, `etcd-${member}`)],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member)],
    ...["--initial-cluster", cluster, "--log-level", "error"],
  ];
}

/** etcd alone, for the store's workloads. */
export async function startEtcd(members: number, directory: string, logFile: string, binary: string) {
  const base = await freePorts(members * 2);
  const children = Array.from({ length: members }, (_, member) =>
    startChild(binary, etcdArgs(directory, base, members, member), logFile),
  );
  const urls = children.map((_, member) => `http://127.0.0.1:${base + member * 2}`);
  for (const [member, child] of children.entries()) {
    await untilReady(child, "etcd", READY_LIMIT_MS, async () => (await fetch(`${urls[member]}/readyz`)).ok);
  }
  return { children, urls };
}

export async function startReference(members: number, binaries: ReferenceBinaries): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-reference-"));
  const children: ServerChild[] = [];
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const files = await makeReferenceCertificates(directory);
    const started = performance.now();
    const etcd = await startEtcd(members, directory, join(directory, "etcd.log"), binaries.etcd);
    children.push(...etcd.children);
    const base = await freePorts(members);
    const endpoints = Array.from({ length: members }, (_, member) => `https://127.0.0.1:${base + member}`);
    for (let member = 0; member < members; member++) {
      const args = [
        ...["--etcd-servers", etcd.urls[member]!, "--secure-port", String(base + member)],
        ...["--bind-address", "127.0.0.1", "--endpoint-reconciler-type", "none"],
        ...["--client-ca-file", files.ca, "--tls-cert-file", files.servingCert],
        ...["--tls-private-key-file", files.servingKey, "--authorization-mode", "RBAC"],
        ...["--service-account-issuer", "https://kubernetes.default.svc"],
        ...["--service-account-key-file", files.serviceAccountKey],
        ...["--service-account-signing-key-file", files.serviceAccountKey],
        ...["--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount"],
      ];
      children.push(startChild(binaries.apiserver, args, join(directory, `apiserver-${member}.log`)));
    }
    for (let member = 0; member < members; member++) {
      const child = children[members + member]!;
      await untilReady(child, "kube-apiserver", READY_LIMIT_MS, () =>
        isReady(endpoints[member]!, files.credentials),
      );
    }
    return {
      name: "reference",
      endpoints,
      credentials: files.credentials,
      pids: children.map((child) => child.pid),
      readySeconds: (performance.now() - started) / 1000,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
