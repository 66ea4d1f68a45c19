/**
 * A step of the request chain. Filters run in a fixed order; one that has answered ends the chain. They are
 * plain objects made once: a request creates no closures on its way through.
 */
import type { Exchange } from "../exchange.ts";

/** Shared by all requests: it keeps what it knows of one in the exchange or under it. */
export interface Filter {
  /** As it stands in the chain's documentation. */
  readonly name: string;
  /** Throws a StatusError to refuse. Returns nothing where it is done at once. */
  apply(exchange: Exchange): void | Promise<void>;
  /** Called once for each exchange that `apply` was called for, when its handler has returned. */
  finish?(exchange: Exchange): void;
}
