/**
 * `cluster.json`: what a local cluster was made with. The members know each other by these ports, so a start
 * with other numbers is refused instead of making a second cluster in the same place.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CodedError } from "@quorate/base";
import { writeFileAtomically } from "../write-file-atomically.ts";
import { DEFAULT_BASE_PORT } from "./cluster-layout.ts";

const FORMAT_VERSION = 1;
const DEFAULT_MEMBERS = 3;

/** The file's content. */
export interface ClusterFile {
  readonly formatVersion: number;
  readonly members: number;
  readonly basePort: number;
  /** etcd's `--initial-cluster-token`: makes the cluster's identity its own. */
  readonly token: string;
}

function mismatch(message: string): CodedError {
  return new CodedError("CLUSTER_MISMATCH", message);
}

function parse(text: string, path: string): ClusterFile {
  let file: Partial<ClusterFile> = {};
  try {
    file = JSON.parse(text) as Partial<ClusterFile>;
  } catch {
    // Said below.
  }
  const isWhole = [file.members, file.basePort, file.formatVersion].every(Number.isSafeInteger);
  if (!isWhole || typeof file.token !== "string") {
    throw mismatch(`${path} is damaged: restore it, or move its folder away to start a new cluster`);
  }
  if (file.formatVersion! > FORMAT_VERSION) {
    throw mismatch(`${path} was written by a newer version of quorate: use that version`);
  }
  return file as ClusterFile;
}

/**
 * What the data directory says, or what was asked for where it is new. Throws CLUSTER_MISMATCH where both
 * differ.
 */
export async function readClusterFile(
  path: string,
  asked: { readonly members?: number | undefined; readonly basePort?: number | undefined },
): Promise<ClusterFile> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    return {
      formatVersion: FORMAT_VERSION,
      members: asked.members ?? DEFAULT_MEMBERS,
      basePort: asked.basePort ?? DEFAULT_BASE_PORT,
      token: randomBytes(8).toString("hex"),
    };
  }
  const file = parse(text, path);
  const other = "or choose another --data-dir for a new cluster";
  if (asked.members !== undefined && asked.members !== file.members) {
    throw mismatch(
      `${path}: this cluster has ${file.members} members, not ${asked.members}: leave --members out, ${other}`,
    );
  }
  if (asked.basePort !== undefined && asked.basePort !== file.basePort) {
    throw mismatch(
      `${path}: this cluster was made with base port ${file.basePort}, not ${asked.basePort}: ` +
        `leave --base-port out, ${other}`,
    );
  }
  return file;
}

/** Writes it whole; it is on stable storage when this resolves. */
export async function writeClusterFile(path: string, file: ClusterFile): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(file, undefined, 2)}\n`, 0o600);
}
