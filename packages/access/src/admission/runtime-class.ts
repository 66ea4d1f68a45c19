/**
 * RuntimeClass: what a pod's runtime costs beyond its containers, and where it can run at all, comes from its
 * class.
 */
import {
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { refuse } from "./refusal.ts";
import { isObjectOf } from "./target.ts";

const DIFFERS = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const UNFOUNDED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";

/** Fills in and checks what the class of a new pod says. */
export class RuntimeClass implements AdmissionPlugin {
  readonly name = "RuntimeClass";
  readonly #objects: ObjectLookup;

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  concerns(target: AdmissionTarget): boolean {
    return target.operation === "CREATE" && isObjectOf(target, "", "pods");
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    if (classNameOf(request) !== "") return this.#take(request);
  }

  validate(request: AdmissionRequest): void | Promise<void> {
    if (classNameOf(request) !== "") return this.#compare(request);
    if (hasField(request.object!.spec, "overhead")) throw refuse(request, UNFOUNDED);
  }

  async #take(request: AdmissionRequest): Promise<void> {
    const found = await this.#classOf(request);
    const pod = request.object!;
    pod.spec ??= {};
    const { spec } = pod;
    if (hasField(found, "overhead")) {
      const overhead = objectIn(objectIn(found, "overhead"), "podFixed");
      const sent = objectIn(spec, "overhead");
      if (Object.keys(sent).length > 0 && !jsonEqual(sent, overhead)) throw refuse(request, DIFFERS);
      spec.overhead = { ...overhead };
    }
    if (hasField(found, "scheduling")) schedule(request, spec, objectIn(found, "scheduling"));
  }

  async #compare(request: AdmissionRequest): Promise<void> {
    const found = await this.#classOf(request);
    const spec = request.object!.spec;
    if (!hasField(found, "overhead")) {
      if (hasField(spec, "overhead")) throw refuse(request, UNFOUNDED);
      return;
    }
    const overhead = objectIn(objectIn(found, "overhead"), "podFixed");
    if (!jsonEqual(objectIn(spec, "overhead"), overhead)) throw refuse(request, DIFFERS);
  }

  async #classOf(request: AdmissionRequest): Promise<KubernetesObject> {
    const name = classNameOf(request);
    const found = await this.#objects.find("node.k8s.io", "runtimeclasses", "", name);
    if (found === undefined) throw refuse(request, `pod rejected: RuntimeClass "${name}" not found`);
    return found.decode();
  }
}

function classNameOf({ object }: AdmissionRequest): string {
  return stringIn(object!.spec, "runtimeClassName");
}

function schedule(request: AdmissionRequest, spec: JsonObject, scheduling: JsonObject): void {
  const selector = { ...stringMapIn(spec, "nodeSelector") };
  for (const [key, value] of Object.entries(stringMapIn(scheduling, "nodeSelector"))) {
    const own = selector[key];
    if (own !== undefined && own !== value) {
      const wanted = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}`;
      throw refuse(request, `conflict: ${wanted}; pod.spec.nodeSelector[${key}] = ${own}`);
    }
    selector[key] = value;
  }
  if (Object.keys(selector).length > 0) spec.nodeSelector = selector;
  const tolerations = objectsIn(spec, "tolerations");
  const added = objectsIn(scheduling, "tolerations").filter(
    (item) => !tolerations.some((own) => jsonEqual(own, item)),
  );
  if (added.length > 0) spec.tolerations = [...tolerations, ...added];
}
