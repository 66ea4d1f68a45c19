/**
 * Bounds how many requests are worked on at a time, reading and mutating ones apart; beyond it a request gets
 * a 429 and is to come back in a second. Watches and other long ones don't count, and `system:masters` is
 * never turned away.
 */
import { SUPERUSER_GROUP } from "@quorate/access";
import { tooManyRequests } from "@quorate/object";
import type { Exchange } from "../exchange.ts";
import { isReading } from "../request/request-info.ts";
import { isLongRunning } from "./deadline-filter.ts";
import type { Filter } from "./filter.ts";

const RETRY_AFTER_SECONDS = 1;

/** Counts what runs; the count of a request ends with it. */
export class ConcurrencyFilter implements Filter {
  readonly name = "concurrency";
  readonly #readingMax: number;
  readonly #mutatingMax: number;
  readonly #reading = new Set<Exchange>();
  readonly #mutating = new Set<Exchange>();

  constructor(readingMax: number, mutatingMax: number) {
    this.#readingMax = readingMax;
    this.#mutatingMax = mutatingMax;
  }

  apply(exchange: Exchange): void {
    if (isLongRunning(exchange.info) || exchange.user!.groups.includes(SUPERUSER_GROUP)) return;
    const isRead = isReading(exchange.info);
    const running = isRead ? this.#reading : this.#mutating;
    if (running.size >= (isRead ? this.#readingMax : this.#mutatingMax)) {
      throw tooManyRequests("Too many requests, please try again later.", RETRY_AFTER_SECONDS);
    }
    running.add(exchange);
  }

  finish(exchange: Exchange): void {
    if (!this.#reading.delete(exchange)) this.#mutating.delete(exchange);
  }
}
