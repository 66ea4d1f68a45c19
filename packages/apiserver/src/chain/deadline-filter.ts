/**
 * How long a request may take: `timeout=` where it says less than the server's limit, else the limit.
 * Watches, proxies and the streaming subresources have no deadline.
 */
import type { Clock } from "@quorate/base";
import { badRequest, parseDuration } from "@quorate/object";
import type { Exchange } from "../exchange.ts";
import type { RequestInfo } from "../request/request-info.ts";
import type { Filter } from "./filter.ts";

const LONG_VERBS: ReadonlySet<string> = new Set(["watch", "proxy"]);
const LONG_SUBRESOURCES: ReadonlySet<string> = new Set(["attach", "exec", "proxy", "log", "portforward"]);

/** Requests that stay open: no deadline, not counted as in flight. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.isResource && (LONG_VERBS.has(info.verb) || LONG_SUBRESOURCES.has(info.subresource));
}

/** Sets the deadline of an exchange; the in-flight filter keeps it. */
export class DeadlineFilter implements Filter {
  readonly name = "deadline";
  readonly #clock: Clock;
  readonly #limitMs: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  apply(exchange: Exchange): void {
    if (isLongRunning(exchange.info)) return;
    const asked = exchange.query.text1("timeout");
    const askedMs = asked === "" ? 0 : this.#parse(asked);
    const limitMs = askedMs > 0 && askedMs < this.#limitMs ? askedMs : this.#limitMs;
    exchange.deadlineAt = this.#clock.now() + limitMs;
  }

  #parse(text: string): number {
    const ns = parseDuration(text);
    if (!Number.isNaN(ns)) return ns / 1e6;
    const quoted = JSON.stringify(text);
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${quoted}`);
  }
}
