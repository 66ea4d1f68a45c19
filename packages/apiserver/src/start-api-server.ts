/** Starts the front door: one HTTPS port, one chain, every resource of the tables behind it. */
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Api } from "./api.ts";
import type { ApiServerOptions, HealthCheck, RunningApiServer } from "./api-server-options.ts";
import { auditIdFilter } from "./chain/audit-id-filter.ts";
import { AuthenticationFilter } from "./chain/authentication-filter.ts";
import { AuthorizationFilter } from "./chain/authorization-filter.ts";
import { ConcurrencyFilter } from "./chain/concurrency-filter.ts";
import { DeadlineFilter } from "./chain/deadline-filter.ts";
import { DispatchFilter } from "./chain/dispatch-filter.ts";
import { HandlerChain } from "./chain/handler-chain.ts";
import { ImpersonationFilter } from "./chain/impersonation-filter.ts";
import { InFlightFilter } from "./chain/in-flight-filter.ts";
import { MetricsFilter } from "./chain/metrics-filter.ts";
import { PanicGuard } from "./chain/panic-guard.ts";
import { RequestInfoFilter } from "./chain/request-info-filter.ts";
import { ConnectionCertificates } from "./connection/connection-certificates.ts";
import { SecureListener } from "./connection/secure-listener.ts";
import { ResourceDispatcher } from "./dispatch/resource-dispatcher.ts";
import { DiscoveryEndpoints } from "./endpoints/discovery-endpoints.ts";
import { EndpointTable } from "./endpoints/endpoint-table.ts";
import { HealthEndpoints } from "./endpoints/health-endpoints.ts";
import { levelsEndpoint, metricsEndpoint } from "./endpoints/metrics-endpoint.ts";
import { OpenApiEndpoints } from "./endpoints/openapi-endpoints.ts";
import { openIdEndpoints } from "./endpoints/openid-endpoints.ts";
import { rootEndpoint } from "./endpoints/root-endpoint.ts";
import { versionEndpoint } from "./endpoints/version-endpoint.ts";
import { frontDoor } from "./front-door.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type Log, silent } from "./log.ts";
import { HealthMetrics } from "./metrics/health-metrics.ts";
import { RequestMetrics } from "./metrics/request-metrics.ts";
import { WatchMetrics } from "./metrics/watch-metrics.ts";
import { Representation } from "./response/representation.ts";
import { ServerLifecycle } from "./server-lifecycle.ts";
import { WatchTracker } from "./verbs/watch-tracker.ts";

/** Resolves once the port is open. Rejects with the listener's error, for example EADDRINUSE. */
export async function startApiServer(options: ApiServerOptions): Promise<RunningApiServer> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const log = options.log ?? silent;
  const { clock } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const api = makeApi(options, limits, log, registry);
  const inFlight = new InFlightFilter(clock);
  const lifecycle = new ServerLifecycle(clock, inFlight, api.watches);
  let address = options.serverAddress ?? "";
  const endpoints = makeEndpoints(options, api, registry, lifecycle.readiness, () => address);
  const chain = new HandlerChain(new PanicGuard(log), [
    new RequestInfoFilter(options.schema),
    auditIdFilter,
    new MetricsFilter(new RequestMetrics(registry, clock)),
    inFlight,
    new DeadlineFilter(clock, limits.requestTimeoutMs),
    new AuthenticationFilter(options.authenticator, new ConnectionCertificates()),
    new ImpersonationFilter(options.authorizer),
    new ConcurrencyFilter(limits.readingInFlightMax, limits.mutatingInFlightMax),
    new AuthorizationFilter(options.authorizer),
    new DispatchFilter(new ResourceDispatcher(api), endpoints),
  ]);
  const listener = new SecureListener(options.tls, limits, frontDoor(chain, clock));
  const port = await listener.listen(options.listen.host, options.listen.port);
  address ||= `${options.listen.host}:${port}`;
  return {
    ...lifecycle.run(listener, options.listen.host, port),
    metrics: () => registry.getMetricsAsJSON(),
  };
}

function makeApi(options: ApiServerOptions, limits: Limits, log: Log, registry: Registry): Api {
  const { schema, stores, admission, authorizer, clock, random } = options;
  return {
    schema,
    resolve: (ref) => schema.resolve(ref),
    stores,
    admission,
    authorizer,
    authenticator: options.authenticator,
    tokens: options.tokens,
    representation: new Representation(schema, clock, limits.gzipThresholdBytes),
    watches: new WatchTracker(clock),
    watchMetrics: new WatchMetrics(registry),
    clock,
    random,
    limits,
    log,
  };
}

function makeEndpoints(
  options: ApiServerOptions,
  api: Api,
  registry: Registry,
  readiness: HealthCheck,
  address: () => string,
): EndpointTable {
  const { schema, clock } = options;
  const discovery = new DiscoveryEndpoints(schema, api.representation, address);
  const levels = new HealthMetrics();
  const checks = allChecks(options.healthChecks ?? [], readiness);
  const health = new HealthEndpoints(clock, api.log, levels, checks);
  const table: EndpointTable = new EndpointTable([
    ...discovery.endpoints(),
    ...health.endpoints(),
    ...new OpenApiEndpoints(schema).endpoints(),
    versionEndpoint(),
    ...(options.tokens === undefined ? [] : openIdEndpoints(options.tokens, address)),
    metricsEndpoint(registry, options, api.log),
    levelsEndpoint(levels),
    rootEndpoint(() => [...table.paths, ...discovery.paths(), ...health.paths()]),
  ]);
  return table;
}

/** A host's check of the same name is asked together with ours. */
function allChecks(given: readonly HealthCheck[], own: HealthCheck): HealthCheck[] {
  const same = given.find(({ name }) => name === own.name);
  if (same === undefined) return [...given, own];
  const both: HealthCheck = {
    ...own,
    check: () => {
      own.check();
      return same.check();
    },
  };
  return given.map((check) => (check === same ? both : check));
}
