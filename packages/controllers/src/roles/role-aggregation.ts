/**
 * clusterrole-aggregation-controller: a ClusterRole with an aggregation rule has the rules of all
 * ClusterRoles that its selectors choose, in the order of their names, each once. `admin`, `edit` and `view`
 * are made so.
 */
import {
  jsonEqual,
  type KubernetesObject,
  type LabelSelectorSpec,
  labelSelectorFrom,
  listIn,
  objectIn,
  objectsIn,
} from "@quorate/object";
import type { ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { OnePass } from "../one-pass.ts";
import { changeObject } from "../write-as-server.ts";

/** The rules that an aggregating role should have. */
function aggregate(role: KubernetesObject, roles: readonly KubernetesObject[]): unknown[] {
  const rules: unknown[] = [];
  for (const spec of objectsIn(objectIn(role, "aggregationRule"), "clusterRoleSelectors")) {
    const selector = labelSelectorFrom(spec as LabelSelectorSpec);
    for (const other of roles) {
      if (other.metadata.name === role.metadata.name || !selector.matches(other.metadata.labels)) continue;
      for (const rule of listIn(other, "rules")) {
        if (!rules.some((known) => jsonEqual(known, rule))) rules.push(rule);
      }
    }
  }
  return rules;
}

/** Follows all roles while it runs, and writes those whose sum has changed. */
export class RoleAggregation implements Controller {
  readonly name = "clusterrole-aggregation-controller";
  readonly #context: ControllerContext;
  readonly #roles: ResourceStore;
  #pass: OnePass | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#roles = context.stores.store("rbac.authorization.k8s.io", "clusterroles");
  }

  start(): void {
    this.#pass = new OnePass(this.#context, {
      stores: [this.#roles],
      sync: () => this.#sync(),
      failure: "aggregated roles could not be written yet",
    });
    this.#pass.start();
  }

  async stop(): Promise<void> {
    await this.#pass?.stop();
  }

  async #sync(): Promise<undefined> {
    const { items } = await this.#roles.list({ namespace: "", resourceVersion: "0" });
    const roles = items.map((item) => item.decode());
    roles.sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    // A role that is part of another may itself be a sum: its new rules come with the event of its change.
    for (const role of roles.filter((one) => one["aggregationRule"])) {
      const rules = aggregate(role, roles);
      if (jsonEqual(listIn(role, "rules"), rules)) continue;
      await changeObject(this.#roles, this.#context.clock, {
        namespace: "",
        name: role.metadata.name!,
        uid: role.metadata.uid!,
        change: (current) => {
          current["rules"] = rules;
          return true;
        },
      });
    }
    return undefined;
  }
}
