import type { KubernetesObject } from "@quorate/object";
import { textOf } from "@quorate/object";
import test from "ava";
import { builtinSchema, type KindStrategy, type StrategyContext, strategyFor } from "../src/index.ts";

const schema = builtinSchema();
const context: StrategyContext = {
  namespace: "ns",
  subresource: "",
  now: "2026-01-01T00:00:00Z",
  userName: "tester",
  userGroups: [],
  dryRun: false,
};

function strategyOf(kind: string): KindStrategy {
  return strategyFor([...schema.resources()].find((one) => one.kind === kind && one.version === "v1")!);
}

const service = (spec: object, metadata: object = {}) =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a", namespace: "ns", ...metadata },
    spec: { type: "LoadBalancer", ports: [{ port: 80, protocol: "TCP", targetPort: 80 }], ...spec },
  }) as unknown as KubernetesObject;

function about(errors: readonly { field: string }[], field: string): string[] {
  return errors.filter((error) => error.field.startsWith(field)).map((error) => textOf(error as never));
}

test("addresses that can be read in two ways are refused with what is wrong with them", (t) => {
  const strategy = strategyOf("Service");
  const findings = (externalIPs: string[]) =>
    about(strategy.validateCreate(service({ externalIPs }), context), "spec.externalIPs").map((text) =>
      text.slice(text.lastIndexOf(": ") + 2),
    );
  t.deepEqual(findings(["192.0.2.1", "2001:db8::1", "2001:DB8::1"]), []);
  t.deepEqual(findings(["192.0.02.1"]), ["must not have leading 0s"]);
  t.deepEqual(findings(["::ffff:192.0.2.1"]), ["must not be an IPv4-mapped IPv6 address"]);
  const none = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  for (const text of ["192.0.2", "192.0.2.256", "1:2:3:4:5:6:7::8", "2001::db8::1", "fe80::1%eth0"]) {
    t.deepEqual(findings([text]), [none], text);
  }
});

test("networks with leading zeros, in other clothes or with bits of hosts are refused", (t) => {
  const strategy = strategyOf("Service");
  const findings = (range: string) =>
    about(
      strategy.validateCreate(service({ loadBalancerSourceRanges: [range] }), context),
      "spec.LoadBalancerSourceRanges",
    ).map((text) => text.slice(text.lastIndexOf(": ") + 2));
  for (const text of ["10.0.0.0/8", " 0.0.0.0/0 ", "2001:DB8::/32"]) t.deepEqual(findings(text), [], text);
  t.deepEqual(findings("10.0.0.0/08"), ["must not have leading 0s in IP or prefix length"]);
  t.deepEqual(findings("::ffff:10.0.0.0/104"), ["must not have an IPv4-mapped IPv6 address"]);
  t.deepEqual(findings("10.0.0.1/31"), ["must not have bits set beyond the prefix length"]);
  t.deepEqual(findings("10.0.0.0/33"), ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]);
});

test("what an older server took may be kept by an update", (t) => {
  const strategy = strategyOf("Service");
  const stored = { resourceVersion: "1", uid: "u" };
  const old = service({ externalIPs: ["010.1.2.3"], loadBalancerSourceRanges: ["10.0.0.1/8"] }, stored);
  t.deepEqual(about(strategy.validateUpdate(old, old, context), "spec.externalIPs"), []);
  t.deepEqual(about(strategy.validateUpdate(old, old, context), "spec.LoadBalancerSourceRanges"), []);
  const next = service({ externalIPs: ["010.1.2.3", "010.1.2.4"] }, stored);
  t.is(about(strategy.validateUpdate(next, old, context), "spec.externalIPs").length, 1);
});

test("odd spellings that are valid are warned of, with the spelling to use", (t) => {
  const warnings = (spec: object) => strategyOf("Service").warnings?.(service(spec), undefined);
  t.deepEqual(warnings({ loadBalancerIP: "010.1.2.3" }), [
    'spec.loadBalancerIP: non-standard IP address "010.1.2.3" is invalid: use "10.1.2.3"',
  ]);
  t.deepEqual(warnings({ loadBalancerIP: "2001:DB8:0:0:1::" }), [
    'spec.loadBalancerIP: IPv6 address "2001:DB8:0:0:1::" should be in RFC 5952 canonical format ' +
      '("2001:db8:0:0:1::")',
  ]);
  t.deepEqual(warnings({ loadBalancerSourceRanges: ["10.1.2.3/8"] }), [
    'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context ' +
      '(should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ]);
  t.deepEqual(warnings({ loadBalancerSourceRanges: ["2001:0db8::/32"] }), [
    'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "2001:0db8::/32" should be in RFC 5952 canonical ' +
      'format ("2001:db8::/32")',
  ]);
});

test("an IPAddress is named by its canonical text", (t) => {
  const strategy = strategyOf("IPAddress");
  const findings = (name: string) => {
    const spec = { parentRef: { resource: "services", name: "a", namespace: "b" } };
    const object = { kind: "IPAddress", apiVersion: "networking.k8s.io/v1", metadata: { name }, spec };
    return strategy.validateCreate(object as unknown as KubernetesObject, context).map(textOf);
  };
  t.deepEqual(findings("192.0.2.1"), []);
  t.deepEqual(findings("2001:db8::1"), []);
  t.deepEqual(findings("2001:db8:0::1"), [
    'metadata.name: Invalid value: "2001:db8:0::1": must be in canonical form ("2001:db8::1")',
  ]);
});

test("a ServiceCIDR has one canonical network of each family, and may get the second one later", (t) => {
  const strategy = strategyOf("ServiceCIDR");
  const range = (...cidrs: string[]) =>
    ({
      apiVersion: "networking.k8s.io/v1",
      kind: "ServiceCIDR",
      metadata: { name: "a", resourceVersion: "1", uid: "u" },
      spec: { cidrs },
    }) as unknown as KubernetesObject;
  const created = (...cidrs: string[]) => about(strategy.validateCreate(range(...cidrs), context), "spec");
  t.deepEqual(created("10.0.0.0/24", "2001:db8::/64"), []);
  t.deepEqual(created("2001:DB8::/64"), [
    'spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
  ]);
  t.is(created("10.0.0.0/24", "10.1.0.0/24").length, 1);
  const updated = (next: KubernetesObject) =>
    about(strategy.validateUpdate(next, range("10.0.0.0/24"), context), "spec");
  t.deepEqual(updated(range("10.0.0.0/24", "2001:db8::/64")), []);
  t.deepEqual(updated(range("10.1.0.0/24")), [
    'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
  ]);
  t.is(updated(range()).length, 1);
});
