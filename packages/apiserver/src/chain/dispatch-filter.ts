/** The end of the chain: resource paths to their verb, all others to their endpoint. */
import { methodNotAllowed } from "@quorate/object";
import type { ResourceDispatcher } from "../dispatch/resource-dispatcher.ts";
import type { EndpointTable } from "../endpoints/endpoint-table.ts";
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";

/** Answers every exchange that comes so far. */
export class DispatchFilter implements Filter {
  readonly name = "dispatch";
  readonly #resources: ResourceDispatcher;
  readonly #endpoints: EndpointTable;

  constructor(resources: ResourceDispatcher, endpoints: EndpointTable) {
    this.#resources = resources;
    this.#endpoints = endpoints;
  }

  apply(exchange: Exchange): void | Promise<void> {
    if (!exchange.info.isResource) return this.#endpoints.serve(exchange);
    if (exchange.info.verb === "") throw methodNotAllowed();
    return this.#resources.dispatch(exchange);
  }
}
