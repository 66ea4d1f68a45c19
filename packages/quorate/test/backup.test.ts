import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DataDirectory } from "@quorate/disk";
import { Store } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { PeerAdmin } from "../src/admin/peer-admin.ts";
import { inspectBackup, writeBackupFile } from "../src/backup/backup-file.ts";
import { type RestoreOptions, restoreBackup } from "../src/backup/restore-backup.ts";
import { backUpSurvivor, compareSurvivors, inspectSurvivor } from "../src/backup/survivor.ts";
import { describeSurvivors } from "../src/command/snapshot-command.ts";
import { type StartReplicaOptions, startReplica } from "../src/start-replica.ts";
import { freePorts, memberSettings, peerUrlsOf, started } from "./member-fixture.ts";

const bytes = (text: string) => Buffer.from(text);
const BUMP = 1_000_000_000;

interface Saved {
  readonly file: string;
  readonly revision: number;
  readonly clusterId: bigint;
}

/** A backup of a member that held k0 to k9, k0 deleted, k1 written twice and k9 under a lease. */
async function saved(t: ExecutionContext): Promise<Saved> {
  const [options] = await memberSettings(t, 1);
  const member = await started(t, options!);
  for (let i = 0; i < 10; i++) await member.kv.put({ key: bytes(`k${i}`), value: bytes(`v${i}`) });
  await member.kv.deleteRange({ key: bytes("k0") });
  await member.kv.put({ key: bytes("k1"), value: bytes("again") });
  const { id } = await member.kv.leaseGrant({ id: 0n, ttlSeconds: 3600 });
  const { header } = await member.kv.put({ key: bytes("k9"), value: bytes("leased"), lease: id });
  const admin = new PeerAdmin({ peerUrls: peerUrlsOf(options!), tls: undefined });
  t.teardown(() => admin.close());
  const file = join(dirname(options!.dataDir), "backup.db");
  await writeBackupFile(file, admin.backup());
  return { file, revision: header.revision, clusterId: member.clusterId };
}

async function targets(t: ExecutionContext, file: string, size: number): Promise<RestoreOptions[]> {
  const settings = await memberSettings(t, size);
  return settings.map(({ dataDir, name, initialCluster }) => ({
    ...{ file, dataDir, name, initialCluster },
    initialClusterToken: "t",
  }));
}

function startOptions({ dataDir, name, initialCluster }: RestoreOptions): StartReplicaOptions {
  return { dataDir, name, initialCluster };
}

async function fixture(t: ExecutionContext, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-backup-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, "backup.db");
  await writeFile(file, gunzipSync(await readFile(new URL(`fixtures/${name}`, import.meta.url))));
  return file;
}

/** What `file` holds of the recorded state, after a restore and through a backup of ours. */
async function restored(t: ExecutionContext, file: string, revision: number): Promise<void> {
  const [target] = await targets(t, file, 1);
  await restoreBackup(target!);
  const before = await stateOf(target!.dataDir);
  t.is(before.revision, revision + BUMP);
  t.deepEqual(before.keys, ["big", ...Array.from({ length: 9 }, (_, i) => `k${i + 1}`)]);
  t.deepEqual(before.users, ["alice", "bob", "root"]);
  t.deepEqual(before.rolesOfAlice, ["reader"]);
  t.deepEqual(before.permissions, [{ type: "read", key: bytes("k"), rangeEnd: bytes("l") }]);
  t.deepEqual(before.leased, ["k9"]);
  const again = `${target!.dataDir}.db`;
  await backUpSurvivor(target!.dataDir, again);
  t.like(await inspectBackup(again), { format: "etcd", revision: revision + BUMP });
  const options = { ...target!, file: again, dataDir: `${target!.dataDir}-again`, bumpRevision: 1 };
  await restoreBackup(options);
  t.deepEqual(await stateOf(options.dataDir), { ...before, revision: revision + BUMP + 1 });
}

async function stateOf(dataDir: string) {
  const directory = await DataDirectory.open({ path: dataDir });
  const state = await directory.openState();
  try {
    const store = await Store.open(state.store, { clusterId: 0n, memberId: 0n });
    const { kvs } = store.range({ key: bytes("\0"), rangeEnd: bytes("\0") });
    return {
      revision: store.revision,
      keys: kvs.map(({ key }) => `${key}`),
      values: kvs.map(({ value, version, createRevision }) => `${version}/${createRevision}/${value}`),
      users: store.auth.users(),
      passwords: store.auth.users().map((name) => store.auth.findUser(name)!.passwordHash),
      rolesOfAlice: store.auth.findUser("alice")!.roles,
      permissions: store.auth.findRole("reader")!.permissions,
      leased: store.leases.all().flatMap((lease) => [...lease.keys]),
    };
  } finally {
    await state.close();
    await directory.close();
  }
}

test("a backup becomes a new cluster whose revisions lie ahead of all that clients have seen", async (t) => {
  const { file, revision, clusterId } = await saved(t);
  const summary = await inspectBackup(file);
  t.is(summary.revision, revision);
  const options = await targets(t, file, 3);
  const restored = await Promise.all(options.map(restoreBackup));
  t.is(new Set(restored.map((one) => one.clusterId)).size, 1);
  t.not(restored[0]!.clusterId, clusterId);
  const members = await Promise.all(options.map((one) => started(t, startOptions(one))));
  const { kv } = members[0]!;
  const { kvs, header } = await kv.range({ key: bytes("k"), rangeEnd: bytes("l") });
  t.deepEqual(
    kvs.map(({ key, value }) => `${key}=${value}`),
    ["k1=again", ...[2, 3, 4, 5, 6, 7, 8].map((i) => `k${i}=v${i}`), "k9=leased"],
  );
  t.is(header.revision, revision + BUMP);
  t.is((await kv.leases()).length, 1);
  const closed = new Promise<{ code?: string } | undefined>((resolve) => {
    kv.watch(
      { key: bytes("k"), rangeEnd: bytes("l"), startRevision: revision },
      { batch: () => {}, closed: (error) => resolve(error as { code?: string }) },
    );
  });
  t.is((await closed)?.code, "COMPACTED");
  t.is((await kv.put({ key: bytes("new"), value: bytes("1") })).header.revision, revision + BUMP + 1);
  await members[2]!.kv.barrier();
  t.is((await members[2]!.kv.range({ key: bytes("new") })).count, 1);
});

test("a damaged backup is refused by name and leaves nothing that could be started", async (t) => {
  const { file } = await saved(t);
  const whole = await readFile(file);
  const [target] = await targets(t, file, 1);
  const refused = { code: "BACKUP_DAMAGED", message: /backup.db: the backup can't be used/ };
  for (const damaged of [
    whole.subarray(0, whole.length - 600),
    whole.subarray(0, 10),
    Buffer.concat([whole.subarray(0, 300), Buffer.from([whole[300]! ^ 1]), whole.subarray(301)]),
    whole.subarray(0, whole.length - 4096),
    Buffer.alloc(0),
  ]) {
    await writeFile(file, damaged);
    await t.throwsAsync(inspectBackup(file), refused);
    await t.throwsAsync(restoreBackup(target!), refused);
  }
  t.deepEqual(await readdir(dirname(target!.dataDir)), []);
});

test("a snapshot of etcd becomes a cluster of ours, with its leases, users and roles", async (t) => {
  const file = await fixture(t, "etcd-3.6.16-snapshot.db.gz");
  const summary = await inspectBackup(file);
  // What etcdutl says of it.
  t.like(summary, {
    format: "etcd",
    version: "3.6.0",
    hash: "143c1527",
    revision: 15,
    keys: 10,
    records: 14,
  });
  await restored(t, file, summary.revision);
});

test("a backup in the format of 0.1.0 is read as before", async (t) => {
  const file = await fixture(t, "backup-0.1.0.db.gz");
  const summary = await inspectBackup(file);
  t.like(summary, { format: "quorate", revision: 15, keys: 10, records: 14 });
  await restored(t, file, summary.revision);
});

test("a database copied from etcd's data directory is taken only where that is said", async (t) => {
  const file = await fixture(t, "etcd-3.6.16-snapshot.db.gz");
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, whole.length - 32));
  await t.throwsAsync(inspectBackup(file), { code: "BACKUP_DAMAGED", message: /give --skip-hash-check/ });
  t.like(await inspectBackup(file, { skipHashCheck: true }), { hash: "143c1527", keys: 10 });
  await writeFile(file, whole.subarray(0, 4096 * 3));
  await t.throwsAsync(inspectBackup(file, { skipHashCheck: true }), { code: "BACKUP_DAMAGED" });
});

test("a restore never goes into a directory that holds something", async (t) => {
  const { file } = await saved(t);
  const [target] = await targets(t, file, 1);
  await restoreBackup(target!);
  await t.throwsAsync(restoreBackup(target!), { code: "DIRECTORY_NOT_EMPTY" });
  await t.throwsAsync(restoreBackup({ ...target!, dataDir: `${target!.dataDir}-2`, name: "other" }), {
    code: "INVALID_INITIAL_CLUSTER",
  });
});

test("the survivors of a lost majority are told apart, and the best one loses nothing", async (t) => {
  const all = await memberSettings(t, 3);
  const members = await Promise.all(all.map((options) => started(t, options)));
  await members[0]!.kv.put({ key: bytes("a"), value: bytes("1") });
  await t.throwsAsync(inspectSurvivor(all[0]!.dataDir), { code: "DIRECTORY_LOCKED" });
  await members[2]!.stop();
  await members[0]!.kv.put({ key: bytes("b"), value: bytes("2") });
  await Promise.all(members.slice(0, 2).map((member) => member.stop({ transferLeadership: false })));
  const survivors = await Promise.all(all.map(({ dataDir }) => inspectSurvivor(dataDir)));
  const [best] = [...survivors].sort(compareSurvivors);
  t.not(best!.name, "m3");
  t.regex(
    describeSurvivors([survivors[2]!]).join("\n"),
    /LOST may be whatever was acknowledged after entry \d+/,
  );
  t.regex(describeSurvivors(survivors.slice(0, 2)).join("\n"), /Nothing acknowledged is lost/);
  const file = join(dirname(all[0]!.dataDir), "recovered.db");
  await backUpSurvivor(best!.path, file);
  t.deepEqual(await inspectSurvivor(best!.path), best, "looking changes nothing");
  const [port] = await freePorts(1);
  const target = { dataDir: `${best!.path}-new`, name: "m1", initialCluster: `m1=http://127.0.0.1:${port}` };
  await restoreBackup({ ...target, file, initialClusterToken: "t" });
  const alone = await started(t, target);
  t.is((await alone.kv.range({ key: bytes("a"), rangeEnd: bytes("c") })).count, 2);
});

test("a member forced to go on alone has all of its log, and the others never join it", async (t) => {
  const all = await memberSettings(t, 3);
  const members = await Promise.all(all.map((options) => started(t, options)));
  await members[0]!.kv.put({ key: bytes("a"), value: bytes("1") });
  await members[1]!.kv.barrier();
  await Promise.all(members.map((member) => member.stop({ transferLeadership: false })));
  const alone = await started(t, { ...all[1]!, forceNewCluster: true });
  t.is((await alone.kv.range({ key: bytes("a") })).count, 1);
  await alone.kv.put({ key: bytes("b"), value: bytes("2") });
  t.is((await alone.status()).members.length, 1);
  const refused = await startReplica(all[0]!);
  t.is((await refused.exited)?.code, "MEMBER_REMOVED");
});
