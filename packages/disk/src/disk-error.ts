/**
 * Errors of the disk with stable codes. Every message is one line that names the file (and the offset where
 * there is one) and the way out, since it is what an operator reads when a member refuses to start.
 */
import { CodedError, messageOf } from "@quorate/base";

/** What can go wrong with the disk; callers branch on these. */
export type DiskErrorCode =
  /** A record before the tail of the log does not match its checksum. */
  | "LOG_DAMAGED"
  /** The log misses entries, or its terms go back. */
  | "LOG_INCONSISTENT"
  /** The applied state is damaged or does not fit the log. */
  | "STATE_DAMAGED"
  /** No space left: the write was not done, nothing acknowledged is lost. */
  | "DISK_FULL"
  /** Another process works on the directory. */
  | "DIRECTORY_LOCKED"
  | "DIRECTORY_NOT_WRITABLE"
  /** The directory belongs to another cluster or member, or was written by a newer format. */
  | "DIRECTORY_MISMATCH"
  /** Any other failed read, write or sync. Never retried: what the disk holds is unknown after it. */
  | "DISK_FAILED"
  /** A database file of etcd's is not what it should be. */
  | "FILE_DAMAGED"
  | "LOG_CLOSED";

/** What a refused start because of damage ends in: the only safe way back is through the other members. */
export const REPLACE_MEMBER =
  "move this data directory away, remove the member from the cluster and add it again as a new one; " +
  "a cluster of one member is restored from its last snapshot";

/** The system's error code (`ENOSPC`, ...) of anything thrown, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Turns a failed operation on `path` into a CodedError with the fix in its message. */
export function diskError(error: unknown, doing: string, path: string): CodedError<DiskErrorCode> {
  if (error instanceof CodedError) return error as CodedError<DiskErrorCode>;
  const details = { path };
  switch (errnoOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new CodedError(
        "DISK_FULL",
        `no space left while ${doing} ${path}: free some space, then start again`,
        {
          cause: error,
          details,
        },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CodedError(
        "DIRECTORY_NOT_WRITABLE",
        `not permitted: ${doing} ${path} (${errnoOf(error)}): make it writable for the user of this process`,
        { cause: error, details },
      );
    default:
      return new CodedError("DISK_FAILED", `failed ${doing} ${path}: ${messageOf(error)}`, {
        cause: error,
        details,
      });
  }
}
