import type { KubernetesObject } from "@quorate/object";
import { type AdmissionFixture, account, pod } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

async function addQuota(
  fixture: AdmissionFixture,
  hard: Record<string, string>,
  spec: Record<string, unknown> = {},
): Promise<void> {
  await fixture.add(account("default"));
  const metadata = { name: "quota", namespace: "default" };
  await fixture.add({ kind: "ResourceQuota", apiVersion: "v1", metadata, spec: { hard, ...spec } as never });
  const used = Object.fromEntries(Object.keys(hard).map((key) => [key, "0"]));
  const context = { namespace: "default", subresource: "status", now: "2026-01-01T00:00:00Z" } as const;
  await fixture.stores
    .store("", "resourcequotas")
    .update("default", "quota", (current) => ({ ...current!, status: { hard, used } }), {
      ...context,
      userName: "",
      userGroups: [],
      dryRun: false,
    });
}

async function usedOf(fixture: AdmissionFixture): Promise<unknown> {
  return (await fixture.stores.store("", "resourcequotas").get("default", "quota")).decode().status!.used;
}

const configMap: KubernetesObject = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "c" } };

function asking(cpu: string): KubernetesObject {
  const resources = { requests: { cpu }, limits: { cpu } };
  return pod({ containers: [{ name: "main", image: "nginx", resources }] });
}

test(
  "objects are counted until there is no room for more",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { "count/configmaps": "2", configmaps: "5" });
    await fixture.admit(configMap);
    await fixture.admit(configMap);
    t.deepEqual(await usedOf(fixture), { configmaps: "2", "count/configmaps": "2" });
    const refusal = await refusalOf(t, () => fixture.admit(configMap));
    t.is(refusal.code, 403);
    const texts = "requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2";
    t.is(refusal.message, `configmaps "c" is forbidden: exceeded quota: quota, ${texts}`);
  }),
);

test(
  "writes at once never take more than there is",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { configmaps: "3" });
    const tries = Array.from({ length: 8 }, () =>
      fixture.admit(configMap).then(
        () => 1,
        () => 0,
      ),
    );
    const admitted: number[] = await Promise.all(tries);
    t.is(
      admitted.reduce((a, b) => a + b, 0),
      3,
    );
    t.deepEqual(await usedOf(fixture), { configmaps: "3" });
  }),
);

test(
  "pods are charged for what they ask, and must say it where it is bounded",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { "requests.cpu": "1", pods: "5" });
    await fixture.admit(asking("600m"));
    t.deepEqual(await usedOf(fixture), { pods: "1", "requests.cpu": "600m" });
    const refusal = await refusalOf(t, () => fixture.admit(asking("500m")));
    t.true(
      refusal.message.includes(
        "requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1",
      ),
    );
    const silent = await refusalOf(t, () => fixture.admit(pod()));
    t.true(silent.message.endsWith("failed quota: quota: must specify requests.cpu for: main"));
  }),
);

test(
  "an update is charged for what it adds",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { "requests.storage": "3Gi" });
    const claim = (storage: string): KubernetesObject => ({
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      metadata: { name: "c", namespace: "default" },
      spec: { storageClassName: "", resources: { requests: { storage } } },
    });
    await fixture.admit(claim("2Gi"));
    await fixture.admit(claim("3Gi"), { operation: "UPDATE", oldObject: claim("2Gi") });
    t.deepEqual(await usedOf(fixture), { "requests.storage": "3Gi" });
    const update = { operation: "UPDATE", oldObject: claim("3Gi") } as const;
    await t.notThrowsAsync(() => fixture.admit(claim("3Gi"), update));
    t.true(
      (await refusalOf(t, () => fixture.admit(claim("4Gi"), update))).message.includes("exceeded quota"),
    );
  }),
);

test(
  "a claim for devices is charged for each class, at most for what its choices could come to",
  withFixture(async (t, fixture) => {
    const gold = "gold.deviceclass.resource.k8s.io/devices";
    const tin = "tin.deviceclass.resource.k8s.io/devices";
    await addQuota(fixture, { "count/resourceclaims.resource.k8s.io": "5", [gold]: "40", [tin]: "5" });
    const exactly = (deviceClassName: string, allocationMode: string, count?: number) => ({
      deviceClassName,
      allocationMode,
      ...(count === undefined ? undefined : { count }),
    });
    const claim = (...requests: object[]): KubernetesObject => ({
      kind: "ResourceClaim",
      apiVersion: "resource.k8s.io/v1",
      metadata: { name: "c", namespace: "default" },
      spec: { devices: { requests: requests as never } },
    });
    await fixture.admit(
      claim(
        { name: "a", exactly: exactly("gold", "ExactCount", 2) },
        {
          name: "b",
          firstAvailable: [
            { name: "x", ...exactly("gold", "ExactCount", 1) },
            { name: "y", ...exactly("gold", "ExactCount", 3) },
            { name: "z", ...exactly("tin", "ExactCount", 4) },
          ],
        },
      ),
    );
    t.deepEqual(await usedOf(fixture), {
      "count/resourceclaims.resource.k8s.io": "1",
      [gold]: "5",
      [tin]: "4",
    });
    await fixture.admit(claim({ name: "a", exactly: exactly("gold", "All") }));
    t.is(((await usedOf(fixture)) as Record<string, string>)[gold], "37");
    const more = claim({ name: "a", exactly: exactly("gold", "ExactCount", 4) });
    t.true((await refusalOf(t, () => fixture.admit(more))).message.includes(`requested: ${gold}=4`));
  }),
);

test(
  "a quota with scopes is about the pods in them alone",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { pods: "0" }, { scopes: ["BestEffort"] });
    await t.notThrowsAsync(() => fixture.admit(asking("1")));
    await t.notThrowsAsync(() => fixture.admit(configMap));
    t.true((await refusalOf(t, () => fixture.admit(pod()))).message.includes("exceeded quota"));
  }),
);

test(
  "a dry run takes nothing",
  withFixture(async (t, fixture) => {
    await addQuota(fixture, { configmaps: "1" });
    await fixture.admit(configMap, { dryRun: true });
    t.deepEqual(await usedOf(fixture), { configmaps: "0" });
  }),
);
