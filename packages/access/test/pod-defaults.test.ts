import { objectsIn } from "@quorate/object";
import { account, pod } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

const withAccount: typeof withFixture = (body, options) =>
  withFixture(async (t, fixture) => {
    await fixture.add(account("default", { automountServiceAccountToken: false }));
    await body(t, fixture);
  }, options);

function priorityClass(name: string, value: number, more: Record<string, unknown> = {}) {
  return { kind: "PriorityClass", apiVersion: "scheduling.k8s.io/v1", metadata: { name }, value, ...more };
}

test(
  "a pod without a class has priority 0, or that of the global default",
  withAccount(async (t, fixture) => {
    const { spec: plain } = await fixture.admit(pod());
    t.is(plain!.priority, 0);
    t.is(plain!.preemptionPolicy, "PreemptLowerPriority");
    await fixture.add(priorityClass("usual", 7, { globalDefault: true, preemptionPolicy: "Never" }));
    const { spec } = await fixture.admit(pod());
    t.is(spec!.priorityClassName, "usual");
    t.is(spec!.priority, 7);
    t.is(spec!.preemptionPolicy, "Never");
  }),
);

test(
  "a pod's class gives its priority; another number or an unknown class is refused",
  withAccount(async (t, fixture) => {
    await fixture.add(priorityClass("high", 1000));
    t.is((await fixture.admit(pod({ priorityClassName: "high" }))).spec!.priority, 1000);
    const unknown = await refusalOf(t, () => fixture.admit(pod({ priorityClassName: "none" })));
    t.is(unknown.message, 'pods "p" is forbidden: no PriorityClass with name none was found');
    const wrong = await refusalOf(t, () => fixture.admit(pod({ priorityClassName: "high", priority: 5 })));
    t.true(wrong.message.includes("the integer value of priority (5) must not be provided in pod spec"));
  }),
);

test(
  "there is one global default at most",
  withAccount(async (t, fixture) => {
    await fixture.add(priorityClass("first", 1, { globalDefault: true }));
    const second = priorityClass("second", 2, { globalDefault: true });
    const refusal = await refusalOf(t, () => fixture.admit(second));
    t.true(
      refusal.message.endsWith(
        "PriorityClass first is already marked as default. Only one default can exist",
      ),
    );
  }),
);

test(
  "an update keeps the priority that creation has set",
  withAccount(async (t, fixture) => {
    const oldObject = pod({ priority: 3, preemptionPolicy: "Never" });
    const { spec } = await fixture.admit(pod(), { operation: "UPDATE", oldObject });
    t.is(spec!.priority, 3);
    t.is(spec!.preemptionPolicy, "Never");
  }),
);

test(
  "pods tolerate bad nodes for five minutes unless they say otherwise",
  withAccount(async (t, fixture) => {
    const tolerations = objectsIn((await fixture.admit(pod())).spec, "tolerations");
    t.deepEqual(
      tolerations.map((item) => [item.key, item.effect, item.tolerationSeconds]),
      [
        ["node.kubernetes.io/not-ready", "NoExecute", 300],
        ["node.kubernetes.io/unreachable", "NoExecute", 300],
      ],
    );
    const own = [{ operator: "Exists" }];
    t.deepEqual((await fixture.admit(pod({ tolerations: own }))).spec!.tolerations, own);
  }),
);

test(
  "a runtime class brings its overhead and its place, and must exist",
  withAccount(async (t, fixture) => {
    await fixture.add({
      kind: "RuntimeClass",
      apiVersion: "node.k8s.io/v1",
      metadata: { name: "kata" },
      handler: "kata",
      overhead: { podFixed: { memory: "64Mi" } },
      scheduling: { nodeSelector: { runtime: "kata" } },
    });
    const { spec } = await fixture.admit(pod({ runtimeClassName: "kata" }));
    t.deepEqual(spec!.overhead, { memory: "64Mi" });
    t.deepEqual(spec!.nodeSelector, { runtime: "kata" });
    const absent = await refusalOf(t, () => fixture.admit(pod({ runtimeClassName: "none" })));
    t.true(absent.message.endsWith('pod rejected: RuntimeClass "none" not found'));
    const conflicting = pod({ runtimeClassName: "kata", nodeSelector: { runtime: "runc" } });
    t.true((await refusalOf(t, () => fixture.admit(conflicting))).message.includes("conflict:"));
    const unfounded = await refusalOf(t, () => fixture.admit(pod({ overhead: { cpu: "1" } })));
    t.true(unfounded.message.includes("Pod Overhead set without corresponding RuntimeClass"));
  }),
);
