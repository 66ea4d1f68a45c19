import type { KubernetesObject } from "@quorate/object";
import { allowing } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

const NAME = "OwnerReferencesPermissionEnforcement";
const plain: KubernetesObject = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "c" } };

function owned(blockOwnerDeletion: boolean): KubernetesObject {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "d", uid: "u", blockOwnerDeletion };
  return { ...plain, metadata: { name: "c", ownerReferences: [owner] } };
}

test(
  "who changes owners must be allowed to delete the object",
  withFixture(
    async (t, fixture) => {
      const update = { operation: "UPDATE", oldObject: plain } as const;
      await t.notThrowsAsync(() => fixture.admit(plain, update));
      const refusal = await refusalOf(t, () => fixture.admit(owned(false), update));
      t.true(refusal.message.includes("cannot set an ownerRef on a resource you can't delete"));
    },
    { authorizer: allowing(), enabled: [NAME] },
  ),
);

test(
  "who makes an owner wait must be allowed to change its finalizers",
  withFixture(
    async (t, fixture) => {
      await t.notThrowsAsync(() => fixture.admit(owned(false)));
      const refusal = await refusalOf(t, () => fixture.admit(owned(true)));
      t.true(
        refusal.message.includes("cannot set blockOwnerDeletion if an ownerReference refers to a resource"),
      );
    },
    { authorizer: allowing(), enabled: [NAME] },
  ),
);

test(
  "owners are nobody's business where the plugin is off, as it is by default",
  withFixture(
    async (t, fixture) => {
      await t.notThrowsAsync(() => fixture.admit(owned(true)));
    },
    { authorizer: allowing() },
  ),
);
