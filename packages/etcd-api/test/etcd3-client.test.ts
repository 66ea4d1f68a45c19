/** The JavaScript client `etcd3`, unmodified, on our surface. */
import { once } from "node:events";
import test from "ava";
import { Etcd3 } from "etcd3";
import { openSurface } from "./surface.ts";

test("the etcd3 client reads, writes, compares, watches, leases, locks and elects", async (t) => {
  const { url } = await openSurface(t);
  const client = new Etcd3({ hosts: url });
  t.teardown(() => client.close());
  await client.put("a").value("1");
  t.is(await client.get("a").string(), "1");
  t.is(await client.get("none"), null);
  t.deepEqual(await client.getAll().prefix("a").strings(), { a: "1" });
  const watcher = await client.watch().key("w").create();
  const seen = once(watcher, "put") as Promise<[{ value: Buffer }]>;
  await client.put("w").value("seen");
  t.is(String((await seen)[0].value), "seen");
  await watcher.cancel();
  const swapped = await client.if("a", "Value", "==", "1").then(client.put("a").value("2")).commit();
  t.true(swapped.succeeded);
  t.is((await client.delete().key("a")).deleted, "1");
  const lease = client.lease(10);
  await lease.put("leased").value("x");
  t.is(await client.get("leased").string(), "x");
  await lease.revoke();
  t.is(await client.get("leased"), null);
  const held = await client.lock("job").do(async () => client.getAll().prefix("job").keys());
  t.is(held.length, 1);
  t.is((await client.cluster.memberList({} as never)).members.length, 1);
  t.is((await client.maintenance.status()).version, "3.6.16");
});

test("the etcd3 client finds users, roles and refusals as etcd gives them", async (t) => {
  const { url } = await openSurface(t);
  const client = new Etcd3({ hosts: url });
  t.teardown(() => client.close());
  const root = client.role("root");
  await root.create();
  const user = client.user("root");
  await user.create("secret");
  await user.addRole("root");
  await client.auth.authEnable();
  const known = new Etcd3({ hosts: url, auth: { username: "root", password: "secret" } });
  t.teardown(() => known.close());
  await known.put("a").value("1");
  t.is(await known.get("a").string(), "1");
  const wrong = new Etcd3({ hosts: url, auth: { username: "root", password: "wrong" } });
  t.teardown(() => wrong.close());
  await t.throwsAsync(() => wrong.get("a").string(), { message: /authentication failed/ });
  await known.auth.authDisable();
});
