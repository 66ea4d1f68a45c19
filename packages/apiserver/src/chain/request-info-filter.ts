/** Splits the URL and parses the request's RequestInfo, once. */
import type { Exchange } from "../exchange.ts";
import { decodePath, parseRequestInfo } from "../request/request-info.ts";
import { RequestQuery } from "../request/request-query.ts";
import type { Filter } from "./filter.ts";

export const requestInfoFilter: Filter = {
  name: "request-info",
  apply(exchange: Exchange): void {
    const url = exchange.request.url ?? "/";
    const mark = url.indexOf("?");
    exchange.path = mark < 0 ? url : url.slice(0, mark);
    exchange.query = mark < 0 ? RequestQuery.empty : new RequestQuery(url.slice(mark + 1));
    exchange.path = decodePath(exchange.path);
    exchange.info = parseRequestInfo(exchange.method, exchange.path, exchange.query);
  },
};
