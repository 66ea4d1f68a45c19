/**
 * ResourceQuota: what is created, or grows, has to fit into every quota of its namespace that speaks of it.
 * The use is written into the quotas' status before the object is stored, so that two writes at once can't
 * both have the rest; what an object that was refused afterwards took, the quota controller gives back.
 *
 * A quota counts from the moment on that its controller has filled in its status.
 */

import type { Clock } from "@quorate/base";
import {
  formatTime,
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  type Quantity,
  StatusError,
  stringMapIn,
} from "@quorate/object";
import type { ObjectStores, WriteContext } from "@quorate/registry";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { ObjectLookup } from "./object-lookup.ts";
import { isInScope } from "./quota-scopes.ts";
import { usageOf } from "./quota-usage.ts";
import { refuse } from "./refusal.ts";
import { type Resources, resourcesOf } from "./resource-lists.ts";

const UNCOUNTED: ReadonlySet<string> = new Set([
  ...["bindings", "events", "componentstatuses", "localsubjectaccessreviews"],
]);
/** The kinds whose use changes with an update. */
const GROWING: ReadonlySet<string> = new Set(["pods", "services", "persistentvolumeclaims"]);
/** Compat: containers must say what they want of these, where a quota bounds them. */
const REQUIRED = /^(requests\.|limits\.)?(cpu|memory)$/;

/** Bounds what a namespace holds. */
export class ResourceQuota implements AdmissionPlugin {
  readonly name = "ResourceQuota";
  readonly #stores: ObjectStores;
  readonly #objects: ObjectLookup;
  readonly #clock: Clock;

  constructor(stores: ObjectStores, clock: Clock) {
    this.#stores = stores;
    this.#objects = new ObjectLookup(stores);
    this.#clock = clock;
  }

  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    const { group, resource: name, namespaced } = resource;
    if (!namespaced || UNCOUNTED.has(name)) return false;
    if (operation === "CREATE") return subresource === "";
    const isResize = subresource === "resize";
    return operation === "UPDATE" && group === "" && GROWING.has(name) && (subresource === "" || isResize);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const quotas = await this.#objects.list("", "resourcequotas", request.namespace);
    if (quotas.length === 0) return;
    const object = request.object!;
    const isPod = request.resource.resource === "pods" && request.resource.group === "";
    const usage = usageOf(object, request.resource);
    for (const quota of quotas) {
      if (!isInScope(quota, object, isPod)) continue;
      const wanted = this.#growth(request, quota, usage, isPod);
      if (isPod) requireSaid(request, quota, object);
      if (wanted.size > 0) await this.#reserve(request, quota, wanted);
    }
  }

  /** What the write adds to the use of a quota. */
  #growth(request: AdmissionRequest, quota: KubernetesObject, usage: Resources, isPod: boolean): Resources {
    const { oldObject, resource } = request;
    const hard = objectIn(quota.status, "hard");
    const isCounted = oldObject !== undefined && isInScope(quota, oldObject, isPod);
    const before = isCounted ? usageOf(oldObject, resource) : new Map<string, Quantity>();
    const growth: Resources = new Map();
    for (const [name, quantity] of usage) {
      if (hard[name] === undefined) continue;
      const old = before.get(name);
      const more = old === undefined ? quantity : quantity.add(old.negate());
      if (more.sign > 0) growth.set(name, more);
    }
    return growth;
  }

  async #reserve(request: AdmissionRequest, quota: KubernetesObject, wanted: Resources): Promise<void> {
    const name = quota.metadata.name ?? "";
    const { namespace } = request;
    const take = (current: KubernetesObject | undefined): KubernetesObject => {
      const status: JsonObject = { ...current!.status };
      status.used = usedAfter(request, current!, wanted);
      return { ...current!, status };
    };
    try {
      await this.#stores.store("", "resourcequotas").update(namespace, name, take, this.#context(request));
    } catch (error) {
      // A quota that has gone meanwhile bounds nothing.
      if (!(error instanceof StatusError && error.status.code === 404)) throw error;
    }
  }

  #context({ namespace, dryRun }: AdmissionRequest): WriteContext {
    const now = formatTime(this.#clock.wallMs());
    const who = { userName: "system:apiserver", userGroups: ["system:masters"] };
    return { namespace, subresource: "status", now, ...who, dryRun };
  }
}

/** Throws a 403 that says what was wanted, what is used and what there is. */
function usedAfter(
  request: AdmissionRequest,
  quota: KubernetesObject,
  wanted: Resources,
): Record<string, string> {
  const name = quota.metadata.name ?? "";
  const used = resourcesOf(stringMapIn(quota.status, "used"));
  const hard = resourcesOf(stringMapIn(quota.status, "hard"));
  const unknown = [...wanted.keys()].filter((key) => !used.has(key)).sort();
  if (unknown.length > 0) {
    throw refuse(request, `status unknown for quota: ${name}, resources: ${unknown.join(",")}`);
  }
  const after = new Map(used);
  for (const [key, more] of wanted) after.set(key, used.get(key)!.add(more));
  const exceeded = [...wanted.keys()].filter((key) => after.get(key)!.compare(hard.get(key)!) > 0).sort();
  if (exceeded.length > 0) {
    const show = (list: Resources) => exceeded.map((key) => `${key}=${list.get(key)}`).join(",");
    const texts = `requested: ${show(wanted)}, used: ${show(used)}, limited: ${show(hard)}`;
    throw refuse(request, `exceeded quota: ${name}, ${texts}`);
  }
  return Object.fromEntries([...after].map(([key, quantity]) => [key, String(quantity)]));
}

/** Throws a 403 where a container leaves open what the quota bounds. */
function requireSaid(request: AdmissionRequest, quota: KubernetesObject, pod: KubernetesObject): void {
  if (Object.keys(objectIn(pod.spec, "resources")).length > 0) return;
  const missing: string[] = [];
  for (const key of Object.keys(objectIn(quota.status, "hard")).sort()) {
    if (!REQUIRED.test(key)) continue;
    const half = key.startsWith("limits.") ? "limits" : "requests";
    const resource = key.slice(key.indexOf(".") + 1);
    const containers = [...objectsIn(pod.spec, "containers"), ...objectsIn(pod.spec, "initContainers")]
      .filter((item) => objectIn(objectIn(item, "resources"), half)[resource] === undefined)
      .map((item) => String(item.name))
      .sort();
    if (containers.length > 0) missing.push(`${key} for: ${containers.join(",")}`);
  }
  if (missing.length === 0) return;
  throw refuse(request, `failed quota: ${quota.metadata.name}: must specify ${missing.join("; ")}`);
}
