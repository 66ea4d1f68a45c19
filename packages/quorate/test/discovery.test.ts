import { join } from "node:path";
import { openEtcdKv } from "@quorate/etcd-api";
import { parseInitialCluster } from "@quorate/replica";
import test from "ava";
import { type DiscoveryConfig, discoverCluster } from "../src/store/discovery.ts";
import { temporaryFolder } from "./member-fixture.ts";
import { aloneFlags, startStore } from "./store-process.ts";

const member = (n: number) => ({
  name: `m${n}`,
  peerUrls: [`http://10.0.0.${n}:2380`, `http://10.0.1.${n}:2380`],
});

test("members find each other at a discovery service; who comes later is not one of them", async (t) => {
  const service = startStore(t, aloneFlags(join(await temporaryFolder(t), "data")));
  const endpoints = [await service.readyUrl()];
  const limits = { connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };
  const config: DiscoveryConfig = { token: "T", endpoints, tls: undefined, ...limits };
  const discover = (n: number) => discoverCluster(config, member(n), () => {});
  await t.throwsAsync(discover(1), { code: "DISCOVERY_FAILED", message: /_config\/size/ });
  const kv = openEtcdKv({ endpoints });
  t.teardown(() => kv.close());
  await kv.put({ key: Buffer.from("/_etcd/registry/T/_config/size"), value: Buffer.from("3") });
  const found = await Promise.all([discover(1), discover(2), discover(3)]);
  t.is(new Set(found).size, 1);
  const members = [...parseInitialCluster(found[0]!)].sort((a, b) => (a.name < b.name ? -1 : 1));
  t.deepEqual(members, [member(1), member(2), member(3)]);
  t.is(await discover(2), found[0], "one that comes again is still a member");
  await t.throwsAsync(discover(4), { code: "DISCOVERY_FAILED", message: "discovery: cluster is full" });
});
