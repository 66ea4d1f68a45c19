/**
 * LimitRanger: containers that say nothing get a namespace's default requests and limits; what pods and
 * claims then ask for has to lie within its bounds.
 */
import {
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { brokenLimits, brokenRequests } from "./limit-constraints.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { refuse } from "./refusal.ts";
import { type Half, podResources, resourcesIn } from "./resource-lists.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";
const CLAIMS = "persistentvolumeclaims";
const HALVES: readonly (readonly [Half, string, string])[] = [
  ["requests", "defaultRequest", "request"],
  ["limits", "default", "limit"],
];

/** Fills in and bounds the resources of pods, and bounds those of claims. */
export class LimitRanger implements AdmissionPlugin {
  readonly name = "LimitRanger";
  readonly #objects: ObjectLookup;

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  /** Containers of a pod can't be changed later, but resized. */
  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    if (resource.group !== "") return false;
    if (resource.resource === "pods") {
      return (
        (subresource === "" && operation === "CREATE") || (subresource === "resize" && operation === "UPDATE")
      );
    }
    const isWrite = operation === "CREATE" || operation === "UPDATE";
    return resource.resource === CLAIMS && subresource === "" && isWrite;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    if (request.resource.resource !== "pods") return;
    for (const range of await this.#rangesOf(request)) setDefaults(request.object!, range);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const isClaim = request.resource.resource === CLAIMS;
    for (const range of await this.#rangesOf(request)) {
      const broken = objectsIn(range.spec, "limits").flatMap((item) => {
        return isClaim ? brokenByClaim(request.object!, item) : brokenByPod(request.object!, item);
      });
      if (broken.length === 0) continue;
      const texts = [...new Set(broken)];
      throw refuse(request, texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
    }
  }

  async #rangesOf({ namespace, oldObject }: AdmissionRequest): Promise<KubernetesObject[]> {
    // What is on its way out is let go.
    if (oldObject?.metadata.deletionTimestamp !== undefined) return [];
    return this.#objects.list("", "limitranges", namespace);
  }
}

function setDefaults(pod: KubernetesObject, range: KubernetesObject): void {
  const notes: string[] = [];
  const items = objectsIn(range.spec, "limits").filter((item) => stringIn(item, "type") === "Container");
  for (const [list, what] of [
    ["containers", "container"],
    ["initContainers", "init container"],
  ] as const) {
    for (const container of objectsIn(pod.spec, list)) notes.push(...fillIn(container, items, what));
  }
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}`,
  };
}

/** What was set, in words. */
function fillIn(container: JsonObject, items: readonly JsonObject[], what: string): string[] {
  const notes: string[] = [];
  const resources: JsonObject = { ...objectIn(container, "resources") };
  for (const [half, key, word] of HALVES) {
    const own: Record<string, string> = { ...stringMapIn(resources, half) };
    const set: string[] = [];
    const defaults = Object.assign({}, ...items.map((item) => stringMapIn(item, key))) as Record<
      string,
      string
    >;
    for (const [name, value] of Object.entries(defaults)) {
      if (own[name] !== undefined) continue;
      own[name] = value;
      set.push(name);
    }
    if (set.length === 0) continue;
    resources[half] = own;
    notes.push(`${set.sort().join(", ")} ${word} for ${what} ${stringIn(container, "name")}`);
  }
  if (notes.length > 0) container.resources = resources;
  return notes;
}

function brokenByPod(pod: KubernetesObject, item: JsonObject): string[] {
  const type = stringIn(item, "type");
  if (type === "Pod") {
    const asked = { requests: podResources(pod, "requests"), limits: podResources(pod, "limits") };
    return brokenLimits(item, type, asked);
  }
  if (type !== "Container") return [];
  const containers = [...objectsIn(pod.spec, "containers"), ...objectsIn(pod.spec, "initContainers")];
  return containers.flatMap((container) => {
    const asked = { requests: resourcesIn(container, "requests"), limits: resourcesIn(container, "limits") };
    return brokenLimits(item, type, asked);
  });
}

function brokenByClaim(claim: KubernetesObject, item: JsonObject): string[] {
  const type = stringIn(item, "type");
  return type === "PersistentVolumeClaim"
    ? brokenRequests(item, type, resourcesIn(claim.spec, "requests"))
    : [];
}
