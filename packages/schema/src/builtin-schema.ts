/**
 * The built-in kinds: reads the generated tables into a SchemaRegistry. Struct tables are expanded on first
 * use.
 */

import resourceTables from "./generated/resources.json" with { type: "json" };
import typeTables from "./generated/types.json" with { type: "json" };
import type { GroupTable, ResourceTable, SubresourceTable, TypeTable, Verb, VersionTable } from "./kind.ts";
import { parseApiVersion, SchemaRegistry } from "./schema-registry.ts";
import { parseType } from "./type-notation.ts";

/** Which versions are served; without a word of the caller those that the reference serves by default. */
export interface BuiltinSchemaOptions {
  readonly isEnabled?: (group: string, version: string, enabledByDefault: boolean) => boolean;
}

interface SubresourceRow {
  name: string;
  kind: string;
  group?: string;
  version?: string;
  verbs: string;
}

interface ResourceRow {
  resource: string;
  singular: string;
  kind: string;
  namespaced?: boolean;
  shortNames?: string[];
  categories?: string[];
  verbs: string;
  storageVersionHash?: string;
  storageVersion?: string;
  key?: string;
  flags?: string;
  fieldSelectors?: string[];
  gracePeriod?: number;
  deprecation?: string;
  subresources?: SubresourceRow[];
}

interface VersionRow {
  group: string;
  version: string;
  enabledByDefault: boolean;
  resources: ResourceRow[];
}

const VERBS: Readonly<Record<string, Verb>> = {
  C: "create",
  D: "delete",
  X: "deletecollection",
  G: "get",
  L: "list",
  P: "patch",
  U: "update",
  W: "watch",
};

const structTexts = typeTables.types as Readonly<Record<string, string>>;
const structs = new Map<string, TypeTable>();

/** The table of a built-in struct; shared, immutable, expanded on first use. */
function findBuiltinStruct(name: string): TypeTable | undefined {
  const known = structs.get(name);
  if (known !== undefined) return known;
  if (!Object.hasOwn(structTexts, name)) return undefined;
  const table = parseType(name, structTexts[name]!, (inner) => findBuiltinStruct(inner)!);
  structs.set(name, table);
  return table;
}

/**
 * A registry of the built-in kinds. Custom resources are added to the one it returns; struct tables are
 * shared.
 */
export function builtinSchema(options: BuiltinSchemaOptions = {}): SchemaRegistry {
  const isEnabled = options.isEnabled ?? ((_group, _version, byDefault) => byDefault);
  const groups = new Map<string, VersionTable[]>();
  for (const row of resourceTables.versions as VersionRow[]) {
    if (!isEnabled(row.group, row.version, row.enabledByDefault)) continue;
    const versions = groups.get(row.group) ?? [];
    groups.set(row.group, versions);
    versions.push(versionTable(row));
  }
  const tables: GroupTable[] = [...groups].map(([group, versions]) => ({ group, versions }));
  return new SchemaRegistry({ groups: tables, kinds: typeTables.kinds, findStruct: findBuiltinStruct });
}

function versionTable(row: VersionRow): VersionTable {
  const resources = row.resources.map((resource) => resourceTable(row, resource));
  return { version: row.version, enabledByDefault: row.enabledByDefault, resources };
}

function resourceTable(of: VersionRow, row: ResourceRow): ResourceTable {
  const flags = row.flags ?? "";
  const subresources = (row.subresources ?? []).map((sub) => subresourceTable(of, sub));
  return {
    group: of.group,
    version: of.version,
    resource: row.resource,
    singular: row.singular,
    kind: row.kind,
    namespaced: row.namespaced ?? false,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    verbs: verbsOf(row.verbs),
    storageVersionHash: row.storageVersionHash,
    subresources,
    storage:
      row.storageVersion === undefined
        ? { group: of.group, version: of.version }
        : parseApiVersion(row.storageVersion)!,
    keyPrefix: `/registry/${row.key ?? row.resource}/`,
    flags: {
      unconditionalUpdate: !flags.includes("n"),
      createOnUpdate: flags.includes("c"),
      deleteReturnsObject: flags.includes("d"),
    },
    fieldSelectors: row.fieldSelectors ?? [],
    hasStatus: subresources.some((sub) => sub.name === "status"),
    defaultGracePeriod: row.gracePeriod,
    enabledByDefault: of.enabledByDefault,
    deprecation: row.deprecation,
  };
}

function subresourceTable(of: VersionRow, row: SubresourceRow): SubresourceTable {
  return {
    name: row.name,
    group: row.version === undefined ? of.group : (row.group ?? ""),
    version: row.version ?? of.version,
    kind: row.kind,
    verbs: verbsOf(row.verbs),
  };
}

function verbsOf(letters: string): readonly Verb[] {
  return [...letters].map((letter) => VERBS[letter]!);
}
