import { objectsIn } from "@quorate/object";
import test from "ava";
import type { ApiServerLeases } from "../src/service/api-server-leases.ts";
import { ServiceEndpoints } from "../src/service/service-endpoints.ts";
import { controlPlane } from "./support/control-plane.ts";

class Leases implements ApiServerLeases {
  readonly #addresses: Set<string>;

  constructor(addresses: Set<string>) {
    this.#addresses = addresses;
  }

  async renew(address: string): Promise<void> {
    this.#addresses.add(address);
  }

  async remove(address: string): Promise<void> {
    this.#addresses.delete(address);
  }

  async list(): Promise<readonly string[]> {
    return [...this.#addresses];
  }
}

test("the kubernetes service leads to the servers that hold a lease, and no longer to one that stops", async (t) => {
  const plane = await controlPlane(t);
  const addresses = new Set<string>();
  const member = (address: string) =>
    new ServiceEndpoints(plane, { leases: new Leases(addresses), address, port: 6443 });
  const [one, two] = [member("10.1.0.1"), member("10.1.0.2")];
  const at = ["", "endpoints", "default", "kubernetes"] as const;
  const addressesOf = (object: unknown) =>
    objectsIn(objectsIn(object, "subsets")[0], "addresses").map(({ ip }) => ip);
  one.start();
  const first = await plane.until(at, (object) => addressesOf(object).length === 1);
  t.deepEqual(first!["subsets"], [
    { addresses: [{ ip: "10.1.0.1" }], ports: [{ name: "https", port: 6443, protocol: "TCP" }] },
  ]);
  t.is(first!.metadata.labels?.["endpointslice.kubernetes.io/skip-mirror"], "true");
  two.start();
  await plane.until(at, (object) => addressesOf(object).length === 2);
  await one.stop();
  t.deepEqual(addressesOf(await plane.find(...at)), ["10.1.0.2"]);
  const slice = await plane.find("discovery.k8s.io", "endpointslices", "default", "kubernetes");
  t.deepEqual(objectsIn(slice, "endpoints"), [{ addresses: ["10.1.0.2"], conditions: { ready: true } }]);
  await two.stop();
});
