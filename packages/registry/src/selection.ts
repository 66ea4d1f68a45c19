/**
 * What a list or a watch asks for, split into what narrows the keys (namespace, one name) and what must be
 * asked of each object (the rest of the selectors).
 */
import { FieldSelector, type LabelSelector } from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";
import type { CachedObject } from "./cache/cached-object.ts";
import { selectableField } from "./selectable-fields.ts";

/** A selection of objects. */
export interface Selection {
  /** Keys [start, end) of the cache; `end` undefined: no bound. */
  readonly start: string;
  readonly end: string | undefined;
  /** Where all lies in one namespace. */
  readonly namespace?: string;
  /** Where only one object can be meant. */
  readonly key?: string;
  /** Undefined: every object of the range is selected. */
  readonly selects: ((object: CachedObject) => boolean) | undefined;
  /** Whether the client gave a selector: such lists have no remainingItemCount. */
  readonly hasSelector: boolean;
}

/** The part of ListOptions and WatchOptions that selects. */
export interface SelectionOptions {
  readonly namespace: string;
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
}

const EVERYTHING: Selection = { start: "", end: undefined, selects: undefined, hasSelector: false };

/** The selection that a list or a watch asks for. */
export function selectionOf(resource: ResourceTable, options: SelectionOptions): Selection {
  const { labelSelector, fieldSelector = FieldSelector.everything } = options;
  const hasLabels = labelSelector !== undefined && !labelSelector.isEverything;
  if (fieldSelector.isEverything && !hasLabels && options.namespace === "") return EVERYTHING;
  const namespace = resource.namespaced
    ? options.namespace || (fieldSelector.exactValue("metadata.namespace") ?? "")
    : "";
  const name = fieldSelector.exactValue("metadata.name");
  return {
    ...keysOf(resource, namespace, name),
    ...(namespace === "" ? {} : { namespace }),
    selects: predicate(hasLabels ? labelSelector : undefined, fieldSelector),
    hasSelector: hasLabels || !fieldSelector.isEverything,
  };
}

function keysOf(
  resource: ResourceTable,
  namespace: string,
  name: string | undefined,
): Pick<Selection, "start" | "end" | "key"> {
  if (name !== undefined && (namespace !== "" || !resource.namespaced)) {
    const key = resource.namespaced ? `${namespace}/${name}` : name;
    return { start: key, end: `${key}\0`, key };
  }
  // "0" follows "/".
  if (namespace !== "") return { start: `${namespace}/`, end: `${namespace}0` };
  return { start: "", end: undefined };
}

function predicate(
  labels: LabelSelector | undefined,
  fields: FieldSelector,
): ((object: CachedObject) => boolean) | undefined {
  if (fields.isEverything) return labels && ((object) => labels.matches(object.labels ?? {}));
  return (object) =>
    fields.matches((field) => object.field(field, selectableField)) &&
    (labels === undefined || labels.matches(object.labels ?? {}));
}
