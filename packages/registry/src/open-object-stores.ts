/**
 * All stores of one server over one Kv: one feed, one cache a key prefix, one store a (group, resource).
 * Stores of custom resources are made when they are first asked for, and dropped when the schema no longer
 * has them.
 */
import { type Clock, CodedError, type Random, type Timer } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import { type KubernetesObject, resourceNotFound } from "@quorate/object";
import { convert, customRules, type ResourceTable, type SchemaRegistry, strategyFor } from "@quorate/schema";
import { ChangeFeed } from "./cache/change-feed.ts";
import { ResourceCache } from "./cache/resource-cache.ts";
import { CacheFreshness } from "./cache-freshness.ts";
import { GenericStore } from "./generic-store.ts";
import { kindHooks } from "./kinds/kind-hooks.ts";
import { PortRange } from "./kinds/port-range.ts";
import { ServiceAddresses } from "./kinds/service-addresses.ts";
import { serviceHooks } from "./kinds/service-hooks.ts";
import { ServicePorts } from "./kinds/service-ports.ts";
import { statusOfKvError } from "./kv-status.ts";
import { LeasePool } from "./lease-pool.ts";
import { ObjectReader } from "./object-reader.ts";
import { ObjectWatcher } from "./object-watcher.ts";
import { ObjectWriter } from "./object-writer.ts";
import { foreignReader } from "./read-foreign.ts";
import { ResourceBase } from "./resource-base.ts";
import type { ObjectStores, ResourceStatistics, ResourceStore } from "./resource-store.ts";
import type { KindHooks } from "./verbs/write-environment.ts";

/** What the stores stand on, and the flags that concern them. */
export interface ObjectStoresOptions {
  readonly kv: Kv;
  readonly schema: SchemaRegistry;
  readonly clock: Clock;
  readonly random: Random;
  /** What all keys begin with; default `/registry`. */
  readonly root?: string;
  /** How long a read may wait for the cache to catch up with the store; default 10 s. */
  readonly requestTimeoutMs?: number;
  /** How long events stay (--event-ttl); default 1 h. */
  readonly eventTtlSeconds?: number;
  /**
   * Where cluster IPs come from until there are ServiceCIDRs (--service-cluster-ip-range); default
   * 10.0.0.0/24.
   */
  readonly serviceCidrs?: readonly string[];
  /** Both ends belong to it (--service-node-port-range); default 30000 to 32767. */
  readonly nodePorts?: { readonly first: number; readonly last: number };
}

/** Past states that nobody has asked for this long are forgotten: no page of a list comes so late. */
const STATES_KEPT_MS = 300_000;
const TABLE_ROOT = "/registry/";
const REQUEST_TIMEOUT_MS = 10_000;
const EVENT_TTL_SECONDS = 3_600;
const EVENTS_PREFIX = `${TABLE_ROOT}events/`;
const SERVICE_CIDRS = ["10.0.0.0/24"];
const NODE_PORTS = { first: 30_000, last: 32_767 };
/** Keys that are no objects of the API: the node ports that Services hold. */
const NODE_PORTS_PREFIX = "ranges/servicenodeports/";

/** Starts to load at once; `ready` tells when that is done. Owns none of what it is given. */
export function openObjectStores(options: ObjectStoresOptions): ObjectStores {
  return new KvObjectStores(options);
}

class KvObjectStores implements ObjectStores {
  readonly #options: ObjectStoresOptions;
  readonly #root: string;
  readonly #feed: ChangeFeed;
  readonly #freshness: CacheFreshness;
  readonly #eventLeases: LeasePool;
  readonly #serviceHooks: KindHooks;
  /** By key prefix. */
  readonly #bases = new Map<string, ResourceBase>();
  /** By `group/resource`. */
  readonly #stores = new Map<string, GenericStore>();
  /** Watches that go on over a change of their resource's definition. */
  readonly #formerWatchers = new Set<ObjectWatcher>();
  readonly #started: Promise<void>;
  #statesTimer: Timer | undefined;
  #isClosed = false;
  #generation: number;

  constructor(options: ObjectStoresOptions) {
    const { kv, clock, schema } = options;
    this.#options = options;
    this.#root = `${options.root ?? "/registry"}/`;
    this.#feed = new ChangeFeed(kv, clock, this.#root);
    this.#freshness = new CacheFreshness(this.#feed, clock, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
    this.#eventLeases = new LeasePool(kv, clock, options.eventTtlSeconds ?? EVENT_TTL_SECONDS);
    this.#generation = schema.generation;
    this.#serviceHooks = this.#openServiceHooks();
    for (const resource of schema.resources()) if (isStored(resource)) this.#openStore(resource, false);
    this.#feed.onRebuilt(() => this.#displaceWatches());
    this.#started = this.#feed.start();
    this.#started.catch(() => undefined);
    this.#scheduleStates();
  }

  store(group: string, resource: string): ResourceStore {
    if (this.#generation !== this.#options.schema.generation) this.#followSchema();
    const store = this.#stores.get(`${group}/${resource}`);
    if (!store) throw resourceNotFound();
    return store;
  }

  get revision(): number {
    return this.#feed.revision;
  }

  statistics(): readonly ResourceStatistics[] {
    return [...this.#stores.values()].map(({ resource, watcher }) => {
      const { tree, ring } = this.#bases.get(resource.keyPrefix)!.cache;
      return {
        group: resource.group,
        resource: resource.resource,
        objects: tree.size,
        recentChanges: ring.end - ring.first,
        watches: watcher.size,
      };
    });
  }

  ready(): Promise<void> {
    return this.#started;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#statesTimer?.cancel();
    const closed = statusOfKvError(new CodedError("STOPPED", "the stores are closed"));
    for (const watcher of this.#watchers()) watcher.fail(closed);
    this.#feed.close();
  }

  #openServiceHooks(): KindHooks {
    const { schema, clock, random } = this.#options;
    const { serviceCidrs = SERVICE_CIDRS, nodePorts = NODE_PORTS } = this.#options;
    const cacheOf = (group: string, resource: string): ResourceCache =>
      this.#openBase(schema.findResource(group, "v1", resource)!, false).cache;
    const ports = new ResourceCache({
      prefix: this.#root + NODE_PORTS_PREFIX,
      namespaced: false,
      clock,
      readForeign: (value) => Buffer.from(value),
    });
    this.#feed.add(ports);
    const services = cacheOf("", "services");
    const addresses = new ServiceAddresses({
      services,
      addresses: cacheOf("networking.k8s.io", "ipaddresses"),
      serviceCidrs: cacheOf("networking.k8s.io", "servicecidrs"),
      random,
      defaultCidrs: serviceCidrs,
    });
    const range = new PortRange(nodePorts.first, nodePorts.last);
    return serviceHooks(addresses, new ServicePorts({ ports, services, range, random }), () => this.#started);
  }

  /** Custom resources have come or gone. */
  #followSchema(): void {
    const { schema } = this.#options;
    this.#generation = schema.generation;
    const served = new Map<string, ResourceTable>();
    for (const resource of schema.resources()) {
      const name = `${resource.group}/${resource.resource}`;
      if (isStored(resource) && !served.has(name)) served.set(name, resource);
    }
    for (const [name, store] of this.#stores) {
      if (served.get(name) === store.resource) continue;
      this.#stores.delete(name);
      if (!served.has(name)) this.#dropStore(store);
      else if (store.watcher.size > 0) this.#formerWatchers.add(store.watcher);
    }
    for (const resource of served.values()) this.#openStore(resource, true);
  }

  #dropStore(store: GenericStore): void {
    store.watcher.fail(resourceNotFound());
    for (const watcher of this.#formerWatchers) {
      if (watcher.keyPrefix === store.watcher.keyPrefix) watcher.fail(resourceNotFound());
    }
    const base = this.#bases.get(store.resource.keyPrefix);
    if (!base) return;
    this.#bases.delete(store.resource.keyPrefix);
    this.#feed.remove(base.cache);
  }

  #openStore(resource: ResourceTable, isLate: boolean): void {
    const name = `${resource.group}/${resource.resource}`;
    if (this.#stores.has(name)) return;
    const base = this.#bases.get(resource.keyPrefix) ?? this.#openBase(resource, isLate);
    this.#stores.set(name, this.#storeOn(base, resource));
  }

  #openBase(resource: ResourceTable, isLate: boolean): ResourceBase {
    const { kv, schema, clock } = this.#options;
    const prefix = this.#root + resource.keyPrefix.slice(TABLE_ROOT.length);
    const { namespaced } = resource;
    const cache = new ResourceCache({
      prefix,
      namespaced,
      clock,
      readForeign: foreignReader(schema, resource),
    });
    const feed = this.#feed;
    let loading: Promise<void>;
    if (isLate) {
      loading = this.#started.then(() => feed.attach(cache));
      loading.catch(() => undefined);
    } else feed.add(cache);
    const loaded = (): Promise<void> => loading ?? this.#started;
    const base = new ResourceBase({ kv, clock, cache, feed, freshness: this.#freshness, loaded });
    this.#bases.set(resource.keyPrefix, base);
    return base;
  }

  #storeOn(base: ResourceBase, resource: ResourceTable): GenericStore {
    const { kv, schema, clock, random } = this.#options;
    const { cache } = base;
    const { storage } = resource;
    const reader = new ObjectReader(base, resource);
    const expires = resource.keyPrefix === EVENTS_PREFIX;
    const environment = {
      resource,
      strategy: strategyFor(resource, schema.isCustomGroup(resource.group) ? customRules : undefined),
      hooks: kindHooks(resource, this.#serviceHooks),
      reader,
      writer: new ObjectWriter(kv, cache, expires ? this.#eventLeases : undefined),
      clock,
      random,
      toStorage: (object: KubernetesObject) =>
        convert(schema, object as never, storage) as unknown as KubernetesObject,
      dryObject: (key: string, object: KubernetesObject) => cache.dryObject(key, object),
      cached: (key: string) => cache.tree.get(key),
    };
    return new GenericStore(environment, new ObjectWatcher(base, resource));
  }

  #scheduleStates(): void {
    const { clock } = this.#options;
    this.#statesTimer = clock.setTimer(STATES_KEPT_MS / 2, () => {
      if (this.#isClosed) return;
      const usedSinceMs = clock.now() - STATES_KEPT_MS;
      for (const { cache } of this.#bases.values()) cache.dropStatesUnused(usedSinceMs);
      this.#scheduleStates();
    });
  }

  #displaceWatches(): void {
    for (const watcher of this.#watchers()) watcher.displace();
  }

  *#watchers(): IterableIterator<ObjectWatcher> {
    for (const store of this.#stores.values()) yield store.watcher;
    for (const watcher of this.#formerWatchers) {
      if (watcher.size === 0) this.#formerWatchers.delete(watcher);
      else yield watcher;
    }
  }
}

/** Reviews and bindings are answered, not stored. */
function isStored(resource: ResourceTable): boolean {
  return resource.verbs.includes("get") && resource.storageVersionHash !== undefined;
}
