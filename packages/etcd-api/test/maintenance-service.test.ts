import { createHash } from "node:crypto";
import test from "ava";
import { decodeBackup, ETCD_VERSION } from "../src/index.ts";
import { b, openSurface } from "./surface.ts";

test("the status says version, leader, sizes and alarms", async (t) => {
  const { client } = await openSurface(t);
  await client.call("KV/Put", { key: b("a"), value: Buffer.alloc(1000) });
  const status = await client.call("Maintenance/Status", {});
  t.deepEqual([status.version, status.storageVersion], [ETCD_VERSION, "3.6.0"]);
  t.deepEqual([status.leader, status.isLearner, status.errors.length], [1n, false, 0]);
  t.true(status.raftAppliedIndex > 0 && status.raftIndex >= status.raftAppliedIndex);
  t.true(status.dbSizeInUse > 1000 && status.dbSize >= status.dbSizeInUse);
  await client.call("Maintenance/Alarm", { action: 1, memberID: 1n, alarm: 2 });
  t.deepEqual((await client.call("Maintenance/Status", {})).errors, ["memberID:1 alarm:CORRUPT "]);
});

test("alarms are raised, listed and ended; a corrupt cluster takes no writes", async (t) => {
  const { client } = await openSurface(t);
  t.deepEqual((await client.call("Maintenance/Alarm", {})).alarms, []);
  await client.call("Maintenance/Alarm", { action: 1, memberID: 1n, alarm: 2 });
  t.deepEqual((await client.call("Maintenance/Alarm", {})).alarms, [{ memberID: 1n, alarm: 2 }]);
  t.deepEqual(await client.refusal("KV/Put", { key: b("a") }), {
    code: 15,
    text: "etcdserver: corrupt cluster",
  });
  await client.call("Maintenance/Alarm", { action: 2, memberID: 1n, alarm: 2 });
  await client.call("KV/Put", { key: b("a") });
  await client.call("Maintenance/Alarm", { action: 1, memberID: 1n, alarm: 1 });
  t.deepEqual(await client.refusal("KV/Put", { key: b("b"), value: b("1") }), {
    code: 8,
    text: "etcdserver: mvcc: database space exceeded",
  });
  await client.call("KV/DeleteRange", { key: b("a") });
});

test("the hash of a revision stays the same while others are written", async (t) => {
  const { client } = await openSurface(t);
  for (const value of ["1", "2", "3"]) await client.call("KV/Put", { key: b("a"), value: b(value) });
  const now = await client.call("Maintenance/HashKV", { revision: 3 });
  await client.call("KV/Put", { key: b("b"), value: b("4") });
  const later = await client.call("Maintenance/HashKV", { revision: 3 });
  t.deepEqual([later.hash, later.hash_revision], [now.hash, 3]);
  t.not((await client.call("Maintenance/HashKV", {})).hash, now.hash);
  t.is((await client.refusal("Maintenance/HashKV", { revision: 99 })).code, 11);
});

test("a backup is blocks of 512 and a SHA-256 behind them, and a damaged one is refused", async (t) => {
  const { client } = await openSurface(t);
  for (let at = 0; at < 50; at++) {
    await client.call("KV/Put", { key: b(`k${at}`), value: Buffer.alloc(3000, at) });
  }
  const stream = client.open("Maintenance/Snapshot");
  stream.send({});
  stream.end();
  const blobs: Buffer[] = [];
  try {
    for (;;) blobs.push(Buffer.from((await stream.next()).blob));
  } catch (ended) {
    t.deepEqual(ended, { code: 0, text: "" });
  }
  const file = Buffer.concat(blobs);
  t.is(file.length % 512, 32);
  t.true(blobs.length > 3 && blobs.every((blob) => blob.length <= 32 * 1024));
  const body = file.subarray(0, -32);
  t.deepEqual(file.subarray(-32), createHash("sha256").update(body).digest());
  const chunks: Buffer[] = [];
  for await (const chunk of decodeBackup(blobs.values() as never)) chunks.push(chunk);
  t.true(chunks.length > 50);
  const cut = async (bytes: Buffer) => {
    for await (const _chunk of decodeBackup([bytes].values() as never));
  };
  await t.throwsAsync(() => cut(file.subarray(0, 5000)), { code: "BACKUP_DAMAGED" });
  const flipped = Buffer.from(file);
  flipped[3000]! ^= 1;
  await t.throwsAsync(() => cut(flipped), { code: "BACKUP_DAMAGED" });
});

test("what a member alone can't do is refused with etcd's texts", async (t) => {
  const { client } = await openSurface(t);
  t.is((await client.call("Cluster/MemberList", {})).members.length, 1);
  const text = async (...args: Parameters<typeof client.refusal>) => (await client.refusal(...args)).text;
  t.is(await text("Cluster/MemberAdd", { peerURLs: [] }), "etcdserver: given member URLs are invalid");
  t.is(await text("Cluster/MemberAdd", { peerURLs: ["x"] }), "etcdserver: given member URLs are invalid");
  t.is(await text("Cluster/MemberRemove", { ID: 5n }), "etcdserver: member not found");
  t.is(await text("Maintenance/MoveLeader", { targetID: 5n }), "etcdserver: bad leader transferee");
  const downgrade = (version: string) => text("Maintenance/Downgrade", { action: 0, version });
  t.is(await downgrade("x"), "etcdserver: wrong downgrade target version format");
  t.is(await downgrade("3.4.0"), "etcdserver: invalid downgrade target version");
  t.is((await client.call("Maintenance/Downgrade", { action: 2 })).version, "3.6");
  t.is((await client.call("Maintenance/Downgrade", { action: 0, version: "3.5.0" })).version, "3.6");
  await client.call("Maintenance/Defragment", {});
  t.is((await client.call("Health/Check", {})).status, 1);
});
