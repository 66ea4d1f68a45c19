/**
 * The cluster IPs of Services. Each is an IPAddress object, written in one txn with its Service, so that no
 * two members can hand out the same and none is left behind. Ranges are the cluster's ServiceCIDRs.
 */
import type { Random } from "@quorate/base";
import {
  formatTime,
  internalError,
  invalid,
  invalidObject,
  type JsonObject,
  type KubernetesObject,
  objectsIn,
  parseTime,
  stringIn,
  stringsIn,
} from "@quorate/object";
import type { ResourceCache } from "../cache/resource-cache.ts";
import { encodeStored } from "../cache/stored-bytes.ts";
import { fillSystemMetadata } from "../object-names.ts";
import type { CompanionWrite } from "../object-writer.ts";
import type { WriteContext } from "../resource-store.ts";
import { AddressRange, canonicalAddress, type IpFamily } from "./address-range.ts";
import { familyOf, fillFamilies, isHeadless, keepsFamilies } from "./service-families.ts";

const MANAGED_BY = "ipallocator.k8s.io";
const SERVICE = { group: "", kind: "Service" };

/** Where addresses are kept and come from. */
export interface ServiceAddressesOptions {
  readonly addresses: ResourceCache;
  readonly services: ResourceCache;
  readonly serviceCidrs: ResourceCache;
  readonly random: Random;
  /** Used until there are ServiceCIDRs. */
  readonly defaultCidrs: readonly string[];
}

/** Gives Services their addresses. */
export class ServiceAddresses {
  readonly #options: ServiceAddressesOptions;
  #ranges: readonly AddressRange[] = [];
  #rangesRevision = -1;
  /** Addresses of services that somebody else has stored, for which there is no IPAddress. */
  #foreign: Set<string> | undefined;

  constructor(options: ServiceAddressesOptions) {
    this.#options = options;
  }

  /** Fills in families and addresses of `next`; gives the IPAddresses to write and to delete. */
  companions(
    next: KubernetesObject | undefined,
    current: KubernetesObject | undefined,
    context: WriteContext,
  ): CompanionWrite[] {
    const taken = addressesOf(current?.spec);
    if (!next) return this.#release(taken, current);
    const spec = next.spec ?? {};
    if (keepsFamilies(spec, current?.spec)) return [];
    const ranges = this.#currentRanges();
    const families = [...new Set(ranges.map((range) => range.family))];
    const errors = fillFamilies(spec, current?.spec, families);
    if (errors.length > 0) throw invalidObject(SERVICE, next.metadata.name ?? "", errors);
    const added = hasAddresses(spec) ? this.#take(next, spec, taken, ranges) : [];
    const kept = new Set(addressesOf(spec));
    return [
      ...added.map((address) => this.#addressWrite(address, next, context)),
      ...this.#release(
        taken.filter((address) => !kept.has(address)),
        current,
      ),
    ];
  }

  /** Gives each family of the service an address; the result are those that it did not have. */
  #take(
    service: KubernetesObject,
    spec: JsonObject,
    owned: readonly string[],
    ranges: readonly AddressRange[],
  ): string[] {
    const ips = [...stringsIn(spec, "clusterIPs")];
    const added: string[] = [];
    for (const [index, family] of stringsIn(spec, "ipFamilies").entries()) {
      const asked = ips[index];
      if (asked !== undefined && owned.includes(canonicalAddress(asked) ?? asked)) continue;
      const address = asked
        ? this.#reserve(service, asked, ips, ranges)
        : this.#findFree(service, family as IpFamily, ranges);
      // What is no address is found by validation.
      if (address === undefined) continue;
      ips[index] = address;
      added.push(address);
    }
    spec.clusterIPs = ips;
    if (!stringIn(spec, "clusterIP") && ips[0]) spec.clusterIP = ips[0];
    return added;
  }

  #reserve(
    service: KubernetesObject,
    asked: string,
    ips: readonly string[],
    ranges: readonly AddressRange[],
  ): string | undefined {
    const address = canonicalAddress(asked);
    if (address === undefined) return undefined;
    const inside = ranges.some((range) => range.contains(address));
    if (inside && !this.#isTaken(address)) return address;
    const why = inside ? "provided IP is already allocated" : outOfRange(address, ranges);
    const text = `failed to allocate IP ${asked}: ${why}`;
    throw invalidObject(SERVICE, service.metadata.name ?? "", [invalid("spec.clusterIPs", ips, text)]);
  }

  #findFree(service: KubernetesObject, family: IpFamily, ranges: readonly AddressRange[]): string {
    const isTaken = (address: string): boolean => this.#isTaken(address);
    for (const range of ranges) {
      if (range.family !== family) continue;
      const address = range.findFree(isTaken, this.#options.random);
      if (address !== undefined) return address;
    }
    const name = service.metadata.name ?? "";
    throw internalError(`failed to allocate a serviceIP for Service "${name}": range is full`);
  }

  #isTaken(address: string): boolean {
    this.#foreign ??= this.#findForeign();
    return this.#foreign.has(address) || this.#options.addresses.tree.get(address) !== undefined;
  }

  #findForeign(): Set<string> {
    const { services, addresses } = this.#options;
    const foreign = new Set<string>();
    services.tree.visit("", undefined, (_key, service) => {
      for (const address of addressesOf(service.decode().spec)) {
        if (!addresses.tree.get(address)) foreign.add(address);
      }
      return true;
    });
    return foreign;
  }

  #addressWrite(address: string, service: KubernetesObject, context: WriteContext): CompanionWrite {
    const object: KubernetesObject = {
      kind: "IPAddress",
      apiVersion: "networking.k8s.io/v1",
      metadata: {
        name: address,
        labels: {
          "ipaddress.kubernetes.io/ip-family": familyOf(address),
          "ipaddress.kubernetes.io/managed-by": MANAGED_BY,
        },
      },
      spec: {
        parentRef: {
          resource: "services",
          namespace: service.metadata.namespace ?? "",
          name: service.metadata.name ?? "",
        },
      },
    };
    fillSystemMetadata(object, formatTime(parseTime(context.now)));
    return { key: this.#options.addresses.prefix + address, value: encodeStored(object) };
  }

  /** The IPAddresses that belong to the service; one that was given to somebody else stays. */
  #release(addresses: readonly string[], service: KubernetesObject | undefined): CompanionWrite[] {
    if (!service) return [];
    const { addresses: cache } = this.#options;
    const { namespace, name } = service.metadata;
    return addresses.flatMap((address) => {
      const parent = cache.tree.get(address)?.decode().spec?.parentRef;
      const isOwn = stringIn(parent, "namespace") === namespace && stringIn(parent, "name") === name;
      return isOwn ? [{ key: cache.prefix + address, value: undefined }] : [];
    });
  }

  /** The ranges of all ServiceCIDRs that are ready; read again when one has changed. */
  #currentRanges(): readonly AddressRange[] {
    const { serviceCidrs, defaultCidrs } = this.#options;
    if (this.#rangesRevision === serviceCidrs.changedAt) return this.#ranges;
    const cidrs: string[] = [];
    serviceCidrs.tree.visit("", undefined, (_key, cached) => {
      const object = cached.decode();
      if (!object.metadata.deletionTimestamp && isReady(object))
        cidrs.push(...stringsIn(object.spec, "cidrs"));
      return true;
    });
    const texts = [...new Set(serviceCidrs.tree.size > 0 ? cidrs : defaultCidrs)];
    this.#ranges = texts.map((cidr) => new AddressRange(cidr));
    this.#rangesRevision = serviceCidrs.changedAt;
    return this.#ranges;
  }
}

/** A ServiceCIDR that nobody has judged yet counts as ready. */
function isReady(serviceCidr: KubernetesObject): boolean {
  const ready = objectsIn(serviceCidr.status, "conditions").find((item) => item.type === "Ready");
  return ready === undefined || ready.status === "True";
}

function hasAddresses(spec: JsonObject): boolean {
  return stringIn(spec, "type") !== "ExternalName" && !isHeadless(spec);
}

function addressesOf(spec: JsonObject | undefined): string[] {
  if (!spec || !hasAddresses(spec)) return [];
  return stringsIn(spec, "clusterIPs").map((ip) => canonicalAddress(ip) ?? ip);
}

function outOfRange(address: string, ranges: readonly AddressRange[]): string {
  const own = ranges.filter((range) => range.family === familyOf(address));
  if (own.length === 0) return "the provided network does not match the current range";
  const valid = own.map((range) => range.cidr).join(", ");
  return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${valid}`;
}
