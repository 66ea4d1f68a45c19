/**
 * The records of our state that an etcd database stands for, bucket by bucket. Its members are told apart
 * (etcd-members.ts), and its versions say nothing here.
 */
import type { BoltEntry } from "@quorate/disk";
import { messageCodec } from "@quorate/etcd-api";
import {
  type RecordBytes,
  writeAlarm,
  writeAuth,
  writeLease,
  writeMarks,
  writeRevision,
} from "@quorate/mvcc";
import {
  ALARM_TYPES,
  AUTH,
  BUCKET,
  backupDamaged,
  META,
  PERMISSION_TYPES,
  parseRevision,
} from "./etcd-schema.ts";

const keyValues = messageCodec("mvccpb.KeyValue");
const leases = messageCodec("leasepb.Lease");
const alarms = messageCodec("etcdserverpb.AlarmMember");
const users = messageCodec("authpb.User");
const roles = messageCodec("authpb.Role");

/** Looks at each entry once; the marks are known when all were seen. */
export class EtcdRecords {
  readonly #meta = new Map<string, Buffer>();
  readonly #auth = new Map<string, Buffer>();
  #revision = 1;

  /** etcd's version that the database's layout is of; undefined before 3.6. */
  get storageVersion(): string | undefined {
    return this.#meta.get(META.storageVersion)?.toString();
  }

  /** Records of some entries of a bucket. Throws BACKUP_DAMAGED for one that can't be read. */
  take(bucket: string, entries: readonly BoltEntry[]): readonly RecordBytes[] {
    const records: RecordBytes[] = [];
    for (const [key, value] of entries) {
      const record = this.#recordOf(bucket, Buffer.from(key), Buffer.from(value));
      if (record) records.push(record);
    }
    return records;
  }

  /** The records that need all buckets to have been seen. */
  finish(): readonly RecordBytes[] {
    const [enabled, authRevision] = [this.#auth.get(AUTH.enabled), this.#auth.get(AUTH.revision)];
    const auth = authRevision && {
      type: "state" as const,
      enabled: enabled?.[0] === 1,
      revision: uint64(authRevision, AUTH.revision),
    };
    return [
      ...(auth ? [writeAuth(auth)] : []),
      ...writeMarks({
        revision: this.#revision,
        compactRevision: this.#compaction(META.scheduledCompact),
        compactionDone: this.#compaction(META.finishedCompact),
        appliedIndex: this.#number(META.consistentIndex),
        appliedTerm: this.#number(META.term),
      }),
    ];
  }

  #recordOf(bucket: string, key: Buffer, value: Buffer): RecordBytes | undefined {
    switch (bucket) {
      case BUCKET.key:
        return this.#revisionRecord(key, value);
      case BUCKET.lease:
        return leaseRecord(key, value);
      case BUCKET.authUsers:
        return userRecord(value);
      case BUCKET.authRoles:
        return roleRecord(value);
      case BUCKET.alarm:
        return alarmRecord(key);
      case BUCKET.auth:
        this.#auth.set(key.toString(), value);
        return undefined;
      case BUCKET.meta:
        this.#meta.set(key.toString(), value);
        return undefined;
      default:
        return undefined;
    }
  }

  #revisionRecord(bytes: Buffer, value: Buffer): RecordBytes | undefined {
    const { main, sub, isTombstone } = parseRevision(bytes);
    this.#revision = Math.max(this.#revision, main);
    const kv = decoded("a key", () => keyValues.decode(value));
    // Compat: etcdutl moves a revision on by an empty record.
    if (kv.key.length === 0) return undefined;
    const { key, create_revision: createRevision, version, lease } = kv;
    const record = { key, value: kv.value, createRevision, modRevision: main, version, lease };
    return writeRevision({ main, sub, isTombstone, kv: record });
  }

  #compaction(name: string): number {
    const bytes = this.#meta.get(name);
    return bytes ? parseRevision(bytes).main : 0;
  }

  #number(name: string): number {
    const bytes = this.#meta.get(name);
    return bytes ? uint64(bytes, name) : 0;
  }
}

function decoded<Message>(what: string, decode: () => Message): Message {
  try {
    return decode();
  } catch {
    throw backupDamaged(`${what} can't be read`);
  }
}

function uint64(bytes: Buffer, name: string): number {
  const value = bytes.length === 8 ? Number(bytes.readBigUInt64BE()) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw backupDamaged(`${name} is ${bytes.toString("hex")}, which is no number`);
}

function leaseRecord(key: Buffer, value: Buffer): RecordBytes {
  if (key.length !== 8) throw backupDamaged(`${key.toString("hex")} is no lease`);
  const { TTL: ttlSeconds, RemainingTTL: remainingSeconds } = decoded("a lease", () => leases.decode(value));
  return writeLease({ id: key.readBigUInt64BE(), ttlSeconds, remainingSeconds });
}

function alarmRecord(key: Buffer): RecordBytes | undefined {
  const { alarm, memberID: member } = decoded("an alarm", () => alarms.decode(key));
  const type = ALARM_TYPES[alarm];
  return type ? writeAlarm(type, member) : undefined;
}

function userRecord(value: Buffer): RecordBytes {
  const user = decoded("a user", () => users.decode(value));
  const [name, passwordHash] = [Buffer.from(user.name).toString(), Buffer.from(user.password).toString()];
  const noPassword = user.options?.no_password ?? false;
  const kept = { name, passwordHash, noPassword, roles: [...user.roles].sort(), tokensSince: 0 };
  return writeAuth({ type: "user", user: kept });
}

function roleRecord(value: Buffer): RecordBytes {
  const role = decoded("a role", () => roles.decode(value));
  const permissions = role.keyPermission.map(({ permType, key, range_end: rangeEnd }) => {
    const type = PERMISSION_TYPES[permType];
    if (!type) throw backupDamaged("a role has a permission of a kind that is not known");
    return { type, key, ...(rangeEnd.length === 0 ? undefined : { rangeEnd }) };
  });
  return writeAuth({ type: "role", role: { name: Buffer.from(role.name).toString(), permissions } });
}
