/** What watches count: events and bytes by resource. The children are looked up once a resource. */
import type { ResourceTable } from "@quorate/schema";
import type { Registry } from "prom-client";
import { type Distribution, LabelledCounter, LabelledHistogram, type Tally } from "./labelled.ts";

const SIZE_BOUNDS = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];

/** What the watches of one resource count. */
export class ResourceWatchMetrics {
  readonly #events: Tally;
  readonly #sizes: Distribution;

  constructor(events: Tally, sizes: Distribution) {
    this.#events = events;
    this.#sizes = sizes;
  }

  /** `bytes` is the sum over all `events`. */
  sent(events: number, bytes: number): void {
    this.#events.value += events;
    this.#sizes.observe(bytes / events, events);
  }
}

/** Counts what the watches of one server send. */
export class WatchMetrics {
  readonly #events: LabelledCounter;
  readonly #sizes: LabelledHistogram;
  readonly #children = new WeakMap<ResourceTable, ResourceWatchMetrics>();

  constructor(registry: Registry) {
    this.#events = new LabelledCounter(
      registry,
      "apiserver_watch_events_total",
      "Number of events sent in watch clients",
    );
    this.#sizes = new LabelledHistogram(
      registry,
      "apiserver_watch_events_sizes",
      "Watch event size distribution in bytes",
      SIZE_BOUNDS,
    );
  }

  of(resource: ResourceTable): ResourceWatchMetrics {
    let children = this.#children.get(resource);
    if (children === undefined) {
      const { group, version, resource: name } = resource;
      const labels = { group, version, resource: name };
      children = new ResourceWatchMetrics(this.#events.child(labels), this.#sizes.child(labels));
      this.#children.set(resource, children);
    }
    return children;
  }
}
