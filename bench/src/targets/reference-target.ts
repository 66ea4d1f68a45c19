/**
 * The reference: one kube-apiserver 1.37 for each member of an etcd 3.6 cluster, with fresh data every time.
 * Flags are kube-apiserver's defaults (priority and fairness, the watch cache, its admission plugins) but for
 * the identity of service accounts, which no workload uses; the links between them are mutual TLS, as kubeadm
 * sets them up.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "../target.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { type ServerChild, startChild, untilReady } from "./child.ts";
import { freePorts } from "./free-port.ts";
import { isReady } from "./ready.ts";
import type { ReferenceBinaries } from "./reference-binaries.ts";
import { type StoreCommand, startStoreCluster } from "./store-target.ts";

const READY_LIMIT_MS = 120_000;

function apiserverArgs(files: Certificates, directory: string, etcd: string, port: number): string[] {
  return [
    ...["--etcd-servers", etcd, "--etcd-cafile", files.ca],
    ...["--etcd-certfile", files.cert, "--etcd-keyfile", files.key],
    ...["--secure-port", String(port), "--bind-address", "127.0.0.1"],
    ...["--cert-dir", directory, "--endpoint-reconciler-type", "none"],
    ...["--client-ca-file", files.ca, "--tls-cert-file", files.cert, "--tls-private-key-file", files.key],
    ...["--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.0.0.0/24"],
    ...["--service-account-issuer", "https://kubernetes.default.svc"],
    ...["--service-account-key-file", files.serviceAccountKey],
    ...["--service-account-signing-key-file", files.serviceAccountKey],
    ...["--disable-admission-plugins", "ServiceAccount"],
  ];
}

/** etcd by its command line. */
export function etcdCommand(binaries: ReferenceBinaries): StoreCommand {
  return { side: "reference", program: binaries.etcd, args: [] };
}

/** Starts etcd, then an API server at each of its members; resolves once all are ready. */
export async function startReference(members: number, binaries: ReferenceBinaries): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-bench-reference-"));
  const children: ServerChild[] = [];
  const stop = async () => {
    // The API servers first: without their store they would take long to end.
    for (const child of children.toReversed()) await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const files = await makeCertificates(directory);
    const { credentials } = files;
    const started = performance.now();
    const etcd = await startStoreCluster(members, directory, files, etcdCommand(binaries));
    children.push(...etcd.children);
    const base = await freePorts(members);
    const endpoints = etcd.urls.map((_, member) => `https://127.0.0.1:${base + member}`);
    const servers = etcd.urls.map((url, member) =>
      startChild(
        binaries.apiserver,
        apiserverArgs(files, directory, url, base + member),
        join(directory, `apiserver-${member}.log`),
      ),
    );
    children.push(...servers);
    for (const [member, child] of servers.entries()) {
      await untilReady(child, "kube-apiserver", READY_LIMIT_MS, () =>
        isReady(endpoints[member]!, credentials),
      );
    }
    return {
      name: "reference",
      surface: "api",
      members,
      endpoints,
      credentials,
      metricsUrls: etcd.urls.map((url) => `${url}/metrics`),
      dataDirectory: directory,
      pids: children.map((child) => child.pid),
      readySeconds: (performance.now() - started) / 1000,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
