import test from "ava";
import { b, openSurface } from "./surface.ts";

test("a lease is granted, listed, asked for, kept alive, and takes its keys with it", async (t) => {
  const { client } = await openSurface(t);
  const { ID, TTL } = await client.call("Lease/LeaseGrant", { TTL: 60, ID: 0x1234567890abcdefn });
  t.deepEqual([ID, TTL], [0x1234567890abcdefn, 60]);
  const chosen = await client.call("Lease/LeaseGrant", { TTL: 1 });
  t.true(chosen.ID > 0n);
  t.is(chosen.TTL, 2, "the shortest");
  await client.call("KV/Put", { key: b("a"), lease: ID });
  await client.call("KV/Put", { key: b("b"), lease: ID });
  const status = await client.call("Lease/LeaseTimeToLive", { ID, keys: true });
  t.deepEqual([status.grantedTTL, status.keys.map(String)], [60, ["a", "b"]]);
  t.true(status.TTL > 50 && status.TTL <= 60);
  t.deepEqual((await client.call("Lease/LeaseLeases", {})).leases.length, 2);
  const alive = client.open("Lease/LeaseKeepAlive");
  alive.send({ ID });
  t.is((await alive.next()).TTL, 60);
  alive.send({ ID: 99n });
  t.is((await alive.next()).TTL, 0, "of a lease that is gone");
  alive.end();
  await t.throwsAsync(() => alive.next().catch((ended) => Promise.reject(new Error(JSON.stringify(ended)))), {
    message: '{"code":0,"text":""}',
  });
  await client.call("Lease/LeaseRevoke", { ID });
  t.is((await client.call("KV/Range", { key: b("a"), range_end: b("c") })).count, 0);
  t.is((await client.call("Lease/LeaseTimeToLive", { ID })).TTL, -1);
});

test("leases that can't be are refused with etcd's codes and texts", async (t) => {
  const { client } = await openSurface(t);
  await client.call("Lease/LeaseGrant", { TTL: 60, ID: 1n });
  t.deepEqual(await client.refusal("Lease/LeaseGrant", { TTL: 60, ID: 1n }), {
    code: 9,
    text: "etcdserver: lease already exists",
  });
  t.deepEqual(await client.refusal("Lease/LeaseGrant", { TTL: 9_000_000_001 }), {
    code: 11,
    text: "etcdserver: too large lease TTL",
  });
  t.deepEqual(await client.refusal("Lease/LeaseRevoke", { ID: 2n }), {
    code: 5,
    text: "etcdserver: requested lease not found",
  });
});
