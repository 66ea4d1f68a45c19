/**
 * What every request counts, under the reference's names: total by code, duration, response size, in flight,
 * long running. Label sets are found once for each kind of request and kept.
 */
import type { Clock } from "@quorate/base";
import type { Registry } from "prom-client";
import { isLongRunning } from "../chain/deadline-filter.ts";
import type { Exchange } from "../exchange.ts";
import { isReading } from "../request/request-info.ts";
import {
  type Distribution,
  LabelledCounter,
  LabelledGauge,
  LabelledHistogram,
  type Tally,
} from "./labelled.ts";

const DURATION_BOUNDS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3],
  ...[4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
];
const SIZE_BOUNDS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** The verb labels of the reference. */
const VERBS: Readonly<Record<string, string>> = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};
/** Bound: kinds of requests that are told apart; unknown paths all count as one. */
const KINDS_MAX = 10_000;

interface RequestChildren {
  readonly labels: Readonly<Record<string, string>>;
  readonly byCode: Map<number, Tally>;
  readonly duration: Distribution;
  readonly size: Distribution;
  readonly open: Tally;
}

/** Counts the requests of one server. */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #total: LabelledCounter;
  readonly #duration: LabelledHistogram;
  readonly #sizes: LabelledHistogram;
  readonly #longRunning: LabelledGauge;
  readonly #reading: Tally;
  readonly #mutating: Tally;
  readonly #kinds = new Map<string, RequestChildren>();

  constructor(registry: Registry, clock: Clock) {
    this.#clock = clock;
    this.#total = new LabelledCounter(
      registry,
      "apiserver_request_total",
      "Counter of apiserver requests by verb, resource, scope and HTTP response code",
    );
    this.#duration = new LabelledHistogram(
      registry,
      "apiserver_request_duration_seconds",
      "Response latency distribution in seconds by verb, resource and scope",
      DURATION_BOUNDS,
    );
    this.#sizes = new LabelledHistogram(
      registry,
      "apiserver_response_sizes",
      "Response size distribution in bytes by verb, resource and scope",
      SIZE_BOUNDS,
    );
    this.#longRunning = new LabelledGauge(
      registry,
      "apiserver_longrunning_requests",
      "Gauge of all active long-running apiserver requests by verb, resource and scope",
    );
    const inFlight = new LabelledGauge(
      registry,
      "apiserver_current_inflight_requests",
      "Number of requests in flight by request kind",
    );
    this.#reading = inFlight.child({ request_kind: "readOnly" });
    this.#mutating = inFlight.child({ request_kind: "mutating" });
  }

  /** Its info is known. */
  began(exchange: Exchange): void {
    if (isLongRunning(exchange.info)) this.#childrenOf(exchange).open.value++;
    else this.#inFlight(exchange).value++;
    exchange.isCounted = true;
  }

  ended(exchange: Exchange): void {
    if (!exchange.isCounted) return;
    const children = this.#childrenOf(exchange);
    if (isLongRunning(exchange.info)) children.open.value--;
    else this.#inFlight(exchange).value--;
    const code = Math.max(exchange.statusCode, 0);
    let total = children.byCode.get(code);
    if (total === undefined) {
      total = this.#total.child({ ...children.labels, dry_run: dryRunOf(exchange), code: String(code) });
      children.byCode.set(code, total);
    }
    total.value++;
    children.duration.observe((this.#clock.now() - exchange.startedAt) / 1000);
    children.size.observe(exchange.bytesSent);
  }

  #inFlight(exchange: Exchange): Tally {
    return isReading(exchange.info) ? this.#reading : this.#mutating;
  }

  #childrenOf(exchange: Exchange): RequestChildren {
    const { info, resource } = exchange;
    // Only what is served makes a label: paths that clients think up would grow the metrics without bound.
    const isKnown = resource !== undefined;
    const dryRun = dryRunOf(exchange);
    const path = `${info.group}/${info.version}/${info.resource}/${info.subresource}`;
    const key = isKnown
      ? `${info.verb} ${path} ${scopeOf(exchange)} ${dryRun}`
      : `${info.isResource} ${info.verb}`;
    let children = this.#kinds.get(key);
    if (children === undefined) {
      const labels = isKnown
        ? labelsOf(exchange)
        : { ...NO_RESOURCE, verb: VERBS[info.verb] ?? info.verb.toUpperCase() };
      children = {
        labels,
        byCode: new Map(),
        duration: this.#duration.child({ ...labels, dry_run: dryRun }),
        size: this.#sizes.child(labels),
        open: this.#longRunning.child(labels),
      };
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
      this.#kinds.set(key, children);
    }
    return children;
  }
}

const NO_RESOURCE = {
  group: "",
  version: "",
  resource: "",
  subresource: "",
  scope: "",
  component: "apiserver",
};

function labelsOf(exchange: Exchange): Record<string, string> {
  const { group, version, resource, subresource, verb } = exchange.info;
  const isConnect = isLongRunning(exchange.info) && verb !== "watch";
  const label = isConnect ? "CONNECT" : (VERBS[verb] ?? verb.toUpperCase());
  return {
    ...{ verb: label, group, version, resource, subresource },
    ...{ scope: scopeOf(exchange), component: "apiserver" },
  };
}

function scopeOf({ info }: Exchange): string {
  if (info.hasName || info.verb === "create") return "resource";
  return info.namespace === "" ? "cluster" : "namespace";
}

function dryRunOf({ query }: Exchange): string {
  return query.text !== "" && query.has("dryRun") ? query.text1("dryRun") : "";
}
