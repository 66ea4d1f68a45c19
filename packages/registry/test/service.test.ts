import type { KubernetesObject } from "@quorate/object";
import { objectsIn, stringIn, stringsIn } from "@quorate/object";
import test, { type ExecutionContext } from "ava";
import { openObjectStores, type ResourceStore } from "../src/index.ts";
import { AddressRange } from "../src/kinds/address-range.ts";
import { context, openStores, schema, service } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

async function openServices(t: ExecutionContext, options: Parameters<typeof openStores>[1] = {}) {
  const server = await openStores(t, options);
  const services = server.stores.store("", "services");
  const addresses = server.stores.store("networking.k8s.io", "ipaddresses");
  const create = async (name: string, spec: object = {}) =>
    (await services.create(service(name, spec as never), context("ns"))).decode();
  return { ...server, services, addresses, create };
}

const NODE_PORT = { type: "NodePort", externalTrafficPolicy: "Cluster" };
const names = async (store: ResourceStore): Promise<string[]> =>
  (await store.list({ namespace: "" })).items.map((item) => item.name);
const nodePorts = (object: KubernetesObject): number[] =>
  objectsIn(object.spec, "ports").map((port) => Number(port.nodePort));

test("a service takes a free address, for which there is an IPAddress that names it", async (t) => {
  const { create, addresses } = await openServices(t);
  const { spec } = await create("a");
  t.like(spec, { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  const ip = stringIn(spec, "clusterIP");
  t.deepEqual(spec?.clusterIPs, [ip]);
  t.regex(ip, /^10\.0\.0\.(1[7-9]|[2-9]\d|\d{3})$/, "out of the part that is not for named addresses");
  const address = (await addresses.get("", ip)).decode();
  t.deepEqual(address.spec, { parentRef: { resource: "services", namespace: "ns", name: "a" } });
  t.deepEqual(address.metadata.labels, {
    "ipaddress.kubernetes.io/ip-family": "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  });
  t.truthy(address.metadata.uid);
});

test("an address that is asked for is given once, and only within the range", async (t) => {
  const { create, services } = await openServices(t);
  t.is((await create("a", { clusterIP: "10.0.0.1" })).spec?.clusterIP, "10.0.0.1");
  const ask = (clusterIP: string) => refusal(t, services.create(service("b", { clusterIP }), context("ns")));
  t.regex(
    (await ask("10.0.0.1")).message ?? "",
    /failed to allocate IP 10\.0\.0\.1: provided IP is already allocated$/,
  );
  t.regex(
    (await ask("10.1.0.1")).message ?? "",
    /not in the valid range\. The range of valid IPs is 10\.0\.0\.0\/24$/,
  );
  t.is((await ask("10.0.0.999")).code, 422);
});

test("members that create at the same time never give an address or a port twice", async (t) => {
  const { services, kv, clock } = await openServices(t);
  const other = openObjectStores({ kv, schema, clock, random: { next: () => 0, int: () => 0 } });
  const third = openObjectStores({ kv, schema, clock, random: { next: () => 0, int: () => 0 } });
  t.teardown(() => Promise.all([other.close(), third.close()]));
  await Promise.all([other.ready(), third.ready()]);
  const members = [services, other.store("", "services"), third.store("", "services")];
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      members[i % 3]!.create(service(`s${i}`, NODE_PORT), context("ns")).then((stored) => stored.decode()),
    ),
  );
  t.is(new Set(made.map(({ spec }) => spec?.clusterIP)).size, 60);
  t.is(new Set(made.flatMap(nodePorts)).size, 60);
});

test("what imported services hold is not given again, though nothing else says so", async (t) => {
  const { kv, create, services } = await openServices(t, { nodePorts: { first: 30_000, last: 30_001 } });
  const old = service("old", { ...NODE_PORT, clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"] });
  old.metadata.namespace = "ns";
  objectsIn(old.spec, "ports")[0]!.nodePort = 30_000;
  await kv.put({
    key: Buffer.from("/registry/services/specs/ns/old"),
    value: Buffer.from(JSON.stringify(old)),
  });
  const asked = service("a", { clusterIP: "10.0.0.7" });
  const status = await refusal(t, services.create(asked, context("ns")));
  t.regex(status.message ?? "", /provided IP is already allocated$/);
  t.deepEqual(nodePorts(await create("b", NODE_PORT)), [30_001]);
  t.regex(
    (await refusal(t, services.create(service("c", NODE_PORT), context("ns")))).message ?? "",
    /range is full$/,
  );
});

test("a full range is an error, and a deleted service makes room", async (t) => {
  const { create, services } = await openServices(t, { serviceCidrs: ["10.0.0.0/29"] });
  for (let i = 1; i <= 6; i++) await create(`s${i}`);
  const status = await refusal(t, services.create(service("x"), context("ns")));
  t.like(status, { code: 500 });
  t.regex(status.message ?? "", /failed to allocate a serviceIP for Service "x": range is full$/);
  const gone = (await services.delete("ns", "s3", {}, context("ns"))).object.decode();
  t.is((await create("x")).spec?.clusterIP, gone.spec?.clusterIP);
});

test("a refused service leaves no address behind, nor does a dry run", async (t) => {
  const { services, addresses } = await openServices(t);
  t.is((await refusal(t, services.create(service("A_"), context("ns")))).code, 422);
  const dry = await services.create(service("a"), context("ns", "", { dryRun: true }));
  t.not(stringIn(dry.decode().spec, "clusterIP"), "");
  t.deepEqual(await names(addresses), []);
});

test("headless and external services take no address", async (t) => {
  const { create, addresses } = await openServices(t);
  t.deepEqual((await create("h", { clusterIP: "None" })).spec?.clusterIPs, ["None"]);
  const external = { type: "ExternalName", externalName: "a.b", internalTrafficPolicy: undefined };
  t.is((await create("e", external)).spec?.clusterIP, undefined);
  const both = await create("s", { clusterIP: "None", selector: undefined });
  t.like(both.spec, { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" });
  t.deepEqual(await names(addresses), []);
});

test("a change to ExternalName gives the address back, one from it takes one", async (t) => {
  const { create, services, addresses } = await openServices(t);
  await create("a");
  await services.update(
    "ns",
    "a",
    (current) => ({
      ...current!,
      spec: { type: "ExternalName", externalName: "a.b", sessionAffinity: "None" },
    }),
    context("ns"),
  );
  t.deepEqual(await names(addresses), []);
  const back = await services.update(
    "ns",
    "a",
    (current) => ({ ...current!, spec: service("a").spec! }),
    context("ns"),
  );
  t.deepEqual(await names(addresses), [stringIn(back.object.decode().spec, "clusterIP")]);
});

test("node ports are given, kept over updates, shared by a port's protocols, and given back", async (t) => {
  const { create, services, kv } = await openServices(t);
  const ports = [
    { name: "t", port: 53, protocol: "TCP", targetPort: 53 },
    { name: "u", port: 53, protocol: "UDP", targetPort: 53 },
    { name: "w", port: 80, protocol: "TCP", targetPort: 80, nodePort: 30_001 },
  ];
  const made = await create("a", { ...NODE_PORT, ports });
  const [tcp, udp, web] = nodePorts(made);
  t.is(tcp, udp);
  t.is(web, 30_001);
  t.true(tcp! >= 30_086 && tcp! <= 32_767);
  const held = async (): Promise<number> =>
    (await kv.range({ key: Buffer.from("/registry/ranges/"), rangeEnd: Buffer.from("/registry/ranges0") }))
      .count;
  t.is(await held(), 2);
  const apply = (spec: object) =>
    services
      .update("ns", "a", () => service("a", spec as never), context("ns"))
      .then(({ object }) => object.decode());
  t.deepEqual(nodePorts(await apply({ ...NODE_PORT, ports })), [tcp!, udp!, 30_001]);
  await apply({ ...NODE_PORT, ports: ports.slice(0, 2) });
  t.is(await held(), 1);
  await apply({});
  t.is(await held(), 0);
});

test("a port that is taken or out of range is refused with its path", async (t) => {
  const { create, services } = await openServices(t);
  const with_ = (nodePort: number) => ({
    ...NODE_PORT,
    ports: [{ port: 80, protocol: "TCP", targetPort: 80, nodePort }],
  });
  await create("a", with_(30_500));
  const ask = (nodePort: number) => refusal(t, services.create(service("b", with_(nodePort)), context("ns")));
  t.like((await ask(30_500)).details?.causes?.[0], {
    field: "spec.ports[0].nodePort",
    message: "Invalid value: 30500: provided port is already allocated",
  });
  t.regex((await ask(80)).message ?? "", /The range of valid ports is 30000-32767$/);
});

test("a load balancer with local traffic gets a port for health checks", async (t) => {
  const { create } = await openServices(t);
  const { spec } = await create("a", {
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    allocateLoadBalancerNodePorts: false,
  });
  t.true(Number(spec?.healthCheckNodePort) >= 30_000);
  t.is(objectsIn(spec, "ports")[0]?.nodePort, undefined, "and no others where it does not want them");
});

test("two families where the cluster has two, refused where it has one", async (t) => {
  const dual = await openServices(t, { serviceCidrs: ["10.0.0.0/24", "fd00::/112"] });
  const { spec } = await dual.create("a", { ipFamilyPolicy: "PreferDualStack" });
  const [v4, v6] = stringsIn(spec, "clusterIPs");
  t.regex(v4!, /^10\.0\.0\./);
  t.regex(v6!, /^fd00::/);
  t.deepEqual(await names(dual.addresses), [v4!, v6!].sort());
  const single = await openServices(t);
  const asked = service("a", { ipFamilyPolicy: "RequireDualStack" });
  const status = await refusal(t, single.services.create(asked, context("ns")));
  t.regex(status.message ?? "", /this cluster is not configured for dual-stack services$/);
});

test("addresses come from the ServiceCIDRs once there are some", async (t) => {
  const { create, stores } = await openServices(t);
  const cidr = {
    kind: "ServiceCIDR",
    apiVersion: "networking.k8s.io/v1",
    metadata: { name: "kubernetes" },
    spec: { cidrs: ["10.7.0.0/24"] },
  };
  await stores.store("networking.k8s.io", "servicecidrs").create(cidr, context(""));
  t.regex(stringIn((await create("a")).spec, "clusterIP"), /^10\.7\.0\./);
});

test("addresses are written as RFC 5952 says", (t) => {
  const first = (cidr: string): string => new AddressRange(cidr).firstAddress;
  t.is(first("10.96.0.0/12"), "10.96.0.1");
  t.is(first("2001:db8::/112"), "2001:db8::1");
  t.is(first("2001:db8:0:1:0:0:0:0/112"), "2001:db8:0:1::1");
  t.is(first("fd00:0:1::/64"), "fd00:0:1::1");
  const range = new AddressRange("10.0.0.0/24");
  t.true(range.contains("10.0.0.254"));
  for (const outside of ["10.0.0.0", "10.0.0.255", "10.0.1.1", "::1", "x"])
    t.false(range.contains(outside), outside);
});
