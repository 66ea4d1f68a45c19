import { type ConfChange, changedConf } from "@quorate/raft";
import test from "ava";
import { clusterIdOf, memberIdOf, parseInitialCluster } from "../src/member-attributes.ts";
import { encodeMemberContext, Membership } from "../src/membership.ts";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

async function change(
  cluster: TestCluster,
  op: "add" | "add-learner" | "promote" | "remove",
  member: bigint,
): Promise<void> {
  // Not the one concerned, and not always the leader.
  const asked = (cluster.running.find(({ id }) => id !== member) ?? cluster.running[0]!).replica;
  const peerUrls = [`https://m${member}:1`];
  await asked.askLeader({ op: "change-members", change: op, member, peerUrls });
}

test("a learner joins, catches up through a snapshot, is promoted, and an old member is removed", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const { kv } = await cluster.leader();
  await Promise.all(Array.from({ length: 50 }, (_, i) => kv.put({ key: bytes(`k${i}`), value: bytes("v") })));
  await change(cluster, "add-learner", 4n);
  await t.throwsAsync(change(cluster, "add", 4n), { code: "MEMBER_EXISTS" });
  await t.throwsAsync(change(cluster, "promote", 4n), { code: "LEARNER_NOT_READY" });
  await t.throwsAsync(change(cluster, "promote", 1n), { code: "NOT_A_LEARNER" });
  await t.throwsAsync(change(cluster, "promote", 99n), { code: "MEMBER_NOT_FOUND" });
  const joined = await cluster.open(4n, { bootstrap: undefined });
  await cluster.until(() => joined.replica.store.revision === 51, "caught up");
  await cluster.until(() => joined.replica.status().isLearner, "learner");
  const leader = await cluster.leader();
  await cluster.until(
    () => (leader.replica.status().progress.find(({ id }) => id === 4n)?.match ?? 0) > 50,
    "the learner's answers",
  );
  await change(cluster, "promote", 4n);
  await cluster.until(() => !joined.replica.status().isLearner, "promotion");
  await cluster.until(
    () => joined.replica.status().members.every(({ name }) => name !== ""),
    "the names of all",
  );
  const gone = cluster.running.find(({ id, replica }) => id !== 4n && replica.status().role !== "leader")!;
  await change(cluster, "remove", gone.id);
  await cluster.until(() => gone.failure !== undefined, "the end of the removed member");
  t.is((gone.failure as unknown as { code: string }).code, "MEMBER_REMOVED");
  await t.throwsAsync(change(cluster, "add", gone.id), { code: "MEMBER_REMOVED" });
  t.is((await joined.kv.range({ key: bytes("k"), rangeEnd: bytes("l"), countOnly: true })).count, 50);
});

test("a dead member is replaced in one step, at the same address", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await cluster.until(() => leader.replica.status().members.every(({ name }) => name !== ""), "names");
  const [dead, asked] = cluster.running.filter((member) => member !== leader);
  await cluster.kill(dead!.id);
  const replace = (leaving: bigint, member: bigint, peerUrls: readonly string[]) =>
    asked!.replica.askLeader({ op: "replace-member", leaving, member, peerUrls, asLearner: false });
  const url = `https://m${dead!.id}:1`;
  await t.throwsAsync(replace(99n, 4n, [url]), { code: "MEMBER_NOT_FOUND" });
  await t.throwsAsync(replace(dead!.id, asked!.id, [url]), { code: "MEMBER_EXISTS" });
  await t.throwsAsync(replace(dead!.id, 4n, [`https://m${asked!.id}:1`]), { code: "PEER_URL_EXISTS" });
  t.true(leader.replica.state.membership.conf.voters.includes(dead!.id), "refused as a whole");
  await replace(dead!.id, 4n, [url]);
  const { membership } = leader.replica.state;
  const voters = [leader.id, asked!.id, 4n].sort();
  t.like(membership.conf, { voters, votersOutgoing: [], autoLeave: false });
  t.true(membership.isRemoved(dead!.id));
  t.deepEqual(membership.find(4n)!.peerUrls, [url]);
  const joined = await cluster.open(4n, { bootstrap: undefined });
  await cluster.until(() => joined.replica.status().members.length === 3, "the state of the others");
  await joined.kv.put({ key: bytes("a"), value: bytes("1") });
  t.false(joined.replica.status().isLearner);
});

test("the leader is replaced as any other, and stops once another leads", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await cluster.until(() => leader.replica.status().members.every(({ name }) => name !== ""), "names");
  const peerUrls = ["https://m4:1"];
  await leader.replica.askLeader({
    op: "replace-member",
    leaving: leader.id,
    member: 4n,
    peerUrls,
    asLearner: true,
  });
  await cluster.until(() => leader.failure !== undefined, "the end of the replaced member");
  t.is((leader.failure as unknown as { code: string }).code, "MEMBER_REMOVED");
  const next = await cluster.leader();
  t.true(next.replica.state.membership.isLearner(4n));
  await next.kv.put({ key: bytes("a"), value: bytes("1") });
});

test("the only voter is not replaced by a learner", async (t) => {
  const cluster = await TestCluster.start(1);
  t.teardown(() => cluster.stop());
  const { replica } = await cluster.leader();
  const call = { op: "replace-member", leaving: 1n, member: 2n, peerUrls: ["https://m2:1"] } as const;
  await t.throwsAsync(replica.askLeader({ ...call, asLearner: true }), { code: "LAST_VOTER" });
});

test("who leaves through a joint configuration stays known until it is left, over a restart too", (t) => {
  const ids = [1n, 2n, 3n];
  const attributes = (id: bigint) => ({ id, name: `m${id}`, peerUrls: [`https://m${id}:1`], clientUrls: [] });
  const membership = Membership.initial(ids.map(attributes));
  const change: ConfChange = {
    steps: [
      { type: "remove", member: 3n },
      { type: "add-learner", member: 4n },
    ],
    context: encodeMemberContext(attributes(4n)),
  };
  membership.applyChange(change, changedConf(membership.conf, change));
  const { value } = membership.takeWrite() as { value: Uint8Array };
  const again = Membership.read(() => value)!;
  t.deepEqual([...again.ids()], [1n, 2n, 3n, 4n]);
  t.false(again.isRemoved(3n));
  const leave: ConfChange = { steps: [], context: new Uint8Array(0) };
  again.applyChange(leave, changedConf(again.conf, leave));
  t.deepEqual([...again.ids()], [1n, 2n, 4n]);
  t.true(again.isRemoved(3n));
  t.is(again.find(4n)!.name, "m4");
});

test("a removed member that comes back with its old data is told so and stops", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await cluster.until(() => leader.replica.status().members.every(({ name }) => name !== ""), "names");
  const gone = cluster.running.find((member) => member !== leader)!;
  await cluster.kill(gone.id);
  await change(cluster, "remove", gone.id);
  const back = await cluster.open(gone.id);
  // Its outcome is open to whoever asked: an error that says so, and not that a member was not found.
  const pending = t.throwsAsync(back.kv.put({ key: bytes("b"), value: bytes("1") }), { code: "STOPPED" });
  await cluster.until(() => back.failure !== undefined, "the refusal");
  await pending;
  t.is((back.failure as unknown as { code: string }).code, "MEMBER_REMOVED");
  await leader.kv.put({ key: bytes("a"), value: bytes("1") });
});

test("a learner that was started so is promoted by itself once it has caught up", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await cluster.until(() => leader.replica.status().members.every(({ name }) => name !== ""), "names");
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => leader.kv.put({ key: bytes(`k${i}`), value: bytes("v") })),
  );
  await change(cluster, "add-learner", 4n);
  t.true(leader.replica.state.membership.isLearner(4n));
  const joined = await cluster.open(4n, { bootstrap: undefined, promoteWhenReady: true });
  await cluster.until(() => leader.replica.state.membership.conf.voters.includes(4n), "the promotion");
  await cluster.until(() => !joined.replica.status().isLearner, "the promotion's end");
  t.is(joined.replica.store.revision, 51);
});

test("a change that would endanger the majority is refused, unless the operator said not to check", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  await cluster.until(() => leader.replica.status().members.every(({ name }) => name !== ""), "names");
  const [down, up] = cluster.running.filter((member) => member !== leader);
  await cluster.kill(down!.id);
  await t.throwsAsync(change(cluster, "add", 4n), { code: "UNHEALTHY" });
  await t.throwsAsync(change(cluster, "remove", up!.id), { code: "UNHEALTHY" });
  await change(cluster, "remove", down!.id);
  t.is(leader.replica.state.membership.conf.voters.length, 2);
});

test("the last member that votes can't be removed", async (t) => {
  const cluster = await TestCluster.start(1);
  t.teardown(() => cluster.stop());
  await cluster.leader();
  await t.throwsAsync(change(cluster, "remove", 1n), { code: "LAST_VOTER" });
});

test("ids are those that etcd makes of the same flags", (t) => {
  const members = parseInitialCluster(
    "infra0=http://127.0.0.1:2380,infra1=http://127.0.0.1:2381,infra2=http://127.0.0.1:2382",
  );
  const ids = members.map(({ peerUrls }) => memberIdOf(peerUrls, "etcd-cluster"));
  t.is(new Set(ids).size, 3);
  t.is(clusterIdOf(ids), clusterIdOf([...ids].reverse()));
  for (const text of ["m1", "=https://x:1", "m1=nothing", "m1=https://x:1,,"]) {
    t.throws(() => parseInitialCluster(text), { code: "INVALID_INITIAL_CLUSTER" });
  }
});
