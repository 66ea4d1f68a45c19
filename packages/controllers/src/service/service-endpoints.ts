/**
 * Endpoints and EndpointSlice of the service default/kubernetes: the addresses of the API servers that are
 * alive. Every member renews its own lease and writes what the leases say, so that any one of them is enough
 * to drop a dead one.
 */
import { isDeepStrictEqual } from "node:util";
import { type JsonObject, type KubernetesObject, objectsIn } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import { KUBERNETES_SERVICE } from "../bootstrap/kubernetes-service.ts";
import type { ControllerContext } from "../controller.ts";
import { Periodic } from "../periodic.ts";
import { changeObject, createIfAbsent, findObject, serverContext } from "../write-as-server.ts";
import type { ApiServerLeases } from "./api-server-leases.ts";

/** This member, and the leases of all. */
export interface ServiceEndpointsOptions {
  readonly leases: ApiServerLeases;
  /** Where this member is reached. */
  readonly address: string;
  readonly port: number;
}

const INTERVAL_MS = 10_000;
const { namespace: NAMESPACE, name: NAME } = KUBERNETES_SERVICE;
/** Keeps the mirroring controller from making a slice of these endpoints: that is done here. */
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
const SERVICE_NAME = "kubernetes.io/service-name";

/** Keeps both objects true to the leases every ten seconds, and takes this member out when it stops. */
export class ServiceEndpoints extends Periodic {
  readonly #context: ControllerContext;
  readonly #options: ServiceEndpointsOptions;
  readonly #endpoints: ResourceStore;
  readonly #slices: ResourceStore;

  constructor(context: ControllerContext, options: ServiceEndpointsOptions) {
    const { clock, log } = context;
    super({
      name: "kubernetes-service-endpoints",
      clock,
      log,
      intervalMs: INTERVAL_MS,
      run: () => this.#reconcile(),
    });
    this.#context = context;
    this.#options = options;
    this.#endpoints = context.stores.store("", "endpoints");
    this.#slices = context.stores.store("discovery.k8s.io", "endpointslices");
  }

  /** Stops and takes this member's address out, so that clients go elsewhere at once. */
  override async stop(): Promise<void> {
    await super.stop();
    try {
      await this.#options.leases.remove(this.#options.address);
      await this.#write(await this.#options.leases.list());
    } catch {
      // The lease expires by itself, and another member writes the endpoints then.
    }
  }

  async #reconcile(): Promise<void> {
    const { leases, address } = this.#options;
    await leases.renew(address);
    const addresses = await leases.list();
    // Safety: our own was just renewed, so none means that something is wrong with the list.
    if (addresses.length === 0) throw new Error("no API server has a lease: the endpoints stay as they are");
    await this.#write(addresses);
  }

  #port(): JsonObject {
    return { name: "https", port: this.#options.port, protocol: "TCP" };
  }

  async #write(addresses: readonly string[]): Promise<void> {
    const sorted = [...addresses].sort();
    await this.#writeEndpoints(sorted);
    await this.#writeSlice(sorted);
  }

  async #writeEndpoints(addresses: readonly string[]): Promise<void> {
    const change = (endpoints: KubernetesObject): boolean => {
      const [subset, ...more] = objectsIn(endpoints, "subsets");
      const known = objectsIn(subset, "addresses").map(({ ip }) => ip);
      const isMarked = endpoints.metadata.labels?.[SKIP_MIRROR] === "true";
      if (isMarked && more.length === 0 && isDeepStrictEqual(known, addresses)) return false;
      endpoints.metadata.labels = { ...endpoints.metadata.labels, [SKIP_MIRROR]: "true" };
      // The ports stay as the first member wrote them: members of one address may listen on several.
      const ports = more.length === 0 && subset ? objectsIn(subset, "ports") : [this.#port()];
      endpoints["subsets"] =
        addresses.length === 0 ? [] : [{ addresses: addresses.map((ip) => ({ ip })), ports }];
      return true;
    };
    const found = await findObject(this.#endpoints, NAMESPACE, NAME, true);
    const { clock } = this.#context;
    if (found) {
      if (change(found.decode()))
        await changeObject(this.#endpoints, clock, { namespace: NAMESPACE, name: NAME, change });
      return;
    }
    const endpoints: KubernetesObject = {
      kind: "Endpoints",
      apiVersion: "v1",
      metadata: { ...KUBERNETES_SERVICE },
    };
    change(endpoints);
    await createIfAbsent(this.#endpoints, clock, endpoints);
  }

  async #writeSlice(addresses: readonly string[]): Promise<void> {
    const { clock } = this.#context;
    const addressType = addresses.length > 0 && addresses.every((ip) => ip.includes(":")) ? "IPv6" : "IPv4";
    const endpoints = addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
    const change = (slice: KubernetesObject): boolean => {
      const isLabelled = slice.metadata.labels?.[SERVICE_NAME] === NAME;
      if (isLabelled && isDeepStrictEqual(slice["endpoints"] ?? [], endpoints)) return false;
      slice.metadata.labels = { ...slice.metadata.labels, [SERVICE_NAME]: NAME };
      slice["endpoints"] = endpoints;
      return true;
    };
    const found = await findObject(this.#slices, NAMESPACE, NAME, true);
    const current = found?.decode();
    if (current && current["addressType"] !== addressType) {
      // The type of a slice can't be changed.
      await this.#slices.delete(NAMESPACE, NAME, {}, serverContext(clock, NAMESPACE));
    } else if (current) {
      if (change(current))
        await changeObject(this.#slices, clock, { namespace: NAMESPACE, name: NAME, change });
      return;
    }
    const slice: KubernetesObject = {
      kind: "EndpointSlice",
      apiVersion: "discovery.k8s.io/v1",
      metadata: { ...KUBERNETES_SERVICE },
      addressType,
      ports: [this.#port()],
    };
    change(slice);
    slice["endpoints"] = endpoints;
    await createIfAbsent(this.#slices, clock, slice);
  }
}
