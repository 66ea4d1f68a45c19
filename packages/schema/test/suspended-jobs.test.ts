/** What may change of a job's pods. */
import type { JsonObject, KubernetesObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, type StrategyContext, strategyFor } from "../src/index.ts";

const strategy = strategyFor(builtinSchema().findResource("batch", "v1", "jobs")!);
const context: StrategyContext = {
  namespace: "ns",
  subresource: "",
  now: "2026-01-01T00:00:00Z",
  userName: "tester",
  userGroups: [],
  dryRun: false,
};
const SUSPENDED = { type: "Suspended", status: "True" };
const LABELS = { "batch.kubernetes.io/controller-uid": "u" };

function job(
  pod: JsonObject,
  status: JsonObject = {},
  suspend = true,
  labels: JsonObject = {},
): KubernetesObject {
  const containers = [{ name: "c", image: "i", imagePullPolicy: "Always", terminationMessagePolicy: "File" }];
  const fixed = { restartPolicy: "Never", dnsPolicy: "Default", terminationGracePeriodSeconds: 30 };
  const spec = { containers, ...fixed, ...pod };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "a", namespace: "ns", uid: "u", resourceVersion: "1" },
    spec: {
      suspend,
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: { ...LABELS, ...labels } }, spec },
    },
    status,
  };
}

const fields = (next: KubernetesObject, current: KubernetesObject) =>
  strategy
    .validateUpdate(next, current, context)
    .map(({ field }) => field)
    .filter((field) => field.startsWith("spec.template"));

const asking = (cpu: string) => ({
  containers: [
    {
      ...{ name: "c", image: "i", imagePullPolicy: "Always", terminationMessagePolicy: "File" },
      resources: { requests: { cpu } },
    },
  ],
});

test("the pods of a suspended job may ask for other resources and be steered to other nodes", (t) => {
  const changes: JsonObject[] = [
    asking("2"),
    { nodeSelector: { a: "b" } },
    { schedulingGates: [{ name: "g" }] },
  ];
  for (const change of changes)
    t.deepEqual(fields(job(change), job(asking("1"))), [], JSON.stringify(change));
  t.deepEqual(fields(job({}, {}, true, { own: "1" }), job({})), []);
});

test("a job that has begun may be changed once it is suspended and its pods are gone", (t) => {
  const begun = { startTime: "2026-01-01T00:00:00Z" };
  const gone = { ...begun, conditions: [SUSPENDED] };
  t.deepEqual(fields(job(asking("2"), gone), job(asking("1"), gone)), []);
  for (const status of [begun, { ...gone, active: 1 }]) {
    t.deepEqual(fields(job(asking("2"), status), job(asking("1"), status)), ["spec.template"]);
  }
  t.deepEqual(fields(job(asking("2"), {}, false), job(asking("1"), {}, false)), ["spec.template"]);
});

test("nothing else of the pods may change, suspended or not", (t) => {
  const other = { containers: [{ ...asking("1").containers[0]!, image: "other" }] };
  t.deepEqual(fields(job(other), job(asking("1"))), ["spec.template.spec"]);
  t.deepEqual(fields(job({ priority: 7 }), job({})), ["spec.template.spec"]);
});

test("of the affinity only the part about nodes may change", (t) => {
  const nodes = (weight: number) => ({
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight, preference: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
      ],
    },
  });
  const pods = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "a", labelSelector: { matchLabels: { a: "b" } } },
      ],
    },
  };
  const affinity = (next: JsonObject | undefined, current: JsonObject | undefined) => {
    const pod = (one: JsonObject | undefined) => (one ? { affinity: one } : {});
    return fields(job(pod(next)), job(pod(current)));
  };
  t.deepEqual(affinity(nodes(1), nodes(2)), []);
  t.deepEqual(affinity(nodes(1), undefined), []);
  t.deepEqual(affinity(undefined, nodes(1)), []);
  t.deepEqual(affinity({ ...pods, ...nodes(1) }, pods), []);
  t.deepEqual(affinity(pods, { ...pods, ...nodes(1) }), []);
  t.deepEqual(affinity(pods, undefined), ["spec.template.spec"]);
  t.deepEqual(affinity(undefined, pods), ["spec.template.spec"]);
});
