/**
 * Fills in what the reference's defaulting fills in, for every kind of the tables: first the struct's own
 * function, then plain default values that the tables carry, then the structs inside, from the outside in.
 *
 * Branches that can't reach anything with a default (metadata, most statuses) are never visited.
 */
import { type JsonObject, type JsonValue, Quantity } from "@quorate/object";
import type { FieldTable, TypeName, TypeTable, ValueTable } from "../kind.ts";
import { admissionregistrationDefaults } from "./admissionregistration.ts";
import { appsDefaults } from "./apps.ts";
import { autoscalingDefaults } from "./autoscaling.ts";
import { batchDefaults } from "./batch.ts";
import { coreDefaults } from "./core.ts";
import { corePodDefaults } from "./core-pods.ts";
import type { Defaulter, Defaulters, DefaultsContext } from "./defaulter.ts";
import { networkingDefaults } from "./networking.ts";
import { rbacDefaults } from "./rbac.ts";
import { schedulingDefaults } from "./scheduling.ts";
import { storageDefaults } from "./storage.ts";

const defaulters: Defaulters = {
  ...admissionregistrationDefaults,
  ...appsDefaults,
  ...autoscalingDefaults,
  ...batchDefaults,
  ...coreDefaults,
  ...corePodDefaults,
  ...networkingDefaults,
  ...rbacDefaults,
  ...schedulingDefaults,
  ...storageDefaults,
};

type Resolve = (ref: TypeName) => TypeTable;

/** How deep lists and maps are wrapped around a struct: `"list"`, `"map"` from the outside in. */
interface ChildPlan {
  readonly name: string;
  readonly visit: (value: JsonValue, context: DefaultsContext) => void;
}

interface DefaultsPlan {
  own: Defaulter | undefined;
  readonly values: { readonly name: string; readonly value: JsonValue; readonly pointer: boolean }[];
  readonly children: ChildPlan[];
  /** Filled in `children` once all types are known: a type that contains itself is planned only once. */
  isEmpty: boolean;
}

const plans = new WeakMap<TypeTable, DefaultsPlan>();

/** Changes `object`, which `checkObject` has normalised, in place. */
export function applyDefaults(
  type: TypeTable,
  object: JsonObject,
  resolve: Resolve,
  context: DefaultsContext,
): void {
  run(planOf(type, resolve), object, context);
}

function run(plan: DefaultsPlan, object: JsonObject, context: DefaultsContext): void {
  plan.own?.(object, context);
  for (const { name, value, pointer } of plan.values) {
    const present = object[name];
    if (present === undefined || present === null || (!pointer && !present)) {
      object[name] = typeof value === "object" ? structuredClone(value) : value;
    }
  }
  for (const child of plan.children) {
    const value = object[child.name];
    if (value !== undefined && value !== null) child.visit(value, context);
  }
}

function planOf(type: TypeTable, resolve: Resolve): DefaultsPlan {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const own = Object.hasOwn(defaulters, type.name) ? defaulters[type.name] : undefined;
  const plan: DefaultsPlan = { own, values: [], children: [], isEmpty: false };
  plans.set(type, plan);
  for (const field of type.fields) {
    const value = plainDefault(field);
    if (value !== undefined) plan.values.push({ name: field.name, value, pointer: field.pointer });
    const visit = visitorOf(field.value, resolve);
    if (visit !== undefined) plan.children.push({ name: field.name, visit });
  }
  plan.isEmpty = own === undefined && plan.values.length === 0 && plan.children.length === 0;
  return plan;
}

/** A zero as default says something for pointers only; an empty struct gets its own from its own fields. */
function plainDefault(field: FieldTable): JsonValue | undefined {
  const value = field.openApiDefault as JsonValue | undefined;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? undefined : value;
  return value || field.pointer ? value : undefined;
}

function visitorOf(value: ValueTable, resolve: Resolve): ChildPlan["visit"] | undefined {
  if (value.type === "struct") {
    const plan = planOf(resolve(value.ref!), resolve);
    return plan.isEmpty ? undefined : (object, context) => run(plan, object as JsonObject, context);
  }
  if (value.goType === "v1.ResourceList") return roundUpToMilli;
  if (value.elem === undefined) return undefined;
  const visit = visitorOf(value.elem, resolve);
  if (visit === undefined) return undefined;
  if (value.type === "list") {
    return (list, context) => {
      for (const item of list as JsonValue[]) if (item !== null) visit(item, context);
    };
  }
  return (map, context) => {
    for (const item of Object.values(map as JsonObject)) if (item) visit(item, context);
  };
}

const FINER_THAN_MILLI = /[nu]$|e-[4-9]$/;
const MILLI_SCALE = 3;

/** Resource amounts have no more than three decimals. */
function roundUpToMilli(list: JsonValue): void {
  const amounts = list as JsonObject;
  for (const name in amounts) {
    const text = amounts[name];
    if (typeof text !== "string" || !FINER_THAN_MILLI.test(text)) continue;
    const quantity = Quantity.parse(text);
    amounts[name] = new Quantity(quantity.milliValue(), MILLI_SCALE, quantity.format).toString();
  }
}
