/** Splits the URL, parses the request's RequestInfo and finds the resource that it names, once. */
import type { SchemaRegistry } from "@quorate/schema";
import type { Exchange } from "../exchange.ts";
import { decodePath, parseRequestInfo } from "../request/request-info.ts";
import { RequestQuery } from "../request/request-query.ts";
import type { Filter } from "./filter.ts";

/** Sets path, query, info and resource of an exchange. */
export class RequestInfoFilter implements Filter {
  readonly name = "request-info";
  readonly #schema: SchemaRegistry;

  constructor(schema: SchemaRegistry) {
    this.#schema = schema;
  }

  apply(exchange: Exchange): void {
    const url = exchange.request.url ?? "/";
    const mark = url.indexOf("?");
    exchange.path = mark < 0 ? url : url.slice(0, mark);
    exchange.query = mark < 0 ? RequestQuery.empty : new RequestQuery(url.slice(mark + 1));
    exchange.path = decodePath(exchange.path);
    const info = parseRequestInfo(exchange.method, exchange.path, exchange.query);
    exchange.info = info;
    if (info.isResource)
      exchange.resource = this.#schema.findResource(info.group, info.version, info.resource);
  }
}
