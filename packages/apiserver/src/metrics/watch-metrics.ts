/** What watches count: events and bytes by resource. The children are looked up once a resource. */
import type { ResourceTable } from "@quorate/schema";
import type { Registry } from "prom-client";
import { type Distribution, LabelledCounter, LabelledHistogram, type Tally } from "./labelled.ts";

const SIZE_BOUNDS = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];

interface Children {
  readonly events: Tally;
  readonly sizes: Distribution;
}

/** Counts what the watches of one server send. */
export class WatchMetrics {
  readonly #events: LabelledCounter;
  readonly #sizes: LabelledHistogram;
  readonly #children = new WeakMap<ResourceTable, Children>();

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

  /** `bytes` is the sum over all `events`. */
  sent(resource: ResourceTable, events: number, bytes: number): void {
    let children = this.#children.get(resource);
    if (children === undefined) {
      const { group, version, resource: name } = resource;
      const labels = { group, version, resource: name };
      children = { events: this.#events.child(labels), sizes: this.#sizes.child(labels) };
      this.#children.set(resource, children);
    }
    children.events.value += events;
    children.sizes.observe(bytes / events, events);
  }
}
