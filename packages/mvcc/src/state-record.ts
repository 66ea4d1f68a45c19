/**
 * The records of the applied state by what they mean, for those who carry a state over into another format or
 * take one from there. The bytes are those of record.ts; what only a running member needs of them (alarms
 * that stand, how far the log was applied) is told apart by name.
 */
import { decodeWithBytes, encodeWithBytes } from "./auth-request.ts";
import type { AuthRole, AuthUser } from "./auth-store.ts";
import type { KeyValue } from "./kv.ts";
import { kvError } from "./kv-error.ts";
import {
  AUTH_RECORDS,
  asBuffer,
  authKey,
  decodeRecord,
  encodeRecord,
  encodeTombstone,
  LEASE_RECORDS,
  leaseBytes,
  leaseKey,
  META_RECORDS,
  metaKey,
  numberBytes,
  REVISION_KEY_BYTES,
  REVISION_RECORDS,
  readUint64,
  revisionKey,
  TOMBSTONE,
} from "./record.ts";

/** Where each kind of record lies. */
export const STATE_RANGES = {
  revisions: REVISION_RECORDS,
  leases: LEASE_RECORDS,
  auth: AUTH_RECORDS,
  meta: META_RECORDS,
} as const;

/** Key and value as they lie in the ordered store. */
export type RecordBytes = readonly [key: Uint8Array, value: Uint8Array];

/** One write of the history; of a delete only the key counts. */
export interface RevisionRecord {
  readonly main: number;
  readonly sub: number;
  readonly isTombstone: boolean;
  readonly kv: KeyValue;
}

/** A lease as kept. */
export interface LeaseRecord {
  readonly id: bigint;
  readonly ttlSeconds: number;
  readonly remainingSeconds: number;
}

/** A record of auth. */
export type AuthRecord =
  | { readonly type: "state"; readonly enabled: boolean; readonly revision: number }
  | { readonly type: "user"; readonly user: AuthUser }
  | { readonly type: "role"; readonly role: AuthRole };

/** Whether a record is one of the history. */
export function isRevisionRecord(key: Uint8Array): boolean {
  return key[0] === REVISION_RECORDS.start[0];
}

/** Reads a record of `STATE_RANGES.revisions`; the bytes are shared. Throws CORRUPT for one that can't be. */
export function readRevision([key, value]: RecordBytes): RevisionRecord {
  const bytes = asBuffer(key);
  const record = asBuffer(value);
  if (
    bytes.length !== REVISION_KEY_BYTES ||
    record.length < 29 ||
    record.length - 29 < record.readUInt32BE(25)
  ) {
    throw kvError("CORRUPT", { message: "the state holds a record that is cut short" });
  }
  const [main, sub] = [readUint64(bytes, 1), bytes.readUInt32BE(9)];
  return { main, sub, isTombstone: record[0] === TOMBSTONE, kv: decodeRecord(record, main) };
}

/** The bytes of a write. */
export function writeRevision({ main, sub, isTombstone, kv }: RevisionRecord): RecordBytes {
  return [revisionKey(main, sub), isTombstone ? encodeTombstone(kv.key) : encodeRecord(kv)];
}

/** Reads a record of `STATE_RANGES.leases`. */
export function readLease([key, value]: RecordBytes): LeaseRecord {
  const bytes = asBuffer(value);
  const remainingSeconds = bytes.length >= 16 ? readUint64(bytes, 8) : 0;
  return { id: asBuffer(key).readBigUInt64BE(1), ttlSeconds: readUint64(bytes, 0), remainingSeconds };
}

/** The bytes of a lease. */
export function writeLease({ id, ttlSeconds, remainingSeconds }: LeaseRecord): RecordBytes {
  return [leaseKey(id), leaseBytes(ttlSeconds, remainingSeconds)];
}

/** Reads a record of `STATE_RANGES.auth`; undefined for one of a kind that is not known. */
export function readAuth([key, value]: RecordBytes): AuthRecord | undefined {
  const name = asBuffer(key).toString("utf8", 1);
  const content = decodeWithBytes(asBuffer(value).toString());
  if (name === "state") return { type: "state", ...(content as { enabled: boolean; revision: number }) };
  if (name.startsWith("user/")) return { type: "user", user: content as AuthUser };
  return name.startsWith("role/") ? { type: "role", role: content as AuthRole } : undefined;
}

/** The bytes of a record of auth. */
export function writeAuth(record: AuthRecord): RecordBytes {
  switch (record.type) {
    case "state": {
      const { enabled, revision } = record;
      return [authKey("state"), Buffer.from(JSON.stringify({ enabled, revision }))];
    }
    case "user":
      return [authKey(`user/${record.user.name}`), Buffer.from(JSON.stringify(record.user))];
    case "role":
      return [authKey(`role/${record.role.name}`), Buffer.from(encodeWithBytes(record.role))];
  }
}

/** The numbers that a state stands at. */
export interface StateMarks {
  readonly revision: number;
  /** 0 where nothing was compacted yet. */
  readonly compactRevision: number;
  /** How far the compaction has dropped what it makes unreadable. */
  readonly compactionDone: number;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
}

/** The marks among the records of `STATE_RANGES.meta`, by name. */
export function readMarks(meta: ReadonlyMap<string, Uint8Array>): StateMarks {
  const number = (name: string, at = 0): number => {
    const bytes = meta.get(name);
    return bytes ? readUint64(asBuffer(bytes), at) : 0;
  };
  return {
    revision: number("revision") || 1,
    compactRevision: number("compaction"),
    compactionDone: number("compaction-done"),
    appliedIndex: number("applied"),
    appliedTerm: number("applied", 8),
  };
}

/** The records of marks. */
export function writeMarks(marks: StateMarks): readonly RecordBytes[] {
  const applied = Buffer.concat([numberBytes(marks.appliedIndex), numberBytes(marks.appliedTerm)]);
  return [
    [metaKey("applied"), applied],
    [metaKey("compaction"), numberBytes(marks.compactRevision)],
    [metaKey("compaction-done"), numberBytes(marks.compactionDone)],
    [metaKey("revision"), numberBytes(marks.revision)],
  ];
}

/** The record of an alarm that stands. */
export function writeAlarm(alarm: "no-space" | "corrupt", member: bigint): RecordBytes {
  return [metaKey(`alarm/${alarm}/${member}`), Buffer.alloc(0)];
}

/** The name of a record of `STATE_RANGES.meta`. */
export function metaNameOf(key: Uint8Array): string {
  return asBuffer(key).toString("utf8", 1);
}
