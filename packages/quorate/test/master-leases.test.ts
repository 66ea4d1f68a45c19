import { ManualClock } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import test from "ava";
import { MasterLeases } from "../src/member/master-leases.ts";

const TTL_MS = 15_000;

test("servers that renew are listed; one that falls silent, or goes, is not", async (t) => {
  const clock = new ManualClock();
  const kv = await LocalKv.open({ clock });
  t.teardown(() => kv.close());
  const [one, two] = [new MasterLeases(kv), new MasterLeases(kv)];
  await one.renew("10.0.0.1");
  await two.renew("10.0.0.2");
  t.deepEqual(await one.list(), ["10.0.0.1", "10.0.0.2"]);
  for (let i = 0; i < 4; i++) {
    clock.advance(TTL_MS / 2);
    await one.renew("10.0.0.1");
  }
  t.deepEqual(await one.list(), ["10.0.0.1"]);
  await two.renew("10.0.0.2");
  t.deepEqual(await one.list(), ["10.0.0.1", "10.0.0.2"]);
  await one.remove("10.0.0.1");
  t.deepEqual(await two.list(), ["10.0.0.2"]);
});

test("a server does not remove the lease of another one with its address", async (t) => {
  const kv = await LocalKv.open({ clock: new ManualClock() });
  t.teardown(() => kv.close());
  const [old, current] = [new MasterLeases(kv), new MasterLeases(kv)];
  await old.renew("10.0.0.1");
  await current.renew("10.0.0.1");
  await old.remove("10.0.0.1");
  t.deepEqual(await current.list(), ["10.0.0.1"]);
});

test("an entry that a kube-apiserver has written as protobuf counts by its key", async (t) => {
  const kv = await LocalKv.open({ clock: new ManualClock() });
  t.teardown(() => kv.close());
  await kv.put({ key: Buffer.from("/registry/masterleases/10.0.0.9"), value: Buffer.from("k8s\0\n") });
  t.deepEqual(await new MasterLeases(kv).list(), ["10.0.0.9"]);
});
