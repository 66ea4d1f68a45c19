import test from "ava";
import { PeerAdmin } from "../src/admin/peer-admin.ts";
import { findMember, renderMembers } from "../src/command/member-command.ts";
import { completeStatus, renderStatus } from "../src/command/status-command.ts";
import { memberSettings, peerUrlsOf, started } from "./member-fixture.ts";

test("an operator lists, adds, moves, updates, replaces and removes members at any member's peer port", async (t) => {
  const all = await memberSettings(t, 3);
  await Promise.all(all.map((options) => started(t, options)));
  const urls = peerUrlsOf(all[0]!);
  const admin = new PeerAdmin({ peerUrls: ["http://127.0.0.1:1", ...urls], tls: undefined });
  t.teardown(() => admin.close());
  const members = await admin.members();
  t.deepEqual(members.map(({ name }) => name).sort(), ["m1", "m2", "m3"]);
  const target = findMember(members, "m2");
  t.is(findMember(members, target.id.toString(16)), target);
  t.throws(() => findMember(members, "m9"), { code: "MEMBER_NOT_FOUND", message: /there are .*m1/ });
  await admin.moveLeader(target.id);
  let status = await admin.status();
  t.is(status.find(({ role }) => role === "leader")?.name, "m2");
  t.true(status.every(({ appliedIndex, diskMsP99 }) => appliedIndex! > 0 && diskMsP99 !== undefined));
  t.regex(
    renderStatus(completeStatus(status, [])),
    /^MEMBER +ID +ENDPOINT +ROLE +TERM +INDEX +APPLIED +LAG /,
  );

  let added = await admin.add(["http://127.0.0.1:2"], true).catch((error: Error) => error);
  // A cluster that has just started may not have all its connections yet.
  while (added instanceof Error) added = await admin.add(["http://127.0.0.1:2"], true).catch((e: Error) => e);
  t.true(added.isLearner);
  t.regex(renderMembers(await admin.members()), /unstarted +learner +http:\/\/127\.0\.0\.1:2 /);
  await t.throwsAsync(admin.promote(added.id), { code: "LEARNER_NOT_READY" });
  const taken = ["http://127.0.0.1:2", "http://127.0.0.1:9"];
  await t.throwsAsync(admin.add(taken, true), { code: "PEER_URL_EXISTS" });
  await admin.update(added.id, ["http://127.0.0.1:3"]);
  t.deepEqual(findMember(await admin.members(), added.id.toString(16)).peerUrls, ["http://127.0.0.1:3"]);
  status = await admin.status();
  t.regex(status.find(({ id }) => id === added.id)?.problem ?? "", /127\.0\.0\.1:3/);
  const replacing = await admin.replace(added.id, ["http://127.0.0.1:3"], true);
  t.true(replacing.isLearner);
  t.deepEqual(replacing.peerUrls, ["http://127.0.0.1:3"]);
  await t.throwsAsync(admin.replace(added.id, ["http://127.0.0.1:4"], true), { code: "MEMBER_NOT_FOUND" });
  t.is((await admin.members()).length, 4);
  await admin.remove(replacing.id);
  t.is((await admin.members()).length, 3);
  await t.throwsAsync(admin.remove(99n), { code: "MEMBER_NOT_FOUND" });
});

test("where no member answers, every URL is named with its reason", async (t) => {
  const admin = new PeerAdmin({ peerUrls: ["http://127.0.0.1:1", "http://127.0.0.1:2"], tls: undefined });
  const error = await t.throwsAsync(admin.members(), { code: "UNAVAILABLE" });
  t.regex(error.message, /127\.0\.0\.1:1.*127\.0\.0\.1:2/);
});
