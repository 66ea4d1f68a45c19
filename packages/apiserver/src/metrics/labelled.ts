/**
 * Counters and histograms whose children are plain numbers: a request that has found its child pays an
 * addition, where prom-client would hash its labels again each time. They register with prom-client, which
 * prints them.
 */
import type { Metric, Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** What prom-client's registry asks of a metric that it prints. */
abstract class Labelled<Child> {
  readonly name: string;
  readonly help: string;
  abstract readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator = "sum";
  readonly #children = new Map<string, { readonly labels: Labels; readonly child: Child }>();

  constructor(registry: Registry, name: string, help: string) {
    this.name = name;
    this.help = help;
    registry.registerMetric(this as unknown as Metric);
  }

  /** The child with these labels; keep it where it is used often. */
  child(labels: Labels): Child {
    const key = JSON.stringify(labels);
    let known = this.#children.get(key);
    if (known === undefined) {
      known = { labels, child: this.make() };
      this.#children.set(key, known);
    }
    return known.child;
  }

  get(): { name: string; help: string; type: string; aggregator: string; values: Sample[] } {
    const values: Sample[] = [];
    for (const { labels, child } of this.#children.values()) values.push(...this.samples(labels, child));
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.#children.clear();
  }

  protected abstract make(): Child;
  protected abstract samples(labels: Labels, child: Child): Sample[];
}

/** A number that its owner changes. */
export interface Tally {
  value: number;
}

/** Numbers that only grow. */
export class LabelledCounter extends Labelled<Tally> {
  readonly type = "counter";

  protected make(): Tally {
    return { value: 0 };
  }

  protected samples(labels: Labels, { value }: Tally): Sample[] {
    return [{ labels, value }];
  }
}

/** Numbers that go up and down. */
export class LabelledGauge extends Labelled<Tally> {
  readonly type = "gauge";

  protected make(): Tally {
    return { value: 0 };
  }

  protected samples(labels: Labels, { value }: Tally): Sample[] {
    return [{ labels, value }];
  }
}

/** Observations by bucket. */
export class Distribution {
  readonly #bounds: readonly number[];
  /** By bucket, not yet cumulated; the last is for what is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Counts `value` `times` times. */
  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > bounds[i]!) i++;
    this.counts[i]! += times;
    this.sum += value * times;
  }
}

/** Distributions over the same bounds. */
export class LabelledHistogram extends Labelled<Distribution> {
  readonly type = "histogram";
  readonly #bounds: readonly number[];

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    super(registry, name, help);
    this.#bounds = bounds;
  }

  protected make(): Distribution {
    return new Distribution(this.#bounds);
  }

  protected samples(labels: Labels, child: Distribution): Sample[] {
    let total = 0;
    const metricName = `${this.name}_bucket`;
    const values: Sample[] = [];
    child.counts.forEach((count, i) => {
      total += count;
      const le = this.#bounds[i] ?? "+Inf";
      values.push({ metricName, labels: { ...labels, le }, value: total });
    });
    values.push({ metricName: `${this.name}_sum`, labels, value: child.sum });
    values.push({ metricName: `${this.name}_count`, labels, value: total });
    return values;
  }
}
