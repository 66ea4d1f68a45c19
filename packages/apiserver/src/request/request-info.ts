/**
 * What a request is about, parsed once from method, path and query, and read by every filter after that: the
 * same rules as the reference's RequestInfo. It has the shape of AccessAttributes, so that authorization
 * allocates nothing.
 *
 *   GET    /api/v1/namespaces/a/pods?watch=1           watch pods in a
 *   PUT    /apis/apps/v1/namespaces/a/deployments/b/status   update deployments/status b in a
 *   GET    /api/v1/namespaces/a                        get namespaces a (namespace a as well)
 *   GET    /healthz                                    not a resource request; verb get, path /healthz
 */
import type { AccessAttributes } from "@quorate/access";
import { badRequest, parseFieldSelector } from "@quorate/object";
import type { RequestQuery } from "./request-query.ts";

/** What the path and method of a request say. Immutable. */
export interface RequestInfo extends AccessAttributes {
  /** `api` or `apis`; "" for other paths. */
  readonly apiPrefix: string;
  /** Path segments after resource, name and subresource; only proxies have some. */
  readonly rest: readonly string[];
  /** The legacy prefix /watch/ or /proxy/ names the verb. */
  readonly verbByPath: boolean;
  /** Whether the path has a name segment; `name` may also come from a field selector. */
  readonly hasName: boolean;
}

const READING_VERBS: ReadonlySet<string> = new Set(["get", "list", "watch"]);
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);
const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const NO_REST: readonly string[] = [];

/** Requests that change nothing. */
export function isReading({ isResource, verb }: RequestInfo): boolean {
  return READING_VERBS.has(verb) || (!isResource && verb === "head");
}

/** The path of a URL, percent-decoded; throws a 400 where an escape is broken. */
export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in the path ${JSON.stringify(path)}`);
  }
}

/** `path` is decoded, `method` upper case. */
export function parseRequestInfo(method: string, path: string, query: RequestQuery): RequestInfo {
  const parts = splitPath(path);
  const apiPrefix = parts[0]!;
  const isGrouped = apiPrefix === "apis";
  if (parts.length < (isGrouped ? 4 : 3) || (!isGrouped && apiPrefix !== "api")) {
    return nonResource(method, path);
  }
  const group = isGrouped ? parts[1]! : "";
  let at = isGrouped ? 2 : 1;
  const version = parts[at++]!;

  let verb = VERBS[method] ?? "";
  let verbByPath = false;
  if (parts[at] === "watch" || parts[at] === "proxy") {
    if (parts.length - at < 2) throw badRequest(`unable to determine kind and namespace from url, ${path}`);
    verb = parts[at++]!;
    verbByPath = true;
  }

  let namespace = "";
  if (parts[at] === "namespaces" && parts.length > at + 1) {
    namespace = parts[at + 1]!;
    if (parts.length > at + 2 && !NAMESPACE_SUBRESOURCES.has(parts[at + 2]!)) at += 2;
  }
  const resource = parts[at]!;
  let name = parts[at + 1] ?? "";
  const hasName = name !== "";
  const subresource = verb === "proxy" || (verbByPath && verb === "watch") ? "" : (parts[at + 2] ?? "");
  const rest = parts.length > at + 3 ? parts.slice(at + 3) : NO_REST;

  if (name === "" && verb === "get") {
    verb = query.isTrue("watch") ? "watch" : "list";
    name = selectedName(query);
  } else if (name === "" && verb === "delete") verb = "deletecollection";

  return {
    isResource: true,
    apiPrefix,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    path,
    rest,
    verbByPath,
    hasName,
  };
}

/** A list of one object by field selector is authorized under the object's name. */
function selectedName(query: RequestQuery): string {
  const selector = query.text1("fieldSelector");
  if (selector === "") return "";
  try {
    return parseFieldSelector(selector).exactValue("metadata.name") ?? "";
  } catch {
    return "";
  }
}

function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === 47) start++;
  while (end > start && path.charCodeAt(end - 1) === 47) end--;
  return path.slice(start, end).split("/");
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResource: false,
    apiPrefix: "",
    verb: method.toLowerCase(),
    group: "",
    version: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    path,
    rest: NO_REST,
    verbByPath: false,
    hasName: false,
  };
}
