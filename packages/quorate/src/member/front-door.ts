/**
 * The front door of a member in this process: who is let in, who may do what, admission, probes. The same for
 * a member that serves from one process and for each of the workers of one that serves from several.
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
import { type Limits, type RunningApiServer, startApiServer } from "@quorate/apiserver";
import type { Clock, Random } from "@quorate/base";
import type { Log } from "@quorate/controllers";
import type { Kv } from "@quorate/mvcc";
import { type ObjectStores, openObjectStores } from "@quorate/registry";
import type { builtinSchema } from "@quorate/schema";
import { type DoorState, healthChecks } from "./health-checks.ts";
import type { ServiceAccountKeys } from "./read-credentials.ts";

/** How a front door behaves: plain data, the same in every process that serves. */
export interface FrontDoorSettings {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  /** Makes and takes tokens of service accounts; absent: none. */
  readonly serviceAccounts?: ServiceAccountKeys & { readonly issuer: string };
  readonly serviceRanges: string;
  readonly disabledAdmission?: readonly string[];
  readonly eventTtlSeconds?: number;
  readonly keyPrefix?: string;
  readonly limits?: Partial<Limits>;
}

/** What a front door stands on. */
export interface FrontDoorGround {
  readonly kv: Kv;
  readonly schema: ReturnType<typeof builtinSchema>;
  readonly stores: ObjectStores;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Prometheus text that `/metrics` appends to its own. */
  readonly storeMetrics?: () => Promise<string>;
  /** Prometheus text of all processes, which `/metrics` answers instead. */
  readonly collectMetrics?: () => Promise<string>;
}

/** An open port, by whatever process serves it. */
export interface FrontDoor {
  readonly server: RunningApiServer;
  /** A fresh cluster's objects are there: it may be ready. */
  bootstrapDone(): void;
  /** It is about to stop: it is not ready any more. */
  stopComing(): void;
}

/** The object stores that a front door of these settings serves. */
export function openStores(
  settings: FrontDoorSettings,
  ground: Pick<FrontDoorGround, "kv" | "schema" | "clock" | "random">,
): ObjectStores {
  const { keyPrefix, eventTtlSeconds, serviceRanges } = settings;
  const { kv, schema, clock, random } = ground;
  return openObjectStores({
    kv,
    schema,
    clock,
    random,
    ...(keyPrefix === undefined ? {} : { root: keyPrefix }),
    ...(eventTtlSeconds === undefined ? {} : { eventTtlSeconds }),
    serviceCidrs: serviceRanges.split(","),
  });
}

/** Resolves once the port is open. The stores are ready. */
export async function openFrontDoor(
  settings: FrontDoorSettings,
  ground: FrontDoorGround,
): Promise<FrontDoor> {
  const { kv, schema, stores, clock, random, log, storeMetrics, collectMetrics } = ground;
  const state: DoorState = { isBootstrapped: false, isStopping: false };
  const authorizer = new AuthorizerList([new SuperuserAuthorizer(), new BasicAuthorizer()]);
  const tokens = settings.serviceAccounts && new ServiceAccountTokens({ ...settings.serviceAccounts, clock });
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
      disabled: settings.disabledAdmission ?? [],
    }),
    clock,
    random,
    log,
    listen: settings.listen,
    tls: settings.tls,
    healthChecks: healthChecks(kv, stores, state),
    ...(settings.limits && { limits: settings.limits }),
    ...(storeMetrics && { extraMetrics: storeMetrics }),
    ...(collectMetrics && { collectMetrics }),
  });
  return {
    server,
    bootstrapDone: () => {
      state.isBootstrapped = true;
    },
    stopComing: () => {
      state.isStopping = true;
    },
  };
}
