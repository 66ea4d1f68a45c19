/**
 * The part of a member that is the API server: object stores on a Kv, who may do what, the front door, and
 * the controllers. The same for a member on its own store, one on an external etcd, and one inside a test's
 * process.
 */
import {
  AnonymousAuthenticator,
  AuthenticatorList,
  AuthorizerList,
  BasicAuthorizer,
  builtinAdmission,
  CertificateAuthenticator,
  ServiceAccountAuthenticator,
  ServiceAccountTokens,
  SuperuserAuthorizer,
} from "@quorate/access";
import { type HealthCheck, type Limits, type RunningApiServer, startApiServer } from "@quorate/apiserver";
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
import { type ObjectStores, openObjectStores } from "@quorate/registry";
import { builtinSchema } from "@quorate/schema";
import { MasterLeases } from "./master-leases.ts";
import type { ServiceAccountKeys } from "./read-credentials.ts";
import { kubernetesServiceAddress } from "./service-address.ts";
import { StoreCompactor } from "./store-compactor.ts";

/** What the API server stands on, and how it behaves. */
export interface ServeApiOptions {
  readonly kv: Kv;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  /** PEM of the authority of serving certificates, for kube-root-ca.crt. */
  readonly rootCertificate: string;
  /** Makes and takes tokens of service accounts; absent: none. */
  readonly serviceAccounts?: ServiceAccountKeys & { readonly issuer: string };
  readonly serviceRanges: string;
  /** The address in the `kubernetes` service's endpoints; absent: none. */
  readonly endpointAddress?: string;
  /** Absent: no identity lease. */
  readonly identity?: Omit<IdentityLeaseOptions, "address">;
  readonly controllers?: ReadonlySet<ControllerName>;
  readonly disabledAdmission?: readonly string[];
  readonly eventTtlSeconds?: number;
  readonly keyPrefix?: string;
  /** Between two compactions of the store's history; absent or 0: never. */
  readonly compactionIntervalMs?: number;
  readonly limits?: Partial<Limits>;
  /** How long it serves on, unready, before it stops. */
  readonly shutdownDelayMs?: number;
  readonly namespaceSettleMs: number;
  readonly storeMetrics?: () => Promise<string>;
}

/** An API server with its controllers. */
export interface RunningApi {
  readonly server: RunningApiServer;
  readonly stores: ObjectStores;
  /** Resolves once a fresh cluster's objects are there. */
  bootstrapped(): Promise<void>;
  stop(): Promise<void>;
}

const STORE_CHECK_MS = 2_000;
/** Bound: how long the last writes of the controllers may take, which no quorum may be there for. */
const LAST_WRITES_MS = 2_000;
const DRAIN_MS = 5_000;

interface ApiState {
  isBootstrapped: boolean;
  isStopping: boolean;
}

function healthChecks(kv: Kv, state: ApiState): HealthCheck[] {
  const storeAnswers = async () => {
    await kv.barrier({ timeoutMs: STORE_CHECK_MS });
  };
  const bootstrapDone = () => {
    if (!state.isBootstrapped) throw new Error("not finished");
  };
  return [
    // Deviation: not in livez. A member without a quorum is no better for being restarted.
    { name: "etcd", kinds: ["healthz", "readyz"], check: storeAnswers },
    { name: "etcd-readiness", kinds: ["readyz"], check: storeAnswers },
    { name: "poststarthook/start-system-namespaces-controller", kinds: ["readyz"], check: bootstrapDone },
    { name: "poststarthook/bootstrap-controller", kinds: ["readyz"], check: bootstrapDone },
    {
      name: "shutdown",
      kinds: ["readyz"],
      check: () => {
        if (state.isStopping) throw new Error("process is shutting down");
      },
    },
  ];
}

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

/** Resolves once the port is open and the caches have loaded, which needs a quorum. */
export async function serveApi(options: ServeApiOptions): Promise<RunningApi> {
  const { kv, clock, random, log, storeMetrics } = options;
  const schema = builtinSchema();
  const { keyPrefix, eventTtlSeconds } = options;
  const stores = openObjectStores({
    kv,
    schema,
    clock,
    random,
    ...(keyPrefix === undefined ? {} : { root: keyPrefix }),
    ...(eventTtlSeconds === undefined ? {} : { eventTtlSeconds }),
    serviceCidrs: options.serviceRanges.split(","),
  });
  const state = { isBootstrapped: false, isStopping: false };
  try {
    await stores.ready();
    const authorizer = new AuthorizerList([new SuperuserAuthorizer(), new BasicAuthorizer()]);
    const tokens = options.serviceAccounts && new ServiceAccountTokens({ ...options.serviceAccounts, clock });
    const server = await startApiServer({
      schema,
      stores,
      authenticator: new AuthenticatorList([
        new CertificateAuthenticator(clock),
        ...(tokens ? [new ServiceAccountAuthenticator(tokens, stores, clock)] : []),
        new AnonymousAuthenticator(),
      ]),
      ...(tokens && { tokens }),
      authorizer,
      admission: builtinAdmission({
        stores,
        authorizer,
        schema,
        clock,
        random,
        disabled: options.disabledAdmission ?? [],
      }),
      clock,
      random,
      log,
      listen: options.listen,
      tls: options.tls,
      healthChecks: healthChecks(kv, state),
      ...(options.limits && { limits: options.limits }),
      ...(storeMetrics && { extraMetrics: storeMetrics }),
    });
    const loops = startLoops(options, stores, schema, server.port);
    const bootstrapped = loops.bootstrapped().then(() => {
      state.isBootstrapped = true;
    });
    const intervalMs = options.compactionIntervalMs ?? 0;
    const compactor = intervalMs > 0 ? new StoreCompactor({ kv, clock, log, intervalMs }) : undefined;
    return {
      server,
      stores,
      bootstrapped: () => bootstrapped,
      stop: async () => {
        state.isStopping = true;
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
