/** How many processes serve the API beside the one that holds the replica, and how they reach it. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KvSocketAddress } from "@quorate/replica";

/** What the workers of a member are started with. */
export interface WorkersPlan {
  readonly count: number;
  /** Where the store is served to them. */
  readonly socket: KvSocketAddress;
  /** How they log: etcd's level, and the member's name. */
  readonly log: { readonly level: string; readonly member: string };
  /** Gives the start up. */
  readonly signal: AbortSignal;
}

/** Bound: more would be caught in handing changes to each of them. */
export const API_WORKERS_MAX = 64;

const SECRET_BYTES = 32;
const SOCKET_NAME = "api.sock";
/** Bound: the shortest that a system allows (104 bytes with the zero behind it, macOS). */
const SOCKET_PATH_BYTES_MAX = 103;

/**
 * A socket in the data directory, a pipe on Windows; in a temporary folder, gone with the process, where no
 * directory is given or its path is too long for a socket. The secret is of this start only.
 */
export function placeSocket(dataDirectory?: string): KvSocketAddress {
  const secret = randomBytes(SECRET_BYTES);
  if (process.platform === "win32") {
    const name = randomBytes(16).toString("hex");
    return { path: `\\\\.\\pipe\\quorate-${name}`, secret };
  }
  const wanted = dataDirectory === undefined ? undefined : join(dataDirectory, SOCKET_NAME);
  if (wanted !== undefined && Buffer.byteLength(wanted) <= SOCKET_PATH_BYTES_MAX) {
    return { path: wanted, secret };
  }
  // The folder is the user's alone.
  const folder = mkdtempSync(join(tmpdir(), "quorate-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return { path: join(folder, SOCKET_NAME), secret };
}
