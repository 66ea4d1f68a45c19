/**
 * Admission as an ordered list of plugins. Stays synchronous while the plugins do, and keeps the selection of
 * plugins for each route.
 */
import type { ResourceTable } from "@quorate/schema";
import type {
  Admission,
  AdmissionPlugin,
  AdmissionRequest,
  AdmissionTarget,
  Operation,
} from "./admission.ts";

interface Route {
  readonly mutating: readonly AdmissionPlugin[];
  readonly validating: readonly AdmissionPlugin[];
}

type Phase = "mutate" | "validate";

/** Runs the plugins it was given, in their order. */
export class AdmissionChain implements Admission {
  readonly #plugins: readonly AdmissionPlugin[];
  /** Bound: operations x resources x subresources; tables of removed custom resources are collected. */
  readonly #routes = new WeakMap<ResourceTable, Map<string, Route>>();

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    return run(this.#routeOf(request).mutating, "mutate", request);
  }

  validate(request: AdmissionRequest): void | Promise<void> {
    return run(this.#routeOf(request).validating, "validate", request);
  }

  mutates(target: AdmissionTarget): boolean {
    return this.#routeOf(target).mutating.length > 0;
  }

  validates(target: AdmissionTarget): boolean {
    return this.#routeOf(target).validating.length > 0;
  }

  #routeOf(target: AdmissionTarget): Route {
    let routes = this.#routes.get(target.resource);
    if (routes === undefined) {
      routes = new Map();
      this.#routes.set(target.resource, routes);
    }
    const key = routeKey(target.operation, target.subresource);
    let route = routes.get(key);
    if (route === undefined) {
      const concerned = this.#plugins.filter((plugin) => plugin.concerns(target));
      route = {
        mutating: concerned.filter((plugin) => plugin.mutate !== undefined),
        validating: concerned.filter((plugin) => plugin.validate !== undefined),
      };
      routes.set(key, route);
    }
    return route;
  }
}

function routeKey(operation: Operation, subresource: string): string {
  return subresource === "" ? operation : `${operation}/${subresource}`;
}

function run(plugins: readonly AdmissionPlugin[], phase: Phase, request: AdmissionRequest) {
  for (let i = 0; i < plugins.length; i++) {
    const pending = plugins[i]![phase]!(request);
    if (pending instanceof Promise) return finish(pending, plugins, i + 1, phase, request);
  }
  return undefined;
}

async function finish(
  pending: Promise<void>,
  plugins: readonly AdmissionPlugin[],
  start: number,
  phase: Phase,
  request: AdmissionRequest,
): Promise<void> {
  await pending;
  for (let i = start; i < plugins.length; i++) await plugins[i]![phase]!(request);
}
