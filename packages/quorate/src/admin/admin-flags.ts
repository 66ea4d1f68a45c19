/**
 * Where the operator's commands find the cluster: at `--endpoints` by etcd's API, at `--peer-urls` by the
 * members' own port, or, where neither is given, in the data directory of a cluster on this machine.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import type { PeerTls } from "@quorate/replica";
import type { Command } from "commander";
import { CertificateStore } from "../certificates/certificate-store.ts";
import { readClusterFile } from "../cluster/cluster-file.ts";
import { layOut } from "../cluster/cluster-layout.ts";
import { list } from "../command/flag-values.ts";
import type { ClusterAdmin } from "./cluster-admin.ts";

/** The flags of every command that speaks with a cluster. */
export interface AdminFlags {
  readonly dataDir: string;
  readonly endpoints?: readonly string[];
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly peerUrls?: readonly string[];
  readonly peerCertFile?: string;
  readonly peerKeyFile?: string;
  readonly peerTrustedCaFile?: string;
}

/** Declares them. */
export function withAdminFlags(command: Command): Command {
  return command
    .option("--data-dir <folder>", "data directory of a cluster on this machine", ".quorate")
    .option("--endpoints <urls>", "members' client URLs, spoken to by etcd's API", list)
    .option("--cacert <file>", "authority of the endpoints' certificates")
    .option("--cert <file>", "client certificate for the endpoints")
    .option("--key <file>", "its private key")
    .option("--peer-urls <urls>", "members' peer URLs, where no client URL is served", list)
    .option("--peer-cert-file <file>", "a member's certificate for the peer URLs")
    .option("--peer-key-file <file>", "its private key")
    .option("--peer-trusted-ca-file <file>", "authority of the members' certificates");
}

function bad(message: string): CodedError<"BAD_FLAGS"> {
  return new CodedError("BAD_FLAGS", message);
}

async function readPem(path: string, flag: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw bad(`${flag} ${path} can't be read: ${messageOf(error)}`);
  });
}

/** The cluster that the flags mean. Throws BAD_FLAGS or CLUSTER_NOT_FOUND with the flag that helps. */
export async function openAdmin(flags: AdminFlags): Promise<ClusterAdmin> {
  if (flags.endpoints && flags.peerUrls) throw bad("give --endpoints or --peer-urls, not both");
  if (flags.endpoints) return openEtcdAdmin(flags, flags.endpoints);
  const { PeerAdmin } = await import("./peer-admin.ts");
  const local = flags.peerUrls && flags.peerCertFile ? undefined : await findLocal(flags.dataDir);
  const peerUrls = flags.peerUrls ?? local?.peerUrls;
  if (!peerUrls || peerUrls.length === 0) {
    throw new CodedError(
      "CLUSTER_NOT_FOUND",
      `${flags.dataDir} holds no cluster of this machine: ` +
        "give its --data-dir, or --endpoints, or --peer-urls",
    );
  }
  const tls = (await readPeerTls(flags)) ?? local?.tls;
  return new PeerAdmin({ peerUrls, tls: peerUrls.some((url) => url.startsWith("https:")) ? tls : undefined });
}

async function openEtcdAdmin(flags: AdminFlags, endpoints: readonly string[]): Promise<ClusterAdmin> {
  const { EtcdAdmin } = await import("./etcd-admin.ts");
  const { cacert, cert, key } = flags;
  if ((cert === undefined) !== (key === undefined)) throw bad("--cert and --key need each other: give both");
  const isSecure = cacert !== undefined || cert !== undefined;
  const tls = isSecure
    ? {
        ...(cacert ? { ca: await readPem(cacert, "--cacert") } : undefined),
        ...(cert && key
          ? { cert: await readPem(cert, "--cert"), key: await readPem(key, "--key") }
          : undefined),
      }
    : undefined;
  return new EtcdAdmin({ endpoints, tls });
}

async function readPeerTls(flags: AdminFlags): Promise<PeerTls | undefined> {
  const { peerCertFile, peerKeyFile, peerTrustedCaFile } = flags;
  if (!peerCertFile && !peerKeyFile && !peerTrustedCaFile) return undefined;
  if (!peerCertFile || !peerKeyFile || !peerTrustedCaFile) {
    throw bad("--peer-cert-file, --peer-key-file and --peer-trusted-ca-file need each other: give all three");
  }
  return {
    cert: await readPem(peerCertFile, "--peer-cert-file"),
    key: await readPem(peerKeyFile, "--peer-key-file"),
    ca: await readPem(peerTrustedCaFile, "--peer-trusted-ca-file"),
  };
}

interface Local {
  readonly peerUrls: readonly string[] | undefined;
  readonly tls: PeerTls | undefined;
}

/** The members that `quorate cluster` keeps in the directory, or the certificates of `quorate serve`'s. */
async function findLocal(dataDirectory: string): Promise<Local | undefined> {
  const isThere = (path: string) => stat(path).then(Boolean, () => false);
  const clusterFile = join(dataDirectory, "cluster.json");
  if (await isThere(clusterFile)) {
    const { members, basePort } = await readClusterFile(clusterFile, {});
    const layout = layOut({ dataDirectory, members, basePort });
    const tls = await localTls(layout.certificateFolder, layout.members[0]!.name);
    return { peerUrls: layout.members.map(({ peerUrl }) => peerUrl), tls };
  }
  const identity = await readFile(join(dataDirectory, "member.json"), "utf8").catch(() => undefined);
  if (identity === undefined) return undefined;
  const { name } = JSON.parse(identity) as { name: string };
  const reached = await readFile(join(dataDirectory, "peer-urls.json"), "utf8").catch(() => "null");
  const peerUrls = JSON.parse(reached) as readonly string[] | null;
  return { peerUrls: peerUrls ?? undefined, tls: await localTls(join(dataDirectory, "pki"), name) };
}

async function localTls(folder: string, name: string): Promise<PeerTls | undefined> {
  const store = new CertificateStore(folder);
  const { certificateFile, keyFile } = store.paths(`${name}-peer`);
  const files = [certificateFile, keyFile, store.paths("peer-ca").certificateFile];
  const [cert, key, ca] = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)));
  return cert && key && ca ? { cert, key, ca } : undefined;
}
