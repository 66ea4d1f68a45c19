/**
 * The applied state as the file that `etcdctl snapshot save` keeps: etcd's own database and a SHA-256 behind
 * it. The state is walked twice as of one moment, see `writeBolt`, so neither memory nor disk has to hold it
 * a second time.
 *
 * Compat: a revision that moved on without a write (a restored cluster's) is told by an empty record, as
 * etcdutl does.
 */
import { createHash } from "node:crypto";
import { type BoltBucket, type BoltEntry, measureBolt, writeBolt } from "@quorate/disk";
import { messageCodec } from "@quorate/etcd-api";
import {
  type AuthRecord,
  metaNameOf,
  type OrderedStore,
  type RecordBytes,
  readAuth,
  readLease,
  readMarks,
  readRevision,
  STATE_RANGES,
  type StateMarks,
} from "@quorate/mvcc";
import { Membership } from "@quorate/replica";
import { ALARM_TYPES, AUTH, BUCKET, META, PERMISSION_TYPES, revisionBytes } from "./etcd-schema.ts";

/** A backup on its way: its length and its bytes. */
export interface StateFile {
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

type Pages = ReturnType<OrderedStore["pages"]>;

/** What is walked once for each of the two passes. */
interface Walk {
  readonly leases: Pages;
  readonly revisions: Pages;
}

const PAGE_SIZE = 200;
const DIGEST_BYTES = 32;
const STORAGE_VERSION = "3.6.0";
const NOTHING = Buffer.alloc(0);

const keyValues = messageCodec("mvccpb.KeyValue");
const leases = messageCodec("leasepb.Lease");
const users = messageCodec("authpb.User");
const roles = messageCodec("authpb.Role");
const alarms = messageCodec("etcdserverpb.AlarmMember");

/** The state as of the call. */
export async function etcdSnapshot(disk: OrderedStore): Promise<StateFile> {
  // Safety: all of it is asked for before anything else can run, so that it is the state of one moment.
  const auth = disk.pages(STATE_RANGES.auth);
  const meta = disk.pages(STATE_RANGES.meta);
  const walks = [0, 1].map(
    (): Walk => ({
      leases: disk.pages(STATE_RANGES.leases, PAGE_SIZE),
      revisions: disk.pages(STATE_RANGES.revisions, PAGE_SIZE),
    }),
  );
  const membership = Membership.read((key) => disk.getSync(key));
  const marks = new Map<string, Uint8Array>();
  for await (const page of meta) for (const [key, value] of page) marks.set(metaNameOf(key), value);
  const small = [
    ...(await authBuckets(auth)),
    ...clusterBuckets(membership),
    ...metaBuckets(marks, membership),
  ];
  const bucketsOf = (walk: Walk): BoltBucket[] => [...small, ...largeBuckets(walk, readMarks(marks))];
  try {
    const layout = await measureBolt(bucketsOf(walks[0]!));
    return {
      bytes: layout.bytes + DIGEST_BYTES,
      chunks: withDigest(writeBolt(bucketsOf(walks[1]!), layout)),
    };
  } catch (error) {
    await leave(walks[1]!);
    throw error;
  }
}

/** A walk that is not begun holds its place in the state until it is. */
async function leave(walk: Walk): Promise<void> {
  for (const pages of [walk.leases, walk.revisions]) for await (const _page of pages) break;
}

async function* withDigest(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  yield hash.digest();
}

function largeBuckets({ leases: granted, revisions }: Walk, marks: StateMarks): BoltBucket[] {
  return [
    { name: BUCKET.lease, entries: mapPages(granted, leaseEntry) },
    { name: BUCKET.key, entries: withMark(mapPages(revisions, revisionEntry), marks.revision) },
  ];
}

async function* mapPages(
  pages: Pages,
  entryOf: (record: RecordBytes) => BoltEntry,
): AsyncGenerator<BoltEntry[]> {
  for await (const page of pages) yield page.map(entryOf);
}

async function* withMark(pages: AsyncIterable<BoltEntry[]>, revision: number): AsyncGenerator<BoltEntry[]> {
  let last = revisionBytes(1, 0);
  for await (const page of pages) {
    last = page.at(-1)![0] as Buffer;
    yield page;
  }
  if (last.readBigUInt64BE(0) < BigInt(revision)) yield [[revisionBytes(revision, 0), NOTHING]];
}

function revisionEntry(record: RecordBytes): BoltEntry {
  const { main, sub, isTombstone, kv } = readRevision(record);
  const value = isTombstone
    ? { key: kv.key }
    : {
        key: kv.key,
        create_revision: kv.createRevision,
        mod_revision: main,
        version: kv.version,
        value: kv.value,
        lease: kv.lease,
      };
  return [revisionBytes(main, sub, isTombstone), keyValues.encode(value)];
}

function leaseEntry(record: RecordBytes): BoltEntry {
  const { id, ttlSeconds, remainingSeconds } = readLease(record);
  return [uint64(id), leases.encode({ ID: id, TTL: ttlSeconds, RemainingTTL: remainingSeconds })];
}

async function authBuckets(pages: Pages): Promise<BoltBucket[]> {
  let state: AuthRecord & { type: "state" } = { type: "state", enabled: false, revision: 1 };
  const found: { users: BoltEntry[]; roles: BoltEntry[] } = { users: [], roles: [] };
  for await (const page of pages) {
    for (const bytes of page) {
      const record = readAuth(bytes);
      if (record?.type === "state") state = record;
      else if (record?.type === "user") found.users.push(userEntry(record.user));
      else if (record?.type === "role") found.roles.push(roleEntry(record.role));
    }
  }
  return [
    bucket(BUCKET.auth, [
      [AUTH.enabled, Buffer.of(state.enabled ? 1 : 0)],
      [AUTH.revision, uint64(state.revision)],
    ]),
    { name: BUCKET.authUsers, entries: onePage(found.users) },
    { name: BUCKET.authRoles, entries: onePage(found.roles) },
  ];
}

function userEntry({
  name,
  passwordHash,
  noPassword,
  roles: of,
}: (AuthRecord & { type: "user" })["user"]): BoltEntry {
  const key = Buffer.from(name);
  const password = Buffer.from(passwordHash);
  return [key, users.encode({ name: key, password, roles: of, options: { no_password: noPassword } })];
}

function roleEntry({ name, permissions }: (AuthRecord & { type: "role" })["role"]): BoltEntry {
  const key = Buffer.from(name);
  const keyPermission = permissions.map((one) => ({
    permType: PERMISSION_TYPES.indexOf(one.type),
    key: one.key,
    range_end: one.rangeEnd ?? NOTHING,
  }));
  return [key, roles.encode({ name: key, keyPermission })];
}

function clusterBuckets(membership: Membership | undefined): BoltBucket[] {
  const members = membership?.list() ?? [];
  return [
    bucket(BUCKET.cluster, [["clusterVersion", Buffer.from(STORAGE_VERSION)]]),
    bucket(
      BUCKET.members,
      members.map((member) => [member.id.toString(16), Buffer.from(memberJson(member))]),
    ),
    bucket(
      BUCKET.membersRemoved,
      [...(membership?.removed() ?? [])].map((id) => [id.toString(16), Buffer.from("removed")]),
    ),
  ];
}

/** Ids are numbers of 64 bits, which JSON.stringify can't write. */
function memberJson({
  id,
  name,
  peerUrls,
  clientUrls,
  isLearner,
}: ReturnType<Membership["list"]>[number]): string {
  const rest = {
    peerURLs: peerUrls,
    ...(isLearner ? { isLearner } : undefined),
    ...(name === "" ? undefined : { name }),
    ...(clientUrls.length === 0 ? undefined : { clientURLs: clientUrls }),
  };
  return `{"id":${id},${JSON.stringify(rest).slice(1)}`;
}

function metaBuckets(
  meta: ReadonlyMap<string, Uint8Array>,
  membership: Membership | undefined,
): BoltBucket[] {
  const { appliedIndex, appliedTerm, compactRevision, compactionDone } = readMarks(meta);
  const compactions: [string, number][] = [
    [META.scheduledCompact, compactRevision],
    [META.finishedCompact, Math.min(compactionDone, compactRevision)],
  ];
  const standing = [...meta.keys()].filter((name) => name.startsWith("alarm/")).map(alarmBytes);
  return [
    bucket(BUCKET.meta, [
      [META.confState, Buffer.from(confJson(membership))],
      [META.consistentIndex, uint64(appliedIndex)],
      [META.term, uint64(appliedTerm)],
      [META.storageVersion, Buffer.from(STORAGE_VERSION)],
      ...compactions
        .filter(([, revision]) => revision > 0)
        .map(([name, revision]): [string, Buffer] => [name, revisionBytes(revision, 0)]),
    ]),
    { name: BUCKET.alarm, entries: onePage(standing.map((key) => [key, NOTHING])) },
  ];
}

/** Of `alarm/TYPE/MEMBER`. */
function alarmBytes(name: string): Buffer {
  const [, type, member] = name.split("/");
  return alarms.encode({ memberID: BigInt(member!), alarm: ALARM_TYPES.indexOf(type as "corrupt") });
}

function confJson(membership: Membership | undefined): string {
  const conf = membership?.conf;
  const lists = [
    ["voters", conf?.voters],
    ["learners", conf?.learners],
    ["voters_outgoing", conf?.votersOutgoing],
    ["learners_next", conf?.learnersNext],
  ] as const;
  const fields = lists
    .filter(([, ids]) => ids && ids.length > 0)
    .map(([name, ids]) => `"${name}":[${ids!.join(",")}]`);
  return `{${[...fields, `"auto_leave":${conf?.autoLeave ?? false}`].join(",")}}`;
}

function bucket(name: string, entries: readonly (readonly [string, Buffer])[]): BoltBucket {
  return { name, entries: onePage(entries.map(([key, value]) => [Buffer.from(key), value])) };
}

/** Walked as often as is wanted. */
function onePage(entries: BoltEntry[]): AsyncIterable<readonly BoltEntry[]> {
  const sorted = entries.sort(([a], [b]) => Buffer.compare(a, b));
  return {
    async *[Symbol.asyncIterator]() {
      yield sorted;
    },
  };
}

function uint64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
