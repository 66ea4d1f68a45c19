/**
 * What `/healthz` and `/readyz` of a member ask, by the reference's names where something of the same meaning
 * is asked here. Each of the reference's hooks that makes objects of a fresh cluster has succeeded once those
 * objects are there.
 *
 * Deviation: livez asks none of it. A member without a quorum is no better for being restarted.
 */
import type { HealthCheck } from "@quorate/apiserver";
import type { Kv } from "@quorate/mvcc";
import type { ObjectStores } from "@quorate/registry";

/** How far a member has come, as its owner tells. */
export interface DoorState {
  /** The objects of a fresh cluster are there. */
  isBootstrapped: boolean;
  /** It is about to stop. */
  isStopping: boolean;
}

const STORE_CHECK_MS = 2_000;

/** Hooks of the reference that make what the bootstrap makes here, in its order. */
const BOOTSTRAP_HOOKS = [
  "start-system-namespaces-controller",
  "start-cluster-authentication-info-controller",
  "start-legacy-token-tracking-controller",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "kube-apiserver-autoregistration",
];

/** The checks of a member on this store. */
export function healthChecks(kv: Kv, stores: ObjectStores, state: DoorState): HealthCheck[] {
  const storeAnswers = async () => {
    await kv.barrier({ timeoutMs: STORE_CHECK_MS });
  };
  const cachesLoaded = () => stores.ready();
  const bootstrapDone = () => {
    if (!state.isBootstrapped) throw new Error("not finished");
  };
  return [
    { name: "etcd", kinds: ["healthz", "readyz"], check: storeAnswers },
    { name: "etcd-readiness", kinds: ["readyz"], check: storeAnswers },
    { name: "informer-sync", kinds: ["readyz"], check: cachesLoaded },
    { name: "poststarthook/storage-readiness", kinds: ["healthz", "readyz"], check: cachesLoaded },
    ...BOOTSTRAP_HOOKS.map(
      (name): HealthCheck => ({
        name: `poststarthook/${name}`,
        kinds: ["healthz", "readyz"],
        check: bootstrapDone,
      }),
    ),
    { name: "autoregister-completion", kinds: ["healthz", "readyz"], check: bootstrapDone },
    {
      name: "shutdown",
      kinds: ["readyz"],
      check: () => {
        if (state.isStopping) throw new Error("process is shutting down");
      },
    },
  ];
}
