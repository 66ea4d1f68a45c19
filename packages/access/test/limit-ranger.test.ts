import { objectsIn } from "@quorate/object";
import { type AdmissionFixture, account, pod } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

async function addLimits(fixture: AdmissionFixture, ...limits: Record<string, unknown>[]): Promise<void> {
  await fixture.add(account("default"));
  await fixture.add({
    kind: "LimitRange",
    apiVersion: "v1",
    metadata: { name: "limits", namespace: "default" },
    spec: { limits } as never,
  });
}

function asking(requests: Record<string, string>, limits: Record<string, string> = requests) {
  return pod({ containers: [{ name: "main", image: "nginx", resources: { requests, limits } }] });
}

test(
  "containers that say nothing get the defaults, and an annotation tells so",
  withFixture(async (t, fixture) => {
    const [request, limit] = [{ cpu: "100m" }, { cpu: "1", memory: "1Gi" }];
    await addLimits(fixture, { type: "Container", defaultRequest: request, default: limit });
    const { metadata, spec } = await fixture.admit(pod());
    // A default limit without a default request is both.
    const requests = { ...request, memory: "1Gi" };
    t.deepEqual(objectsIn(spec, "containers")[0]!.resources, { requests, limits: limit });
    const note = "cpu, memory request for container main; cpu, memory limit for container main";
    t.is(metadata.annotations!["kubernetes.io/limit-ranger"], `LimitRanger plugin set: ${note}`);
  }),
);

test(
  "what a container asks for lies within min, max and the ratio",
  withFixture(async (t, fixture) => {
    const item = {
      type: "Container",
      min: { cpu: "100m" },
      max: { cpu: "1" },
      maxLimitRequestRatio: { cpu: "2" },
    };
    await addLimits(fixture, item);
    await t.notThrowsAsync(() => fixture.admit(asking({ cpu: "500m" }, { cpu: "1" })));
    const texts = {
      "minimum cpu usage per Container is 100m, but request is 50m": asking({ cpu: "50m" }, { cpu: "100m" }),
      "maximum cpu usage per Container is 1, but limit is 2": asking({ cpu: "1" }, { cpu: "2" }),
      "cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000": asking(
        { cpu: "200m" },
        { cpu: "1" },
      ),
    };
    for (const [text, wanted] of Object.entries(texts)) {
      const refusal = await refusalOf(t, () => fixture.admit(wanted));
      t.is(refusal.message, `pods "p" is forbidden: ${text}`);
    }
  }),
);

test(
  "a pod's bound looks at the sum of its containers, or at its greediest init container",
  withFixture(async (t, fixture) => {
    await addLimits(fixture, { type: "Pod", max: { memory: "1Gi" } });
    const half = { requests: { memory: "600Mi" }, limits: { memory: "600Mi" } };
    const containers = ["a", "b"].map((name) => ({ name, image: "i", resources: half }));
    const refusal = await refusalOf(t, () => fixture.admit(pod({ containers })));
    t.true(refusal.message.includes("maximum memory usage per Pod is 1Gi, but limit is 1200Mi"));
    const [one] = containers;
    await t.notThrowsAsync(() =>
      fixture.admit(pod({ containers: [one], initContainers: [{ ...one, name: "i" }] })),
    );
  }),
);

test(
  "a claim's request lies within its bounds",
  withFixture(async (t, fixture) => {
    await addLimits(fixture, { type: "PersistentVolumeClaim", max: { storage: "1Gi" } });
    const claim = {
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      metadata: { name: "c", namespace: "default" },
      spec: { resources: { requests: { storage: "2Gi" } } } as never,
    };
    const refusal = await refusalOf(t, () => fixture.admit(claim));
    t.true(
      refusal.message.endsWith("maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi"),
    );
  }),
);
