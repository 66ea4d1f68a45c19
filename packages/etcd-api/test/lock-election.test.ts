import test from "ava";
import { b, openSurface, shown } from "./surface.ts";

test("a lock is held by one at a time, in the order of their coming", async (t) => {
  const { client } = await openSurface(t);
  for (const ID of [1n, 2n, 3n]) await client.call("Lease/LeaseGrant", { TTL: 60, ID });
  const first = await client.call("Lock/Lock", { name: b("job"), lease: 1n });
  t.is(Buffer.from(first.key).toString(), "job/1");
  t.deepEqual((await client.call("Lock/Lock", { name: b("job"), lease: 1n })).key, first.key, "it has it");
  const order: string[] = [];
  const waiting = [2n, 3n].map(async (lease) => {
    const { key } = await client.call("Lock/Lock", { name: b("job"), lease });
    order.push(Buffer.from(key).toString());
    await client.call("Lock/Unlock", { key });
  });
  while ((await client.call("KV/Range", { key: b("job/"), range_end: b("job0") })).count < 3);
  t.deepEqual(order, []);
  await client.call("Lease/LeaseRevoke", { ID: 1n });
  await Promise.all(waiting);
  const came = await client.call("KV/Range", { key: b("job/"), range_end: b("job0") });
  t.is(came.count, 0);
  t.is(order.length, 2);
});

test("who gives up waiting for a lock does not stand in the way of others", async (t) => {
  const { client } = await openSurface(t);
  for (const ID of [1n, 2n]) await client.call("Lease/LeaseGrant", { TTL: 60, ID });
  const { key } = await client.call("Lock/Lock", { name: b("job"), lease: 1n });
  const giveUp = new AbortController();
  const waiting = client.call("Lock/Lock", { name: b("job"), lease: 2n }, { signal: giveUp.signal });
  while ((await client.call("KV/Range", { key: b("job/2") })).count === 0);
  giveUp.abort();
  await t.throwsAsync(waiting, { message: /CANCELLED/ });
  while ((await client.call("KV/Range", { key: b("job/2") })).count > 0);
  await client.call("Lock/Unlock", { key });
  t.is((await client.call("KV/Range", { key: b("job/"), range_end: b("job0") })).count, 0);
});

test("an election has one leader, who proclaims, is observed, and resigns for the next", async (t) => {
  const { client } = await openSurface(t);
  for (const ID of [1n, 2n]) await client.call("Lease/LeaseGrant", { TTL: 60, ID });
  t.is((await client.refusal("Election/Leader", { name: b("boss") })).text, "election: no leader");
  const { leader } = await client.call("Election/Campaign", { name: b("boss"), lease: 1n, value: b("ann") });
  t.is(shown((await client.call("Election/Leader", { name: b("boss") })).kv), "boss/1=ann");
  const observed = client.open("Election/Observe");
  observed.send({ name: b("boss") });
  t.is(shown((await observed.next()).kv), "boss/1=ann");
  await client.call("Election/Proclaim", { leader, value: b("ann again") });
  t.is(shown((await observed.next()).kv), "boss/1=ann again");
  const next = client.call("Election/Campaign", { name: b("boss"), lease: 2n, value: b("bob") });
  await client.call("Election/Resign", { leader });
  t.is(Buffer.from((await next).leader!.key).toString(), "boss/2");
  let told = shown((await observed.next()).kv);
  while (told !== "boss/2=bob") told = shown((await observed.next()).kv);
  observed.cancel();
  t.is((await client.refusal("Election/Proclaim", { leader, value: b("x") })).text, "election: not leader");
  t.is((await client.refusal("Election/Resign", {})).text, '"leader" field must be provided');
});
