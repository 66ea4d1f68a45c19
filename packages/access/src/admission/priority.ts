/**
 * Priority: a pod's class becomes a number at creation; there is at most one class for pods that name none.
 */
import { isTrueIn, type JsonObject, type KubernetesObject, numberIn, stringIn } from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { refuse } from "./refusal.ts";
import { isObjectOf } from "./target.ts";

const GROUP = "scheduling.k8s.io";
const CLASSES = "priorityclasses";
const DEFAULT_PREEMPTION = "PreemptLowerPriority";

interface Standing {
  readonly className: string;
  readonly priority: number;
  /** "" where the class says nothing. */
  readonly preemption: string;
}

/** Fills in the priority of new pods, and keeps it. */
export class Priority implements AdmissionPlugin {
  readonly name = "Priority";
  readonly #objects: ObjectLookup;

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  concerns(target: AdmissionTarget): boolean {
    if (target.operation !== "CREATE" && target.operation !== "UPDATE") return false;
    return isObjectOf(target, "", "pods") || isObjectOf(target, GROUP, CLASSES);
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    if (request.resource.resource !== "pods") return;
    const pod = request.object!;
    pod.spec ??= {};
    if (request.operation === "CREATE") return this.#setPriority(request, pod.spec);
    keep(pod.spec, request.oldObject?.spec, "priority");
    keep(pod.spec, request.oldObject?.spec, "preemptionPolicy");
  }

  validate(request: AdmissionRequest): void | Promise<void> {
    const { object } = request;
    if (request.resource.resource === CLASSES && isTrueIn(object, "globalDefault")) {
      return this.#requireOneDefault(request, object!);
    }
  }

  async #setPriority(request: AdmissionRequest, spec: JsonObject): Promise<void> {
    const name = stringIn(spec, "priorityClassName");
    const { className, priority, preemption } = await (name === ""
      ? this.#defaultStanding()
      : this.#standingOf(request, name));
    if (className !== "") spec.priorityClassName = className;
    if (typeof spec.priority === "number" && spec.priority !== priority) {
      throw refuse(request, given("integer value of priority", spec.priority, priority));
    }
    spec.priority = priority;
    if (preemption === "") return;
    const wanted = stringIn(spec, "preemptionPolicy");
    if (wanted !== "" && wanted !== preemption) {
      throw refuse(request, given("string value of PreemptionPolicy", wanted, preemption));
    }
    spec.preemptionPolicy = preemption;
  }

  async #standingOf(request: AdmissionRequest, name: string): Promise<Standing> {
    const found = await this.#objects.find(GROUP, CLASSES, "", name);
    if (found === undefined) throw refuse(request, `no PriorityClass with name ${name} was found`);
    const object = found.decode();
    return { className: name, priority: numberIn(object, "value"), preemption: preemptionOf(object) };
  }

  async #defaultStanding(): Promise<Standing> {
    const chosen = await this.#defaultClass();
    if (chosen === undefined) return { className: "", priority: 0, preemption: DEFAULT_PREEMPTION };
    return {
      className: chosen.metadata.name ?? "",
      priority: numberIn(chosen, "value"),
      preemption: preemptionOf(chosen),
    };
  }

  /** Of several that slipped in, the lowest counts. */
  async #defaultClass(): Promise<KubernetesObject | undefined> {
    const classes = await this.#objects.list(GROUP, CLASSES);
    return classes
      .filter((item) => isTrueIn(item, "globalDefault"))
      .sort((a, b) => numberIn(a, "value") - numberIn(b, "value"))[0];
  }

  async #requireOneDefault(request: AdmissionRequest, object: KubernetesObject): Promise<void> {
    const other = (await this.#defaultClass())?.metadata.name;
    if (other === undefined || (request.operation === "UPDATE" && other === object.metadata.name)) return;
    const why = "is already marked as default. Only one default can exist";
    throw refuse(request, `PriorityClass ${other} ${why}`);
  }
}

function preemptionOf(object: KubernetesObject): string {
  return stringIn(object, "preemptionPolicy");
}

function given(what: string, sent: unknown, computed: unknown): string {
  const head = `the ${what} (${String(sent)}) must not be provided in pod spec`;
  const why = `priority admission controller computed ${String(computed)} from the given PriorityClass name`;
  return `${head}; ${why}`;
}

function keep(spec: JsonObject, old: JsonObject | undefined, key: string): void {
  if (spec[key] === undefined && old?.[key] !== undefined) spec[key] = old[key];
}
