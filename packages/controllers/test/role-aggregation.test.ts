import { type KubernetesObject, objectsIn } from "@quorate/object";
import test from "ava";
import { RoleAggregation } from "../src/roles/role-aggregation.ts";
import { serverContext } from "../src/write-as-server.ts";
import { controlPlane } from "./support/control-plane.ts";

const GROUP = "rbac.authorization.k8s.io";

const rule = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });

function role(
  name: string,
  more: Partial<KubernetesObject>,
  labels?: Record<string, string>,
): KubernetesObject {
  return {
    kind: "ClusterRole",
    apiVersion: `${GROUP}/v1`,
    metadata: { name, ...(labels && { labels }) },
    ...more,
  };
}

const sumOf = (label: string) => ({ clusterRoleSelectors: [{ matchLabels: { [label]: "true" } }] });

test("a role has the rules of those that it selects, sums among them, and loses what goes", async (t) => {
  const plane = await controlPlane(t);
  const aggregation = new RoleAggregation(plane);
  aggregation.start();
  t.teardown(() => aggregation.stop());
  const create = (object: KubernetesObject) => plane.create(GROUP, "clusterroles", object);
  await create(role("edit", { aggregationRule: sumOf("to-edit"), rules: [] }, { "to-admin": "true" }));
  await create(role("admin", { aggregationRule: sumOf("to-admin"), rules: [] }));
  await create(role("b-pods", { rules: [rule("pods"), rule("shared")] }, { "to-edit": "true" }));
  await create(role("a-maps", { rules: [rule("configmaps"), rule("shared")] }, { "to-edit": "true" }));
  await create(role("none", { rules: [rule("secrets")] }));
  const resources = (object: KubernetesObject | undefined) =>
    objectsIn(object, "rules").map((one) => (one["resources"] as string[])[0]);
  const at = [GROUP, "clusterroles", "", "admin"] as const;
  const admin = await plane.until(at, (object) => resources(object).length === 3);
  t.deepEqual(resources(admin), ["configmaps", "shared", "pods"]);
  const context = serverContext(plane.clock, "");
  await plane.store(GROUP, "clusterroles").delete("", "b-pods", {}, context);
  const after = await plane.until(at, (object) => resources(object).length === 2);
  t.deepEqual(resources(after), ["configmaps", "shared"]);
});
