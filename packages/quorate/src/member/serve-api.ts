/**
 * The part of a member that is the API server: object stores on a Kv, the front door (in this process, or in
 * workers of it), and the controllers. The same for a member on its own store, one on an external etcd, and
 * one inside a test's process.
 */
import type { RunningApiServer } from "@quorate/apiserver";
import type { Clock, Random } from "@quorate/base";
import {
  type ControllerName,
  type IdentityLeaseOptions,
  type Leadership,
  type Log,
  type RunningControllers,
  startControllers,
} from "@quorate/controllers";
import type { Kv } from "@quorate/mvcc";
import type { ObjectStores } from "@quorate/registry";
import { builtinSchema } from "@quorate/schema";
import type { WorkersPlan } from "../workers/workers-plan.ts";
import { type FrontDoor, type FrontDoorSettings, openFrontDoor, openStores } from "./front-door.ts";
import { MasterLeases } from "./master-leases.ts";
import { kubernetesServiceAddress } from "./service-address.ts";
import { StoreCompactor } from "./store-compactor.ts";

/** What the API server stands on, and how it behaves. */
export interface ServeApiOptions extends FrontDoorSettings {
  readonly kv: Kv;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** PEM of the authority of serving certificates, for kube-root-ca.crt. */
  readonly rootCertificate: string;
  /** The address in the `kubernetes` service's endpoints; absent: none. */
  readonly endpointAddress?: string;
  /** Absent: no identity lease. */
  readonly identity?: Omit<IdentityLeaseOptions, "address">;
  readonly controllers?: ReadonlySet<ControllerName>;
  /** Between two compactions of the store's history; absent or 0: never. */
  readonly compactionIntervalMs?: number;
  /** How long it serves on, unready, before it stops. */
  readonly shutdownDelayMs?: number;
  readonly namespaceSettleMs: number;
  /** `delays` of the event loops that serve the API, in seconds, where those are other processes'. */
  readonly storeMetrics?: (delays?: readonly number[]) => Promise<string>;
  /** Serve from processes of their own; absent: from this one. */
  readonly workers?: WorkersPlan;
}

/** An API server with its controllers. */
export interface RunningApi {
  readonly server: RunningApiServer;
  readonly stores: ObjectStores;
  /** Resolves once a fresh cluster's objects are there. */
  bootstrapped(): Promise<void>;
  stop(): Promise<void>;
}

/** Bound: how long the last writes of the controllers may take, which no quorum may be there for. */
const LAST_WRITES_MS = 2_000;
const DRAIN_MS = 5_000;

function within(work: Promise<unknown>, clock: Clock, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(limitMs, resolve);
    void work.finally(() => {
      timer.cancel();
      resolve();
    });
  });
}

function startLoops(
  options: ServeApiOptions,
  stores: ObjectStores,
  schema: ReturnType<typeof builtinSchema>,
  port: number,
): RunningControllers {
  const { clock, random, log, leadership, endpointAddress, identity, tls } = options;
  return startControllers({
    stores,
    schema,
    clock,
    random,
    log,
    leadership,
    bootstrap: {
      authentication: { clientAuthority: tls.clientCa },
      serviceRanges: options.serviceRanges,
      serviceAddress: kubernetesServiceAddress(options.serviceRanges),
      securePort: port,
    },
    rootCertificate: options.rootCertificate,
    ...(identity && {
      identity: { ...identity, address: `${endpointAddress ?? options.listen.host}:${port}` },
    }),
    ...(endpointAddress && {
      endpoints: { leases: new MasterLeases(options.kv, options.keyPrefix), address: endpointAddress, port },
    }),
    ...(options.controllers && { enabled: options.controllers }),
    namespaceSettleMs: options.namespaceSettleMs,
  });
}

async function openDoor(
  options: ServeApiOptions,
  stores: ObjectStores,
  schema: ReturnType<typeof builtinSchema>,
): Promise<FrontDoor> {
  const { workers, storeMetrics } = options;
  if (workers) {
    const { ApiWorkers } = await import("../workers/api-workers.ts");
    return ApiWorkers.start(options, workers, { log: options.log, storeMetrics });
  }
  const { kv, clock, random, log } = options;
  const metrics = storeMetrics && { storeMetrics: () => storeMetrics() };
  return openFrontDoor(options, { kv, schema, stores, clock, random, log, ...metrics });
}

/** Resolves once the port is open and the caches have loaded, which needs a quorum. */
export async function serveApi(options: ServeApiOptions): Promise<RunningApi> {
  const { kv, clock, log } = options;
  const schema = builtinSchema();
  const stores = openStores(options, { ...options, schema });
  try {
    await stores.ready();
    const door = await openDoor(options, stores, schema);
    const { server } = door;
    const loops = startLoops(options, stores, schema, server.port);
    const bootstrapped = loops.bootstrapped().then(() => door.bootstrapDone());
    const intervalMs = options.compactionIntervalMs ?? 0;
    const compactor = intervalMs > 0 ? new StoreCompactor({ kv, clock, log, intervalMs }) : undefined;
    return {
      server,
      stores,
      bootstrapped: () => bootstrapped,
      stop: async () => {
        door.stopComing();
        compactor?.stop();
        const delayMs = options.shutdownDelayMs ?? 0;
        if (delayMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, delayMs));
        const drained = server.stop({ graceMs: DRAIN_MS });
        await within(loops.stop(), clock, LAST_WRITES_MS);
        await drained;
        await stores.close();
      },
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}
