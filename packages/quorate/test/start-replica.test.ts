import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type StartReplicaOptions, startReplica } from "../src/start-replica.ts";
import { memberSettings, started } from "./member-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

test("a member in its worker thread writes, reads, watches, and finds all of it after a restart", async (t) => {
  const [options] = await memberSettings(t, 1);
  const replica = await started(t, options!);
  const batches: number[] = [];
  replica.kv.watch(
    { key: bytes("k"), startRevision: 1 },
    { batch: (b) => batches.push(b.revision), closed: () => {} },
  );
  const put = await replica.kv.put({ key: bytes("k"), value: bytes("v") });
  t.deepEqual(batches, [put.header.revision]);
  t.is((await replica.kv.range({ key: bytes("k") })).count, 1);
  const status = await replica.status();
  t.is(status.role, "leader");
  t.is(status.leader, replica.id);
  await replica.stop();
  t.is(await replica.exited, undefined);
  const again = await started(t, options!);
  const range = await again.kv.range({ key: bytes("k") });
  t.is(Buffer.from(range.kvs[0]!.value).toString(), "v");
  t.is(again.id, replica.id);
});

test("three members in their threads serve one history, and hand over the leadership", async (t) => {
  const all = await Promise.all((await memberSettings(t, 3)).map((options) => started(t, options)));
  await Promise.all(all.map(({ kv }, i) => kv.put({ key: bytes(`k${i}`), value: bytes("v") })));
  const counts = await Promise.all(
    all.map(async ({ kv }) => (await kv.range({ key: bytes("k"), rangeEnd: bytes("l") })).count),
  );
  t.deepEqual(counts, [3, 3, 3]);
  const { leader } = await all[0]!.status();
  const target = all.find(({ id }) => id !== leader)!;
  await all[0]!.membership.moveLeader(target.id);
  t.is((await target.status()).role, "leader");
  const names = (await target.membership.list({ linearizable: true })).map(({ name }) => name).sort();
  t.deepEqual(names, ["m1", "m2", "m3"]);
});

test("a second start on the same directory, and a busy port, are refused by name", async (t) => {
  const [options] = await memberSettings(t, 1);
  const replica = await started(t, options!);
  const locked = await t.throwsAsync(startReplica(options!), { code: "DIRECTORY_LOCKED" });
  t.true(locked.message.includes(options!.dataDir));
  const busy = { ...options!, dataDir: `${options!.dataDir}-other` };
  await t.throwsAsync(startReplica(busy), { code: "PORT_IN_USE" });
  await t.throwsAsync(startReplica({ ...options!, dataDir: `${options!.dataDir}-2`, name: "nobody" }), {
    code: "INVALID_INITIAL_CLUSTER",
  });
  t.is((await replica.status()).role, "leader");
});

test("a damaged log stops the start with the file, the offset and the way out", async (t) => {
  const [options] = await memberSettings(t, 1);
  const replica = await started(t, options!);
  for (let i = 0; i < 20; i++) await replica.kv.put({ key: bytes(`k${i}`), value: bytes("v".repeat(50)) });
  await replica.stop();
  const path = join(options!.dataDir, "log", "0000000000000001.wal");
  const content = await readFile(path);
  content[300]! ^= 4;
  await writeFile(path, content);
  const error = await t.throwsAsync(startReplica(options!), { code: "LOG_DAMAGED" });
  t.regex(error.message, /0000000000000001\.wal is damaged at offset \d+: .*move this data directory away/);
  t.false(error.message.includes("\n"));
});

test("a new member joins a running cluster, is promoted, and the one that it replaces is told to go", async (t) => {
  const all = await memberSettings(t, 4);
  const [joining, ...first] = [all[3]!, all[0]!, all[1]!, all[2]!];
  const urlOf = (options: StartReplicaOptions) =>
    options.initialCluster.split(",").find((part) => part.startsWith(`${options.name}=`))!;
  const initialCluster = first.map(urlOf).join(",");
  const members = await Promise.all(first.map((options) => started(t, { ...options, initialCluster })));
  await members[0]!.kv.put({ key: bytes("k"), value: bytes("v") });
  const existing = { ...joining, initialClusterState: "existing" as const };
  await t.throwsAsync(startReplica(existing), { code: "CANNOT_JOIN", message: /quorate member add/ });
  const peerUrl = urlOf(joining).slice(joining.name.length + 1);
  const added = await members[1]!.membership.add([peerUrl]);
  t.is(added.length, 4);
  t.true(added.find(({ peerUrls }) => peerUrls[0] === peerUrl)!.isLearner);
  const fourth = await started(t, existing);
  t.is((await fourth.kv.range({ key: bytes("k") })).count, 1);
  for (let promoted = false; !promoted; ) {
    promoted = await members[0]!.membership.promote(fourth.id).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code !== "LEARNER_NOT_READY") throw error;
        return false;
      },
    );
  }
  const { leader } = await fourth.status();
  const gone = members.find(({ id }) => id !== leader)!;
  await fourth.membership.remove(gone.id);
  t.is((await gone.exited)?.code, "MEMBER_REMOVED");
  const goneOptions = first[members.indexOf(gone)]!;
  const again = await startReplica({ ...goneOptions, initialCluster });
  t.is((await again.exited)?.code, "MEMBER_REMOVED");
  await fourth.kv.put({ key: bytes("k"), value: bytes("2") });
  const members4 = await fourth.membership.list({ linearizable: true });
  t.deepEqual(
    members4.map(({ isLearner }) => isLearner),
    [false, false, false],
  );
});

test("a member that lost its data directory does not begin again under its old id", async (t) => {
  const all = await memberSettings(t, 3);
  const members = await Promise.all(all.map((options) => started(t, options)));
  await members[0]!.kv.put({ key: bytes("k"), value: bytes("v") });
  const { members: known } = await members[0]!.status();
  t.is(known.length, 3);
  for (let told = false; !told; ) {
    const views = await members[1]!.membership.list({ linearizable: true });
    told = views.every(({ directoryId }) => directoryId !== undefined);
  }
  const lost = all[2]!;
  await members[2]!.stop();
  const away = `${lost.dataDir}-away`;
  await rename(lost.dataDir, away);
  const refused = { code: "CANNOT_JOIN", message: /m3 has already been bootstrapped.*quorate member remove/ };
  await t.throwsAsync(startReplica(lost), refused);
  const existing = { ...lost, initialClusterState: "existing" as const };
  await t.throwsAsync(startReplica(existing), { code: "CANNOT_JOIN", message: /was started before/ });
  // With nobody there to ask it starts, and is refused as soon as one is.
  await Promise.all(members.slice(0, 2).map((member) => member.stop({ transferLeadership: false })));
  const alone = await started(t, lost);
  await Promise.all(all.slice(0, 2).map((options) => started(t, options)));
  t.is((await alone.exited)?.code, "DIRECTORY_REPLACED");
  await rm(lost.dataDir, { recursive: true });
  await rename(away, lost.dataDir);
  const back = await started(t, lost);
  t.is((await back.kv.range({ key: bytes("k") })).count, 1);
});
