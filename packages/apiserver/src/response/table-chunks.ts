/**
 * Table answers: what `kubectl get` asks for. Cells hold ages, so they are made for each request; rows carry
 * the object's metadata, the whole object or nothing, as `includeObject` says.
 */
import {
  badRequest,
  goJson,
  type IncludeObject,
  invalid,
  type JsonObject,
  type KubernetesObject,
  type TableRow,
  textOf,
} from "@quorate/object";
import type { StoredObject } from "@quorate/registry";
import {
  cellsOf,
  cellsOfList,
  columnsOf,
  inTableOrder,
  type ResourceTable,
  rowConditionsOf,
} from "@quorate/schema";
import type { RequestQuery } from "../request/request-query.ts";
import { partialJson, type ResourceCodec } from "./resource-codec.ts";

/** Rows that are made at a time; kinds whose rows depend on each other are made at once. */
const ROWS_AT_ONCE = 64;

/** What the client wants of a table, and the time it is made for. */
export interface TableOptions {
  readonly metaVersion: string;
  readonly include: IncludeObject;
  /** Milliseconds since the epoch that ages are counted to. */
  readonly nowMs: number;
}

/** `includeObject` of the query; Metadata where it says nothing. */
export function parseIncludeObject(query: RequestQuery): IncludeObject {
  const given = query.text1("includeObject");
  if (given === "") return "Metadata";
  if (given === "None" || given === "Metadata" || given === "Object") return given;
  const error = invalid("includeObject", given, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${textOf(error)}`);
}

/** The table of a list (or of one object) in pieces. `metadata` is the list's. */
export function* tableChunks(
  codec: ResourceCodec,
  items: readonly StoredObject[],
  metadata: JsonObject,
  options: TableOptions,
): Generator<Buffer> {
  const { resource } = codec;
  let head = tableHead(options.metaVersion, metadata, goJson(columnsOf(resource)));
  if (dependsOnAll(resource)) {
    const objects = inTableOrder(
      resource,
      items.map((item) => codec.decode(item)),
    );
    const cells = cellsOfList(resource, objects, options.nowMs);
    const rows = objects.map((object, i) => rowJson(resource, object, cells[i]!, options));
    yield Buffer.from(`${head}${rows.join(",")}]}\n`);
    return;
  }
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    const rows = items.slice(start, start + ROWS_AT_ONCE).map((item) => {
      const object = codec.decode(item);
      return rowJson(resource, object, cellsOf(resource, object, options.nowMs), options);
    });
    yield Buffer.from(`${head}${start > 0 ? "," : ""}${rows.join(",")}`);
    head = "";
  }
  yield Buffer.from(`${head}]}\n`);
}

function dependsOnAll(resource: ResourceTable): boolean {
  return resource.kind === "StorageClass" || resource.kind === "FlowSchema";
}

/** What a table is made for: its columns are found by that. */
export type Printed = Pick<ResourceTable, "group" | "kind">;

/**
 * The JSON of a table with one row; `columns` is the JSON of its columns, `null` where the client knows them.
 */
export function rowTable(
  resource: Printed,
  object: KubernetesObject,
  columns: string,
  options: TableOptions,
): string {
  const resourceVersion = object.metadata.resourceVersion;
  const metadata: JsonObject = resourceVersion === undefined ? {} : { resourceVersion };
  const row = rowJson(resource, object, cellsOf(resource, object, options.nowMs), options);
  return `${tableHead(options.metaVersion, metadata, columns)}${row}]}`;
}

function tableHead(metaVersion: string, metadata: JsonObject, columns: string): string {
  const kind = `"kind":"Table","apiVersion":"meta.k8s.io/${metaVersion}"`;
  return `{${kind},"metadata":${goJson(metadata)},"columnDefinitions":${columns},"rows":[`;
}

function rowJson(
  resource: Printed,
  object: KubernetesObject,
  cells: unknown[],
  { include, metaVersion }: TableOptions,
): string {
  const conditions: TableRow["conditions"] = rowConditionsOf(resource, object);
  const middle = conditions === undefined ? "" : `,"conditions":${goJson(conditions)}`;
  return `{"cells":${goJson(cells)}${middle},"object":${rowObject(object, include, metaVersion)}}`;
}

function rowObject(object: KubernetesObject, include: IncludeObject, metaVersion: string): string {
  if (include === "Object") return goJson(object);
  return include === "None" ? "null" : partialJson(object, metaVersion);
}
