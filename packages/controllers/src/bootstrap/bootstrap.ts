/**
 * What has to be there before a cluster is of use: the system namespaces, the objects that kube-apiserver
 * makes of itself, and last the `kubernetes` service, whose presence tells the other members that all is
 * done. Looked after every minute, as the reference does, so that what was deleted comes back.
 */
import { formatTime, type KubernetesObject } from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { ControllerContext } from "../controller.ts";
import { Periodic } from "../periodic.ts";
import { changeObject, createIfAbsent, findObject } from "../write-as-server.ts";
import {
  AUTHENTICATION_INFO,
  type AuthenticationInfo,
  addAuthenticationInfo,
  authenticationInfoObject,
} from "./authentication-info.ts";
import { type BootstrapObject, readBootstrapObjects } from "./bootstrap-data.ts";
import { bootstrapStatus } from "./bootstrap-status.ts";
import { kubernetesService } from "./kubernetes-service.ts";
import { reconcileBootstrap } from "./reconcile-bootstrap.ts";
import { serviceRangeObject } from "./service-range.ts";
import { namespaceObject, SYSTEM_NAMESPACES } from "./system-namespaces.ts";

/** What the objects of this cluster say. */
export interface BootstrapOptions {
  readonly authentication: AuthenticationInfo;
  /** --service-cluster-ip-range. */
  readonly serviceRanges: string;
  /** The address of the `kubernetes` service: the first of the range. */
  readonly serviceAddress: string;
  /** Where API servers listen; the service leads there. */
  readonly securePort: number;
}

const INTERVAL_MS = 60_000;

/** Makes what is missing at its start and every minute after; each run ends with the `kubernetes` service. */
export class Bootstrap extends Periodic {
  readonly #context: ControllerContext;
  readonly #options: BootstrapOptions;

  constructor(context: ControllerContext, options: BootstrapOptions) {
    const { clock, log } = context;
    super({ name: "bootstrap-controller", clock, log, intervalMs: INTERVAL_MS, run: () => this.#ensure() });
    this.#context = context;
    this.#options = options;
  }

  async #ensure(): Promise<void> {
    const { schema } = this.#context;
    await Promise.all(SYSTEM_NAMESPACES.map((name) => this.#create("", "namespaces", namespaceObject(name))));
    const objects = await readBootstrapObjects(schema);
    await Promise.all([
      ...objects.map((one) => this.#ensureObject(one)),
      this.#ensureServiceRange(),
      this.#ensureAuthenticationInfo(),
      this.#ensureTokenTracking(),
    ]);
    await this.#create("", "services", kubernetesService(this.#options));
  }

  #store(group: string, resource: string): ResourceStore {
    return this.#context.stores.store(group, resource);
  }

  async #create(group: string, resource: string, object: KubernetesObject): Promise<void> {
    await createIfAbsent(this.#store(group, resource), this.#context.clock, object);
  }

  async #ensureObject({ resource, object }: BootstrapObject): Promise<void> {
    const { clock } = this.#context;
    const { namespace = "", name = "" } = object.metadata;
    const store = this.#store(resource.group, resource.resource);
    const found = await findObject(store, namespace, name, true);
    const change = (current: KubernetesObject) => reconcileBootstrap(current, object);
    if (!found) await createIfAbsent(store, clock, structuredClone(object));
    else if (change(found.decode())) await changeObject(store, clock, { namespace, name, change });
    if (resource.hasStatus) await this.#ensureStatus(store, object);
  }

  /** Gives an object that has none yet the status that the server gives. */
  async #ensureStatus(store: ResourceStore, object: KubernetesObject): Promise<void> {
    const { clock } = this.#context;
    const { name = "" } = object.metadata;
    const status = bootstrapStatus(object, clock.wallMs());
    const found = status && (await findObject(store, "", name, true));
    const change = (current: KubernetesObject) => {
      if (current.status?.["conditions"]) return false;
      current.status = { ...current.status, ...status };
      return true;
    };
    if (!found || !change(found.decode())) return;
    await changeObject(store, clock, { namespace: "", name, subresource: "status", change });
  }

  async #ensureServiceRange(): Promise<void> {
    const object = serviceRangeObject(this.#options.serviceRanges);
    const store = this.#store("networking.k8s.io", "servicecidrs");
    await createIfAbsent(store, this.#context.clock, structuredClone(object));
    await this.#ensureStatus(store, object);
  }

  async #ensureAuthenticationInfo(): Promise<void> {
    const { authentication } = this.#options;
    const { clock } = this.#context;
    const store = this.#store("", "configmaps");
    const { namespace, name } = AUTHENTICATION_INFO;
    const found = await findObject(store, namespace, name, true);
    const change = (current: KubernetesObject) => addAuthenticationInfo(current, authentication);
    if (!found) await createIfAbsent(store, clock, authenticationInfoObject(authentication));
    else if (change(found.decode())) await changeObject(store, clock, { namespace, name, change });
  }

  /** Since when the use of legacy service-account tokens is tracked. */
  async #ensureTokenTracking(): Promise<void> {
    const today = formatTime(this.#context.clock.wallMs()).slice(0, 10);
    await this.#create("", "configmaps", {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: "kube-apiserver-legacy-service-account-token-tracking", namespace: "kube-system" },
      data: { since: today },
    });
  }
}
