/** The constraints of a LimitRange item on what something asks for; each gives what is wrong, or nothing. */
import { type JsonObject, Quantity, stringMapIn } from "@quorate/object";
import type { Resources } from "./resource-lists.ts";

/** The two halves that a constraint looks at. */
export interface Asked {
  readonly requests: Resources;
  readonly limits: Resources;
}

/** What breaks min, max and maxLimitRequestRatio of `item`, resource by resource. */
export function brokenLimits(item: JsonObject, type: string, asked: Asked): string[] {
  return [
    ...each(item, "min", (name, bound) => belowMin(type, name, bound, asked)),
    ...each(item, "max", (name, bound) => aboveMax(type, name, bound, asked)),
    ...each(item, "maxLimitRequestRatio", (name, bound) => aboveRatio(type, name, bound, asked)),
  ];
}

/** Claims have requests alone: their max bounds those. */
export function brokenRequests(item: JsonObject, type: string, requests: Resources): string[] {
  const asked: Asked = { requests, limits: new Map() };
  return [
    ...each(item, "min", (name, bound) => belowMin(type, name, bound, asked)),
    ...each(item, "max", (name, bound) => {
      const head = `maximum ${name} usage per ${type} is ${bound}`;
      const request = requests.get(name);
      if (request === undefined) return `${head}.  No request is specified`;
      return request.compare(bound) > 0 ? `${head}, but request is ${request}` : undefined;
    }),
  ];
}

function each(
  item: JsonObject,
  key: string,
  check: (name: string, bound: Quantity) => string | undefined,
): string[] {
  return Object.entries(stringMapIn(item, key)).flatMap(([name, text]) => {
    return check(name, Quantity.parse(text)) ?? [];
  });
}

function belowMin(type: string, name: string, bound: Quantity, asked: Asked): string | undefined {
  const head = `minimum ${name} usage per ${type} is ${bound}`;
  const request = asked.requests.get(name);
  const limit = asked.limits.get(name);
  if (request === undefined) return `${head}.  No request is specified`;
  if (request.compare(bound) < 0) return `${head}, but request is ${request}`;
  if (limit !== undefined && limit.compare(bound) < 0) return `${head}, but limit is ${limit}`;
  return undefined;
}

function aboveMax(type: string, name: string, bound: Quantity, asked: Asked): string | undefined {
  const head = `maximum ${name} usage per ${type} is ${bound}`;
  const request = asked.requests.get(name);
  const limit = asked.limits.get(name);
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (limit.compare(bound) > 0) return `${head}, but limit is ${limit}`;
  if (request !== undefined && request.compare(bound) > 0) return `${head}, but request is ${request}`;
  return undefined;
}

function aboveRatio(type: string, name: string, bound: Quantity, asked: Asked): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${bound}`;
  const request = asked.requests.get(name);
  const limit = asked.limits.get(name);
  if (request === undefined || request.sign === 0) {
    return `${head}, but no request is specified or request is 0`;
  }
  if (limit === undefined || limit.sign === 0) return `${head}, but no limit is specified or limit is 0`;
  const ratio = Number(limit.milliValue()) / Number(request.milliValue());
  if (ratio <= Number(bound.milliValue()) / 1000) return undefined;
  return `${head}, but provided ratio is ${ratio.toFixed(6)}`;
}
