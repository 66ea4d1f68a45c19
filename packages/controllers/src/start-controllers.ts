/**
 * The loops of one member: its own leases and endpoints always, those that a cluster needs once only while it
 * leads.
 */

import { Bootstrap, type BootstrapOptions } from "./bootstrap/bootstrap.ts";
import { KUBERNETES_SERVICE } from "./bootstrap/kubernetes-service.ts";
import type { Controller, ControllerContext } from "./controller.ts";
import { CONTROLLER_NAMES, type ControllerName } from "./controller-selection.ts";
import { FlowSchemaStatus } from "./flow/flow-schema-status.ts";
import { GarbageCollector } from "./garbage/garbage-collector.ts";
import { IdentityLease, type IdentityLeaseOptions, identityLeaseSweep } from "./identity/identity-lease.ts";
import { LeaderLoops } from "./leader-loops.ts";
import type { Leadership } from "./leadership.ts";
import { defaultServiceAccount } from "./namespace/default-service-account.ts";
import { NamespaceDeletion } from "./namespace/namespace-deletion.ts";
import { rootCertificate } from "./namespace/root-certificate.ts";
import {
  attributesClassProtection,
  claimProtection,
  volumeProtection,
} from "./protection/storage-protection.ts";
import { RoleAggregation } from "./roles/role-aggregation.ts";
import { ServiceEndpoints, type ServiceEndpointsOptions } from "./service/service-endpoints.ts";
import { findObject } from "./write-as-server.ts";

/** What the loops work on, and which of them run. */
export interface ControllersOptions extends ControllerContext {
  readonly leadership: Leadership;
  readonly bootstrap: BootstrapOptions;
  /** PEM of the authority of the serving certificates, published to every namespace. */
  readonly rootCertificate: string;
  /** Absent: no identity lease. */
  readonly identity?: IdentityLeaseOptions;
  /** Absent: the `kubernetes` service has no endpoints of this member (it is bound to loopback). */
  readonly endpoints?: ServiceEndpointsOptions;
  /** Which of the switchable loops run; absent: all. */
  readonly enabled?: ReadonlySet<ControllerName>;
  /** See NamespaceDeletion. */
  readonly namespaceSettleMs: number;
}

/** The loops of one member. */
export interface RunningControllers {
  /**
   * Resolves once the system namespaces and all that belongs to a fresh cluster are there, on this member's
   * cache too.
   */
  bootstrapped(): Promise<void>;
  /** Resolves once no loop writes any more; this member's leases and endpoints are gone then. */
  stop(): Promise<void>;
}

const BOOTSTRAP_POLL_MS = 20;

function loopNamed(name: ControllerName, options: ControllersOptions): Controller {
  switch (name) {
    case "namespace-controller":
      return new NamespaceDeletion(options, { settleMs: options.namespaceSettleMs });
    case "garbage-collector-controller":
      return new GarbageCollector(options);
    case "serviceaccount-controller":
      return defaultServiceAccount(options);
    case "root-ca-certificate-publisher-controller":
      return rootCertificate(options, options.rootCertificate);
    case "clusterrole-aggregation-controller":
      return new RoleAggregation(options);
    case "persistentvolumeclaim-protection-controller":
      return claimProtection(options);
    case "persistentvolume-protection-controller":
      return volumeProtection(options);
    case "volumeattributesclass-protection-controller":
      return attributesClassProtection(options);
  }
}

/** Starts them; the stores must be ready. */
export function startControllers(options: ControllersOptions): RunningControllers {
  const { leadership, log, stores, clock, identity, endpoints } = options;
  const enabled = options.enabled ?? new Set(CONTROLLER_NAMES);
  const leaderLoops = new LeaderLoops(
    leadership,
    [
      new Bootstrap(options, options.bootstrap),
      identityLeaseSweep(options),
      new FlowSchemaStatus(options),
      ...[...enabled].map((name) => loopNamed(name, options)),
    ],
    log,
  );
  const ownLoops: Controller[] = [
    ...(identity ? [new IdentityLease(options, identity)] : []),
    ...(endpoints ? [new ServiceEndpoints(options, endpoints)] : []),
  ];
  leaderLoops.start();
  let isStopped = false;
  const untilBootstrapped = async (): Promise<void> => {
    const services = stores.store("", "services");
    const { namespace, name } = KUBERNETES_SERVICE;
    while (!isStopped && !(await findObject(services, namespace, name, true))) {
      await new Promise<void>((resolve) => clock.setTimer(BOOTSTRAP_POLL_MS, resolve));
    }
  };
  // A member's own objects live in system namespaces.
  const bootstrapped = untilBootstrapped().then(() => {
    if (!isStopped) for (const loop of ownLoops) loop.start();
  });
  return {
    bootstrapped: () => bootstrapped,
    stop: async () => {
      isStopped = true;
      await bootstrapped;
      await Promise.all([leaderLoops.stop(), ...ownLoops.map((loop) => loop.stop())]);
    },
  };
}
