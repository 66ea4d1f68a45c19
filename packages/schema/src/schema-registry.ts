/**
 * All kinds that a server knows: the built-in ones from the generated tables, custom resources added and
 * removed at run time. Lookups are maps; iteration is in the reference's order (group priority, then version
 * preference).
 */
import { CodedError } from "@quorate/base";
import type { GroupVersionKind } from "@quorate/object";
import type { GroupTable, KindTable, ResourceTable, TypeName, TypeTable, VersionTable } from "./kind.ts";

/** What a registry is made of; custom resources bring the same. */
export interface SchemaTables {
  /** Groups in order of priority, each with its versions, most preferred first. */
  readonly groups: readonly GroupTable[];
  /** Struct names by `apiVersion`, then kind. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, TypeName>>>>;
  /** The table of a struct; undefined where there is none of this name. */
  findStruct(name: TypeName): TypeTable | undefined;
}

/** `""`, `v1` -> `v1`; `apps`, `v1` -> `apps/v1`. */
export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `v1` -> `["", "v1"]`; `apps/v1` -> `["apps", "v1"]`. More than one slash: undefined. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } | undefined {
  const slash = apiVersion.indexOf("/");
  if (slash < 0) return { group: "", version: apiVersion };
  if (apiVersion.includes("/", slash + 1)) return undefined;
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Kinds and resources by name. */
export class SchemaRegistry {
  readonly #tables: SchemaTables;
  readonly #resources = new Map<string, ResourceTable>();
  readonly #resourcesByKind = new Map<string, ResourceTable>();
  readonly #custom = new Map<string, GroupTable>();
  readonly #customKinds = new Map<string, TypeTable>();
  #groups: readonly GroupTable[];
  #generation = 0;

  constructor(tables: SchemaTables) {
    this.#tables = tables;
    this.#groups = tables.groups;
    for (const group of tables.groups) this.#index(group);
  }

  /** Goes up with every change of the served kinds: what caches of discovery and OpenAPI compare. */
  get generation(): number {
    return this.#generation;
  }

  /** Groups with their versions, in the reference's order; "" (core) first. */
  groups(): readonly GroupTable[] {
    return this.#groups;
  }

  findGroup(group: string): GroupTable | undefined {
    return this.#groups.find((candidate) => candidate.group === group);
  }

  /** Whether the group was added at run time. */
  isCustomGroup(group: string): boolean {
    return this.#custom.has(group);
  }

  /** Every resource of every version, in the reference's order. */
  *resources(): IterableIterator<ResourceTable> {
    for (const group of this.#groups) for (const version of group.versions) yield* version.resources;
  }

  findResource(group: string, version: string, resource: string): ResourceTable | undefined {
    return this.#resources.get(`${group}/${version}/${resource}`);
  }

  /** The resource whose objects have this kind. */
  findResourceOfKind(group: string, version: string, kind: string): ResourceTable | undefined {
    return this.#resourcesByKind.get(`${group}/${version}/${kind}`);
  }

  /** The kind's struct; options and Status are found in every group/version, as clients send them. */
  findKind(group: string, version: string, kind: string): KindTable | undefined {
    const custom = this.#customKinds.get(`${group}/${version}/${kind}`);
    if (custom !== undefined) return { group, version, kind, type: custom.name };
    const type =
      this.#tables.kinds[apiVersionOf(group, version)]?.[kind] ??
      this.#tables.kinds["meta.k8s.io/v1"]?.[kind];
    return type === undefined ? undefined : { group, version, kind, type };
  }

  findType(gvk: GroupVersionKind): TypeTable | undefined {
    const custom = this.#customKinds.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
    if (custom !== undefined) return custom;
    const kind = this.findKind(gvk.group, gvk.version, gvk.kind);
    return kind === undefined ? undefined : this.#tables.findStruct(kind.type);
  }

  /** The struct of a kind; throws CodedError `UnknownKind`. */
  typeOf(gvk: GroupVersionKind): TypeTable {
    const type = this.findType(gvk);
    if (type !== undefined) return type;
    const apiVersion = apiVersionOf(gvk.group, gvk.version);
    throw new CodedError("UnknownKind", `no kind "${gvk.kind}" is registered for version "${apiVersion}"`);
  }

  /** The struct behind a reference of a table; throws CodedError `UnknownType`. */
  resolve(ref: TypeName): TypeTable {
    const type = this.#tables.findStruct(ref);
    if (type === undefined) throw new CodedError("UnknownType", `no type "${ref}" in the kind tables`);
    return type;
  }

  /** The kinds by `apiVersion` and name, custom ones not included: for OpenAPI. */
  builtinKinds(): SchemaTables["kinds"] {
    return this.#tables.kinds;
  }

  /**
   * Replaces what is served of a custom group; no versions removes it. Custom groups come after the built-in
   * ones, by name. Built-in groups can't be replaced, their names are refused with CodedError `BuiltinGroup`.
   */
  setCustomGroup(group: GroupTable, types: ReadonlyMap<string, TypeTable>): void {
    if (this.#tables.groups.some((builtin) => builtin.group === group.group)) {
      throw new CodedError(
        "BuiltinGroup",
        `group "${group.group}" is built in; a custom resource can't be in it`,
      );
    }
    const former = this.#custom.get(group.group);
    if (former !== undefined) this.#forget(former);
    this.#custom.delete(group.group);
    if (group.versions.length > 0) {
      this.#custom.set(group.group, group);
      this.#index(group);
      for (const [kind, type] of types) this.#customKinds.set(kind, type);
    }
    const custom = [...this.#custom.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
    this.#groups = [...this.#tables.groups, ...custom];
    this.#generation++;
  }

  #index(group: GroupTable): void {
    for (const resource of resourcesOf(group)) {
      const prefix = `${resource.group}/${resource.version}/`;
      this.#resources.set(prefix + resource.resource, resource);
      this.#resourcesByKind.set(prefix + resource.kind, resource);
    }
  }

  #forget(group: GroupTable): void {
    for (const resource of resourcesOf(group)) {
      const prefix = `${resource.group}/${resource.version}/`;
      this.#resources.delete(prefix + resource.resource);
      this.#resourcesByKind.delete(prefix + resource.kind);
      this.#customKinds.delete(prefix + resource.kind);
      this.#customKinds.delete(`${prefix}${resource.kind}List`);
    }
  }
}

function* resourcesOf(group: GroupTable): IterableIterator<ResourceTable> {
  for (const version of group.versions as readonly VersionTable[]) yield* version.resources;
}
