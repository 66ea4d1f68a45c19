/**
 * The operations of one group/version as the reference publishes them, independent of the OpenAPI dialect: a
 * path, a method, its name, parameters, body and answers. Derived from the resource tables alone.
 */
import type { ResourceTable, SubresourceTable, TypeName, Verb } from "../kind.ts";
import { apiVersionOf, type SchemaRegistry } from "../schema-registry.ts";

/** HTTP methods as OpenAPI spells them. */
export type Method = "get" | "put" | "post" | "delete" | "patch" | "options" | "head";

/** A query parameter: a field of an options type (its text is there), or `pretty`. */
export interface QueryParameter {
  readonly name: string;
  readonly type: "string" | "boolean" | "integer";
  readonly from: TypeName;
}

/** A parameter that is a part of the path. */
export interface PathParameter {
  readonly name: string;
  readonly description: string;
}

/** One method of one path. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  readonly query: readonly QueryParameter[];
  readonly inPath: readonly PathParameter[];
  readonly isPretty: boolean;
  /** Model of the body, or "patch"; absent: no body. */
  readonly body?: { readonly model: TypeName; readonly required: boolean };
  /** Status code to model; "string" is plain text. */
  readonly answers: Readonly<Record<string, TypeName>>;
  readonly media: "object" | "stream" | "log" | "any" | "json" | "keys";
  readonly action?: string;
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const NAMESPACE: PathParameter = {
  name: "namespace",
  description: "object name and auth scope, such as for teams and projects",
};
const TAIL: PathParameter = { name: "path", description: "path to the resource" };
const CONNECT_METHODS: readonly (readonly [Verb, Method])[] = [
  ["get", "get"],
  ["create", "post"],
  ["update", "put"],
  ["delete", "delete"],
  ["patch", "patch"],
];

/** `flowcontrol.apiserver.k8s.io` -> `flowcontrolApiserver`, "" -> `core`. */
export function groupTag(group: string): string {
  if (group === "") return "core";
  const [first, ...rest] = group.replace(/\.k8s\.io$/, "").split(".");
  return first + rest.map(capitalized).join("");
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `a Pod`, `an Event`, `Endpoints`. */
function withArticle(kind: string): string {
  if (kind.endsWith("s") && !kind.endsWith("ss")) return kind;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
}

/** The operations of every resource of a group/version, in the order of the tables. */
export function operationsOf(schema: SchemaRegistry, group: string, version: string): Operation[] {
  const table = schema.findGroup(group)?.versions.find((candidate) => candidate.version === version);
  const builder = new OperationBuilder(schema, group, version);
  builder.addDiscovery();
  for (const resource of table?.resources ?? []) builder.addResource(resource);
  return builder.operations;
}

/** The single operation of a group's own discovery document. */
export function groupOperations(group: string): Operation[] {
  const tag = groupTag(group);
  const id = group === "" ? "getCoreAPIVersions" : `get${capitalized(tag)}APIGroup`;
  return [
    discoveryOperation({
      path: group === "" ? "/api/" : `/apis/${group}/`,
      id,
      tag,
      description: group === "" ? "get available API versions" : "get information of a group",
      model: `${META}${group === "" ? "APIVersions" : "APIGroup"}`,
    }),
  ];
}

type RootDocument = Pick<Operation, "id" | "tag" | "description" | "media"> & { readonly model: TypeName };

/** Documents that belong to no group. */
export const ROOT_DOCUMENTS: Readonly<Record<string, RootDocument>> = {
  ".well-known/openid-configuration": {
    id: "getServiceAccountIssuerOpenIDConfiguration",
    tag: "WellKnown",
    description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
    model: "string",
    media: "json",
  },
  apis: {
    id: "getAPIVersions",
    tag: "apis",
    description: "get available API versions",
    model: `${META}APIGroupList`,
    media: "object",
  },
  "openid/v1/jwks": {
    id: "getServiceAccountIssuerOpenIDKeyset",
    tag: "openid",
    description:
      "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
    model: "string",
    media: "keys",
  },
  version: {
    id: "getCodeVersion",
    tag: "version",
    description: "get the version information for this server",
    model: "io.k8s.apimachinery.pkg.version.Info",
    media: "json",
  },
};

/** The one operation of a document that belongs to no group. */
export function rootOperation(path: string): Operation {
  const { media, ...parts } = ROOT_DOCUMENTS[path]!;
  return { ...discoveryOperation({ ...parts, path: `/${path}/` }), media };
}

function discoveryOperation(of: {
  path: string;
  id: string;
  tag: string;
  description: string;
  model: TypeName;
}): Operation {
  const { model, ...rest } = of;
  return {
    ...rest,
    method: "get",
    query: [],
    inPath: [],
    isPretty: false,
    answers: { 200: model },
    media: "object",
  };
}

type OperationParts = Pick<Operation, "method" | "description" | "action" | "answers" | "media"> & {
  readonly verb: string;
  readonly suffix?: string;
  readonly query?: readonly QueryParameter[];
  readonly body?: Operation["body"];
};

/** Where a set of operations lies: the path and what all its operations share. */
interface Place {
  readonly path: string;
  readonly inPath: readonly PathParameter[];
  readonly resource: ResourceTable;
  readonly kind: NonNullable<Operation["kind"]>;
  readonly isNamespaced: boolean;
  readonly isPretty: boolean;
}

class OperationBuilder {
  readonly operations: Operation[] = [];
  readonly #schema: SchemaRegistry;
  readonly #group: string;
  readonly #version: string;
  readonly #root: string;
  readonly #tag: string;
  readonly #idInfix: string;

  constructor(schema: SchemaRegistry, group: string, version: string) {
    this.#schema = schema;
    this.#group = group;
    this.#version = version;
    this.#root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    this.#tag = `${groupTag(group)}_${version}`;
    this.#idInfix = capitalized(groupTag(group)) + capitalized(version);
  }

  addDiscovery(): void {
    this.operations.push(
      discoveryOperation({
        path: `${this.#root}/`,
        id: `get${this.#idInfix}APIResources`,
        tag: this.#tag,
        description: "get available resources",
        model: `${META}APIResourceList`,
      }),
    );
  }

  addResource(resource: ResourceTable): void {
    const kind = { group: this.#group, version: this.#version, kind: resource.kind };
    const base = resource.namespaced ? `${this.#root}/namespaces/{namespace}` : this.#root;
    const scope = resource.namespaced ? [NAMESPACE] : [];
    const shared = { resource, kind, isPretty: true };
    const collection = {
      ...shared,
      path: `${base}/${resource.resource}`,
      inPath: scope,
      isNamespaced: resource.namespaced,
    };
    this.#addCollection(collection);
    const name: PathParameter = { name: "name", description: `name of the ${resource.kind}` };
    this.#addItem({ ...collection, path: `${collection.path}/{name}`, inPath: [name, ...scope] });
    if (resource.namespaced && resource.verbs.includes("list")) {
      const path = `${this.#root}/${resource.resource}`;
      this.#addList({ ...collection, path, inPath: [], isNamespaced: false }, "ForAllNamespaces");
    }
    if (resource.verbs.includes("watch")) this.#addWatches(collection, [name, ...scope]);
    for (const subresource of resource.subresources) this.#addSubresource(collection, subresource);
  }

  #addCollection(place: Place): void {
    const { resource } = place;
    const model = this.#model(place.kind);
    if (resource.verbs.includes("list")) this.#addList(place, "");
    if (resource.verbs.includes("create"))
      this.#addCreate(place, "", `create ${withArticle(resource.kind)}`, model);
    if (!resource.verbs.includes("deletecollection")) return;
    const list = this.#queryOf("ListOptions").filter(
      ({ name }) => name !== "watch" && name !== "allowWatchBookmarks",
    );
    this.#add(place, {
      method: "delete",
      verb: "delete",
      description: `delete collection of ${resource.kind}`,
      action: "deletecollection",
      suffix: "Collection",
      query: [...list, ...this.#queryOf("DeleteOptions")],
      body: { model: `${META}DeleteOptions`, required: false },
      answers: { 200: `${META}Status` },
      media: "object",
    });
  }

  #addList(place: Place, suffix: string): void {
    const { kind } = place.resource;
    const isWatchable = place.resource.verbs.includes("watch");
    this.#add(place, {
      method: "get",
      verb: "list",
      description: `list ${isWatchable ? "or watch " : ""}objects of kind ${kind}`,
      action: "list",
      suffix,
      query: this.#queryOf("ListOptions"),
      answers: { 200: this.#model({ ...place.kind, kind: `${kind}List` }) },
      media: "stream",
    });
  }

  #addCreate(place: Place, suffix: string, description: string, model: TypeName): void {
    this.#add(place, {
      method: "post",
      verb: "create",
      description,
      action: "post",
      suffix,
      query: this.#queryOf("CreateOptions"),
      body: { model, required: true },
      answers: { 200: model, 201: model, 202: model },
      media: "object",
    });
  }

  #addItem(place: Place): void {
    const { resource } = place;
    const verbs = resource.verbs;
    this.#addReadAndWrite(place, verbs, "", "");
    if (!verbs.includes("delete")) return;
    // Compat: deleting a namespace answers with the namespace, but Status is what the reference publishes.
    const isObject = resource.flags.deleteReturnsObject && resource.resource !== "namespaces";
    const answer = isObject ? this.#model(place.kind) : `${META}Status`;
    this.#add(place, {
      method: "delete",
      verb: "delete",
      description: `delete ${withArticle(resource.kind)}`,
      action: "delete",
      query: this.#queryOf("DeleteOptions"),
      body: { model: `${META}DeleteOptions`, required: false },
      answers: { 200: answer, 202: answer },
      media: "object",
    });
  }

  /** get, put and patch of an object or a subresource; `of` is `"status of "` for the latter. */
  #addReadAndWrite(place: Place, verbs: readonly Verb[], of: string, suffix: string): void {
    const model = this.#model(place.kind);
    const subject = `${of}the specified ${place.resource.kind}`;
    const common = { suffix, media: "object" } as const;
    if (verbs.includes("get")) {
      const description = `read ${subject}`;
      this.#add(place, {
        ...common,
        method: "get",
        verb: "read",
        description,
        action: "get",
        answers: { 200: model },
      });
    }
    const answers = { 200: model, 201: model };
    if (verbs.includes("update")) {
      const description = `replace ${subject}`;
      const query = this.#queryOf("UpdateOptions");
      const body = { model, required: true };
      this.#add(place, {
        ...common,
        method: "put",
        verb: "replace",
        description,
        action: "put",
        query,
        body,
        answers,
      });
    }
    if (verbs.includes("patch")) {
      const description = `partially update ${subject}`;
      const query = this.#queryOf("PatchOptions");
      const body = { model: `${META}Patch`, required: true };
      this.#add(place, {
        ...common,
        method: "patch",
        verb: "patch",
        description,
        action: "patch",
        query,
        body,
        answers,
      });
    }
  }

  #addWatches(place: Place, itemPath: readonly PathParameter[]): void {
    const { resource } = place;
    const watched = {
      verb: "watch",
      method: "get",
      query: this.#queryOf("ListOptions"),
      media: "stream",
    } as const;
    const answers = { 200: `${META}WatchEvent` };
    const hint = "deprecated: use the 'watch' parameter with a list operation instead";
    const ofList = `watch individual changes to a list of ${resource.kind}. ${hint}.`;
    const path = place.path.replace(this.#root, `${this.#root}/watch`);
    const listing = { ...watched, answers, description: ofList, action: "watchlist" };
    this.#add({ ...place, path }, { ...listing, suffix: "List" });
    if (resource.namespaced) {
      const everywhere = `${this.#root}/watch/${resource.resource}`;
      const allPlace = { ...place, path: everywhere, inPath: [], isNamespaced: false };
      this.#add(allPlace, { ...listing, suffix: "ListForAllNamespaces" });
    }
    const ofItem = `watch changes to an object of kind ${resource.kind}. ${hint}, filtered to a single item with the 'fieldSelector' parameter.`;
    const item = { ...place, path: `${path}/{name}`, inPath: itemPath };
    this.#add(item, { ...watched, answers, description: ofItem, action: "watch" });
  }

  #addSubresource(collection: Place, subresource: SubresourceTable): void {
    const kind = { group: subresource.group, version: subresource.version, kind: subresource.kind };
    const name: PathParameter = { name: "name", description: `name of the ${subresource.kind}` };
    const path = `${collection.path}/{name}/${subresource.name}`;
    const place = { ...collection, kind, path, inPath: [name, ...collection.inPath] };
    const suffix = capitalized(subresource.name);
    if (subresource.kind.endsWith("Options")) {
      this.#addConnect(place, subresource, suffix);
      return;
    }
    if (subresource.name === "log") {
      const description = `read log of the specified ${collection.resource.kind}`;
      const query = this.#queryOf("PodLogOptions");
      const answers = { 200: "string" };
      this.#add(place, {
        method: "get",
        verb: "read",
        description,
        action: "get",
        suffix,
        query,
        answers,
        media: "log",
      });
      return;
    }
    if (subresource.verbs.includes("create")) {
      const description = `create ${subresource.name} of ${withArticle(collection.resource.kind)}`;
      this.#addCreate(place, suffix, description, this.#model(kind));
    }
    this.#addReadAndWrite(place, subresource.verbs, `${subresource.name} of `, suffix);
  }

  #addConnect(place: Place, subresource: SubresourceTable, suffix: string): void {
    const query = this.#queryOf(subresource.kind);
    const kind = place.resource.kind;
    for (const isTail of subresource.name === "proxy" ? [false, true] : [false]) {
      const target = isTail
        ? { ...place, path: `${place.path}/{path}`, inPath: [...place.inPath, TAIL] }
        : place;
      const connected = CONNECT_METHODS.filter(([verb]) => subresource.verbs.includes(verb));
      const methods = connected.map(([, method]) => method);
      if (subresource.name === "proxy") methods.push("options", "head");
      for (const method of methods) {
        this.#add(
          { ...target, isPretty: false },
          {
            method,
            verb: `connect`,
            description: `connect ${method.toUpperCase()} requests to ${subresource.name} of ${kind}`,
            action: "connect",
            suffix: `${capitalized(method)} ${suffix}${isTail ? "WithPath" : ""}`,
            query,
            answers: { 200: "string" },
            media: "any",
          },
        );
      }
    }
  }

  /**
   * The id is verb, group/version, scope, kind and suffix; `Collection` and a connect method stand before the
   * scope.
   */
  #add(place: Place, parts: OperationParts): void {
    const { verb, suffix = "", query = [], ...rest } = parts;
    const [early, late] =
      verb === "connect" ? suffix.split(" ") : suffix === "Collection" ? [suffix, ""] : ["", suffix];
    const scope = place.isNamespaced ? "Namespaced" : "";
    this.operations.push({
      ...rest,
      path: place.path,
      id: `${verb}${this.#idInfix}${early}${scope}${place.resource.kind}${late}`,
      tag: this.#tag,
      query,
      inPath: place.inPath,
      isPretty: place.isPretty,
      kind: place.kind,
    });
  }

  #model(kind: { group: string; version: string; kind: string }): TypeName {
    return this.#schema.typeOf(kind).name;
  }

  /** The scalar fields of an options type, as query parameters. */
  #queryOf(options: string): readonly QueryParameter[] {
    const kinds = this.#schema.builtinKinds();
    const from = kinds["meta.k8s.io/v1"]?.[options] ?? kinds[apiVersionOf("", "v1")]?.[options];
    if (from === undefined) return [];
    const out: QueryParameter[] = [];
    for (const field of this.#schema.resolve(from).fields) {
      if (field.name === "kind" || field.name === "apiVersion") continue;
      const scalar = field.value.elem ?? field.value;
      if (scalar.type === "string") out.push({ name: field.name, type: "string", from });
      else if (scalar.type === "bool") out.push({ name: field.name, type: "boolean", from });
      else if (scalar.type === "int32" || scalar.type === "int64")
        out.push({ name: field.name, type: "integer", from });
    }
    return out;
  }
}
