/**
 * Server-side printing: the columns of a resource and the cells of its objects, as `kubectl get` asks for them. Cells
 * are always complete (priority 1 included); the client hides what it does not show.
 */
import { type ColumnDefinition, type KubernetesObject, numberIn, type TableRow } from "@quorate/object";
import type { ResourceTable } from "../kind.ts";
import { defaultPrinter, type PrinterTable, printerTables } from "./column-tables.ts";
import { podRowConditions } from "./pod-cells.ts";
import { effectiveDefaultClass, storageClassCells } from "./storage-cells.ts";

type Printed = Pick<ResourceTable, "group" | "kind">;

function printerOf({ group, kind }: Printed): PrinterTable {
  return printerTables.get(`${group}/${kind}`) ?? defaultPrinter;
}

/** The columns in order; shared and immutable. */
export function columnsOf(resource: Printed): readonly ColumnDefinition[] {
  return printerOf(resource).columns;
}

/** The cells of one object, one for each column. `nowMs` is milliseconds since the epoch. */
export function cellsOf(resource: Printed, object: KubernetesObject, nowMs: number): unknown[] {
  return printerOf(resource).print(object, nowMs);
}

/** Cells of a whole list: kinds whose rows depend on each other (the default StorageClass) are right only here. */
export function cellsOfList(
  resource: Printed,
  objects: readonly KubernetesObject[],
  nowMs: number,
): unknown[][] {
  if (resource.group === "storage.k8s.io" && resource.kind === "StorageClass") {
    const name = effectiveDefaultClass(objects);
    return objects.map((object) => storageClassCells(object, nowMs, name));
  }
  const { print } = printerOf(resource);
  return objects.map((object) => print(object, nowMs));
}

/** The order of a table's rows: flow schemas by precedence, all others as they are. */
export function inTableOrder(
  resource: Printed,
  objects: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  if (resource.kind !== "FlowSchema") return objects;
  return [...objects].sort(
    (a, b) =>
      numberIn(a.spec, "matchingPrecedence") - numberIn(b.spec, "matchingPrecedence") ||
      ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
}

/** Conditions that a row carries; undefined for most. */
export function rowConditionsOf(resource: Printed, object: KubernetesObject): TableRow["conditions"] {
  return resource.group === "" && resource.kind === "Pod" ? podRowConditions(object) : undefined;
}
