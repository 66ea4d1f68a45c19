/**
 * Paths that are no resources: discovery, OpenAPI, health, version, metrics. Exact paths first, then
 * prefixes, longest first; what nobody serves is a 404.
 */
import { methodNotAllowed, resourceNotFound } from "@quorate/object";
import type { Exchange } from "../exchange.ts";

/** Serves a path or everything below one. */
export interface Endpoint {
  /** `/version`, or with a slash at its end (`/openapi/v3/`) everything below. */
  readonly path: string;
  /** Not listed under `/`. */
  readonly isHidden?: boolean;
  /** Other methods than GET and HEAD are served too. */
  readonly takesAnyMethod?: boolean;
  serve(exchange: Exchange): void | Promise<void>;
}

/** Made once; an exact path costs one lookup. */
export class EndpointTable {
  readonly #exact = new Map<string, Endpoint>();
  readonly #prefixes: Endpoint[] = [];

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      if (endpoint.path.length > 1 && endpoint.path.endsWith("/")) this.#prefixes.push(endpoint);
      else this.#exact.set(endpoint.path, endpoint);
    }
    this.#prefixes.sort((a, b) => b.path.length - a.path.length);
  }

  /** The paths to list under `/`. */
  get paths(): string[] {
    return [...this.#exact.values()].filter(({ isHidden }) => !isHidden).map(({ path }) => path);
  }

  serve(exchange: Exchange): void | Promise<void> {
    const { path, method } = exchange;
    const endpoint = this.#find(path);
    if (endpoint === undefined) throw resourceNotFound();
    if (method !== "GET" && method !== "HEAD" && !endpoint.takesAnyMethod) throw methodNotAllowed();
    return endpoint.serve(exchange);
  }

  #find(path: string): Endpoint | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    // A slash at the end makes no difference, as in the reference.
    if (path.endsWith("/")) {
      const trimmed = this.#exact.get(path.slice(0, -1));
      if (trimmed !== undefined) return trimmed;
    }
    return this.#prefixes.find((candidate) => path.startsWith(candidate.path));
  }
}
