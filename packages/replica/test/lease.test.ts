import type { AuthRequest } from "@quorate/mvcc";
import test from "ava";
import { TestCluster } from "./cluster-fixture.ts";

const bytes = (text: string) => Buffer.from(text);

test("a lease lives while it is renewed through a follower, and ends with its keys when it is not", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const follower = cluster.running.find((member) => member !== leader)!;
  const { id, ttlSeconds } = await follower.kv.leaseGrant({ id: 0n, ttlSeconds: 3 });
  t.is(ttlSeconds, 3);
  await follower.kv.put({ key: bytes("a"), value: bytes("1"), lease: id });
  t.deepEqual(await follower.kv.leases(), [id]);
  const end = performance.now() + ttlSeconds * 1500;
  while (performance.now() < end) {
    t.is(await follower.kv.leaseKeepAlive(id), ttlSeconds);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const status = await follower.kv.leaseTimeToLive(id, true);
  t.deepEqual(status.keys, [bytes("a")]);
  t.is(status.grantedTtlSeconds, ttlSeconds);
  await cluster.until(() => !follower.replica.store.leases.find(id), "the end of the lease");
  t.is((await follower.kv.range({ key: bytes("a") })).count, 0);
  t.is(await follower.kv.leaseKeepAlive(id), 0);
  t.is((await follower.kv.leaseTimeToLive(id, true)).ttlSeconds, -1);
});

test("a new leader gives every lease its whole time again", async (t) => {
  const cluster = await TestCluster.start(3);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const { id } = await leader.kv.leaseGrant({ id: 77n, ttlSeconds: 60 });
  await cluster.kill(leader.id);
  const next = await cluster.leader();
  t.true((await next.kv.leaseTimeToLive(id, false)).ttlSeconds >= 60);
});

test("a lease that was granted in a user's name ends as any other does", async (t) => {
  const cluster = await TestCluster.start(1);
  t.teardown(() => cluster.stop());
  const leader = await cluster.leader();
  const auth = (request: AuthRequest) => leader.replica.propose({ op: "auth", request });
  await auth({ type: "user-add", name: "root", passwordHash: "x", noPassword: true });
  await auth({ type: "role-add", role: "root" });
  await auth({ type: "user-grant-role", name: "root", role: "root" });
  await auth({ type: "enable" });
  const caller = { user: "root", authRevision: leader.replica.store.auth.revision };
  const { id } = await leader.kv.leaseGrant({ id: 5n, ttlSeconds: 2 }, { caller });
  t.truthy(leader.replica.store.leases.find(id));
  await cluster.until(() => !leader.replica.store.leases.find(id), "the end of the lease");
});
