/**
 * The certificates of a cluster: one authority for the front door and its clients, another for the members
 * among themselves (a user's client certificate must never open a peer port), the administrator, and the key
 * that signs service-account tokens.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../write-file-atomically.ts";
import { type CertificatePaths, CertificateStore } from "./certificate-store.ts";

/** Names under which every API server of a cluster is reached from inside. */
const SERVICE_HOSTS = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];
const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "::1"];

/** Where they lie, and for whom they are. */
export interface ClusterCertificatesOptions {
  readonly folder: string;
  readonly members: readonly {
    readonly name: string;
    /** Addresses and names under which clients and the other members reach it, besides loopback. */
    readonly hosts: readonly string[];
  }[];
  /** The address of the `kubernetes` service. */
  readonly serviceAddress: string;
}

/** Where everything lies, and the administrator's credentials as PEM for a kubeconfig. */
export interface ClusterCertificates {
  readonly authorityFile: string;
  readonly authority: string;
  readonly peerAuthorityFile: string;
  readonly serviceAccountKeyFile: string;
  readonly serviceAccountPublicKeyFile: string;
  readonly admin: { readonly certificate: string; readonly key: string };
  /** In the order of the members. */
  readonly members: readonly { readonly serving: CertificatePaths; readonly peer: CertificatePaths }[];
}

async function ensureServiceAccountKey(folder: string): Promise<[privateFile: string, publicFile: string]> {
  const [privateFile, publicFile] = [
    join(folder, "service-account.key"),
    join(folder, "service-account.pub"),
  ];
  const found = await readFile(privateFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const key = found
    ? createPrivateKey(found)
    : generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  if (!found)
    await writeFileAtomically(privateFile, key.export({ type: "sec1", format: "pem" }).toString(), 0o600);
  const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const publicFound = await readFile(publicFile, "utf8").catch(() => undefined);
  if (publicFound !== publicPem) await writeFileAtomically(publicFile, publicPem, 0o644);
  return [privateFile, publicFile];
}

/** Makes what is absent, renews what is near its end, leaves the rest as it is. */
export async function ensureClusterCertificates(
  options: ClusterCertificatesOptions,
): Promise<ClusterCertificates> {
  const { folder, serviceAddress } = options;
  const store = new CertificateStore(folder);
  const authority = await store.authority("ca", "quorate-ca");
  const peerAuthority = await store.authority("peer-ca", "quorate-peer-ca");
  const admin = await store.certificate("admin", authority, {
    commonName: "quorate-admin",
    organizations: ["system:masters"],
    hosts: [],
    usages: ["clientAuth"],
  });
  const members: { serving: CertificatePaths; peer: CertificatePaths }[] = [];
  for (const { name, hosts } of options.members) {
    const reached = [...new Set([...LOOPBACK_HOSTS, ...hosts])];
    await store.certificate(`${name}-apiserver`, authority, {
      commonName: "kube-apiserver",
      hosts: [...reached, ...SERVICE_HOSTS, serviceAddress],
      usages: ["serverAuth"],
    });
    await store.certificate(`${name}-peer`, peerAuthority, {
      commonName: name,
      hosts: reached,
      usages: ["serverAuth", "clientAuth"],
    });
    members.push({ serving: store.paths(`${name}-apiserver`), peer: store.paths(`${name}-peer`) });
  }
  const [serviceAccountKeyFile, serviceAccountPublicKeyFile] = await ensureServiceAccountKey(folder);
  return {
    authorityFile: store.paths("ca").certificateFile,
    authority: authority.certificate,
    peerAuthorityFile: store.paths("peer-ca").certificateFile,
    serviceAccountKeyFile,
    serviceAccountPublicKeyFile,
    admin,
    members,
  };
}
