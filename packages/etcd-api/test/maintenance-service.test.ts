import test from "ava";
import { ETCD_VERSION } from "../src/index.ts";
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

test("a backup comes in small messages, each of which says how much is left", async (t) => {
  const { client, backend } = await openSurface(t);
  for (let at = 0; at < 5; at++) {
    await client.call("KV/Put", { key: b(`k${at}`), value: Buffer.alloc(70_000, at) });
  }
  const { bytes, chunks } = await backend.snapshot();
  const wanted: Uint8Array[] = [];
  for await (const chunk of chunks) wanted.push(chunk);
  const stream = client.open("Maintenance/Snapshot");
  stream.send({});
  stream.end();
  const blobs: Buffer[] = [];
  let left = bytes;
  try {
    for (;;) {
      const { blob, remaining_bytes: remaining, version } = await stream.next();
      blobs.push(Buffer.from(blob));
      left -= blob.length;
      t.is(remaining, left);
      t.is(version, "3.6.0");
    }
  } catch (ended) {
    t.deepEqual(ended, { code: 0, text: "" });
  }
  t.is(left, 0);
  t.true(blobs.every((blob) => blob.length <= 32 * 1024));
  t.true(Buffer.concat(blobs).equals(Buffer.concat(wanted)));
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
