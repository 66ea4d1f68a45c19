import { type KubernetesObject, objectsIn } from "@quorate/object";
import test from "ava";
import { FlowSchemaStatus } from "../src/flow/flow-schema-status.ts";
import { serverContext } from "../src/write-as-server.ts";
import { controlPlane } from "./support/control-plane.ts";

const GROUP = "flowcontrol.apiserver.k8s.io";

const schema = (level: string): KubernetesObject => ({
  kind: "FlowSchema",
  apiVersion: `${GROUP}/v1`,
  metadata: { name: "mine" },
  spec: { matchingPrecedence: 500, priorityLevelConfiguration: { name: level } },
});

const level = (name: string): KubernetesObject => ({
  kind: "PriorityLevelConfiguration",
  apiVersion: `${GROUP}/v1`,
  metadata: { name },
  spec: {
    type: "Limited",
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
  },
});

test("a flow schema says whether its level is there, whatever comes and goes first", async (t) => {
  const plane = await controlPlane(t);
  const status = new FlowSchemaStatus(plane);
  status.start();
  t.teardown(() => status.stop());
  const at = [GROUP, "flowschemas", "", "mine"] as const;
  const dangles = (object: KubernetesObject | undefined, value: string) =>
    objectsIn(object?.status, "conditions").some(
      (one) => one["type"] === "Dangling" && one["status"] === value,
    );
  await plane.create(GROUP, "flowschemas", schema("later"));
  const dangling = await plane.until(at, (object) => dangles(object, "True"));
  t.like(objectsIn(dangling?.status, "conditions")[0], {
    reason: "NotFound",
    message:
      'This FlowSchema references the PriorityLevelConfiguration object named "later" but there is no such object',
  });
  await plane.create(GROUP, "prioritylevelconfigurations", level("later"));
  const found = await plane.until(at, (object) => dangles(object, "False"));
  t.is(objectsIn(found?.status, "conditions").length, 1);
  const levels = plane.store(GROUP, "prioritylevelconfigurations");
  await levels.delete("", "later", {}, serverContext(plane.clock, ""));
  await plane.until(at, (object) => dangles(object, "True"));
});
