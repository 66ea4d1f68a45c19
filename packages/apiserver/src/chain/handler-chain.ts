/**
 * The chain that every request passes, outermost first:
 *   panic guard > request info > audit id > metrics > in-flight > deadline > authentication > impersonation
 *   > concurrency > authorization > dispatch
 * The order is the reference's: nothing is told to a client before it is known who asks, nothing is read from
 * a body before it is known that the client may.
 */
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";
import type { PanicGuard } from "./panic-guard.ts";

/** Runs exchanges through the filters, in order. */
export class HandlerChain {
  readonly #guard: PanicGuard;
  readonly #filters: readonly Filter[];
  readonly #finishers: readonly Filter[];

  constructor(guard: PanicGuard, filters: readonly Filter[]) {
    this.#guard = guard;
    this.#filters = filters;
    this.#finishers = filters.filter((filter) => filter.finish !== undefined).reverse();
  }

  get names(): readonly string[] {
    return this.#filters.map((filter) => filter.name);
  }

  /** Never rejects: what goes wrong becomes a Status. */
  async run(exchange: Exchange): Promise<void> {
    try {
      for (const filter of this.#filters) {
        const pending = filter.apply(exchange);
        if (pending !== undefined) await pending;
        if (exchange.isAnswered) break;
      }
    } catch (error) {
      this.#guard.handle(exchange, error);
      exchange.request.refuseBody();
    }
    for (const filter of this.#finishers) filter.finish!(exchange);
  }
}
