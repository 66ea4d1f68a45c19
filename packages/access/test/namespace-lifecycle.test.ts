import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

const configMap = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "c" } };

test(
  "nothing is created in a namespace that does not exist",
  withFixture(async (t, fixture) => {
    const refusal = await refusalOf(t, () => fixture.admit(configMap, { namespace: "none" }));
    t.is(refusal.code, 404);
    t.is(refusal.message, 'namespaces "none" not found');
  }),
);

test(
  "nothing is created in a namespace on its way out, while deletes go on",
  withFixture(async (t, fixture) => {
    await fixture.add({ kind: "Namespace", apiVersion: "v1", metadata: { name: "going" } });
    const context = { namespace: "", subresource: "", now: "2026-01-01T00:00:00Z" } as const;
    await fixture.stores
      .store("", "namespaces")
      .delete("", "going", {}, { ...context, userName: "", userGroups: [], dryRun: false });
    const refusal = await refusalOf(t, () => fixture.admit(configMap, { namespace: "going" }));
    t.is(refusal.code, 403);
    t.true(refusal.message.includes("because it is being terminated"));
    t.deepEqual(refusal.causes, [
      {
        reason: "NamespaceTerminating",
        message: "namespace going is being terminated",
        field: "metadata.namespace",
      },
    ]);
    await t.notThrowsAsync(() => fixture.admit(configMap, { namespace: "going", operation: "DELETE" }));
  }),
);

test(
  "the namespaces of the system stay",
  withFixture(async (t, fixture) => {
    const system = { kind: "Namespace", apiVersion: "v1", metadata: { name: "kube-system" } };
    const refusal = await refusalOf(t, () => fixture.admit(system, { operation: "DELETE" }));
    t.is(refusal.message, 'namespaces "kube-system" is forbidden: this namespace may not be deleted');
  }),
);
