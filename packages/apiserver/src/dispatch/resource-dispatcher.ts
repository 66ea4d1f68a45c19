/**
 * From a resource path to the function that serves it. What was found out for a (resource, subresource, verb)
 * is kept, so that a request costs two lookups.
 */
import { methodNotAllowed, resourceNotFound } from "@quorate/object";
import type { ResourceTable, SubresourceTable } from "@quorate/schema";
import type { Api } from "../api.ts";
import type { Exchange } from "../exchange.ts";
import type { RequestInfo } from "../request/request-info.ts";
import { ResourceRequest } from "../resource-request.ts";
import { findHandler, type VerbHandler } from "./verb-table.ts";

/** Verbs that address one object and so need its name. */
const NAMED_VERBS: ReadonlySet<string> = new Set(["get", "update", "patch", "delete"]);

interface Route {
  readonly subresource: SubresourceTable | undefined;
  readonly handler: VerbHandler;
}

/** Finds the verb of a request and calls it. */
export class ResourceDispatcher {
  readonly #api: Api;
  /** Bound: resources x subresources x verbs; tables of removed custom resources are collected. */
  readonly #routes = new WeakMap<ResourceTable, Map<string, Route>>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** Throws a 404 where nothing is served under the path, a 405 where it is, but not with this method. */
  dispatch(exchange: Exchange): void | Promise<void> {
    const { info, resource } = exchange;
    if (resource === undefined) throw resourceNotFound();
    if (exchange.method === "HEAD") throw methodNotAllowed();
    const route = this.#routeOf(resource, info);
    if (resource.deprecation !== undefined) exchange.warn(resource.deprecation);
    return route.handler(new ResourceRequest(this.#api, exchange, resource, route.subresource));
  }

  #routeOf(resource: ResourceTable, info: RequestInfo): Route {
    requireScope(resource, info);
    let routes = this.#routes.get(resource);
    if (routes === undefined) {
      routes = new Map();
      this.#routes.set(resource, routes);
    }
    const key = `${info.subresource}:${info.verb}`;
    let route = routes.get(key);
    if (route === undefined) {
      route = makeRoute(resource, info);
      routes.set(key, route);
    }
    return route;
  }
}

function makeRoute(resource: ResourceTable, info: RequestInfo): Route {
  const subresource = resource.subresources.find(({ name }) => name === info.subresource);
  if (info.subresource !== "" && subresource === undefined) throw resourceNotFound();
  const handler = findHandler(resource, subresource, info.verb);
  if (handler === undefined) throw methodNotAllowed();
  return { subresource, handler };
}

/** Whether the path has the namespace and name that the resource and verb need, and no more. */
function requireScope(resource: ResourceTable, info: RequestInfo): void {
  const isNamespace = resource.group === "" && resource.resource === "namespaces";
  if (!resource.namespaced && info.namespace !== "" && !isNamespace) throw resourceNotFound();
  if (info.rest.length > 0 && info.subresource !== "proxy") throw resourceNotFound();
  if (resource.namespaced && info.namespace === "") {
    // All namespaces: only collections can be read so.
    if (info.hasName && !info.verbByPath) throw resourceNotFound();
    if (info.verb === "create" || info.verb === "deletecollection") throw methodNotAllowed();
  }
  if (info.subresource !== "") return;
  if (info.verb === "create" && info.hasName) throw methodNotAllowed();
  if (!info.hasName && NAMED_VERBS.has(info.verb)) throw methodNotAllowed();
}
