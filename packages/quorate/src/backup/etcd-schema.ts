/**
 * What etcd 3.6 keeps where in its database: buckets, keys and values. `etcd-snapshot.ts` writes a state so,
 * `etcd-records.ts` reads one.
 *
 *   key        main:u64 '_' sub:u64 ['t' for a tombstone], big-endian   -> mvccpb.KeyValue
 *   lease      id:u64, big-endian                                        -> leasepb.Lease
 *   auth…      authEnabled, authRevision; names of users and of roles    -> authpb.User, authpb.Role
 *   alarm      etcdserverpb.AlarmMember                                  -> nothing
 *   meta       how far the log was applied and the history compacted; the configuration as JSON
 *   members…   ids in hexadecimal                                        -> the member as JSON; "removed"
 *   cluster    clusterVersion, downgrade
 */
import { CodedError } from "@quorate/base";

/** Names of the buckets. */
export const BUCKET = {
  alarm: "alarm",
  auth: "auth",
  authRoles: "authRoles",
  authUsers: "authUsers",
  cluster: "cluster",
  key: "key",
  lease: "lease",
  members: "members",
  membersRemoved: "members_removed",
  meta: "meta",
} as const;

/** Keys of `meta`. */
export const META = {
  confState: "confState",
  consistentIndex: "consistent_index",
  finishedCompact: "finishedCompactRev",
  scheduledCompact: "scheduledCompactRev",
  storageVersion: "storageVersion",
  term: "term",
} as const;

/** Keys of `auth`. */
export const AUTH = { enabled: "authEnabled", revision: "authRevision" } as const;

/** Types of permissions in the order of their numbers. */
export const PERMISSION_TYPES = ["read", "write", "readwrite"] as const;
/** Types of alarms in the order of their numbers, none first. */
export const ALARM_TYPES = ["", "no-space", "corrupt"] as const;

const REVISION_BYTES = 17;
const UNDERSCORE = 0x5f;
const TOMBSTONE_MARK = 0x74;

/** A position in the history as etcd writes it. */
export function revisionBytes(main: number, sub: number, isTombstone = false): Buffer {
  const bytes = Buffer.alloc(isTombstone ? REVISION_BYTES + 1 : REVISION_BYTES);
  bytes.writeBigUInt64BE(BigInt(main), 0);
  bytes[8] = UNDERSCORE;
  bytes.writeBigUInt64BE(BigInt(sub), 9);
  if (isTombstone) bytes[REVISION_BYTES] = TOMBSTONE_MARK;
  return bytes;
}

/** The position that `revisionBytes` wrote. Throws BACKUP_DAMAGED on anything else. */
export function parseRevision(bytes: Buffer): { main: number; sub: number; isTombstone: boolean } {
  const isTombstone = bytes.length === REVISION_BYTES + 1 && bytes[REVISION_BYTES] === TOMBSTONE_MARK;
  if ((bytes.length !== REVISION_BYTES && !isTombstone) || bytes[8] !== UNDERSCORE) {
    throw backupDamaged(`${bytes.toString("hex")} is no revision`);
  }
  const [main, sub] = [Number(bytes.readBigUInt64BE(0)), Number(bytes.readBigUInt64BE(9))];
  if (Number.isSafeInteger(main) && sub < 2 ** 32) return { main, sub, isTombstone };
  throw backupDamaged(`${bytes.toString("hex")} is no revision`);
}

/** A backup that must not be used, and why. */
export function backupDamaged(why: string): CodedError<"BACKUP_DAMAGED"> {
  return new CodedError("BACKUP_DAMAGED", `the backup can't be used: ${why}`);
}
