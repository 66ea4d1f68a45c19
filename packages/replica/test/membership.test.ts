import test from "ava";
import { clusterIdOf, memberIdOf, parseInitialCluster } from "../src/member-attributes.ts";
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
