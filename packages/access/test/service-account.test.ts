import { objectsIn } from "@quorate/object";
import { account, pod } from "./support/admission-fixture.ts";
import { refusalOf, test, withFixture } from "./support/with-fixture.ts";

test(
  "a pod runs as the default account with its token mounted into every container",
  withFixture(async (t, fixture) => {
    await fixture.add(account("default"));
    const { spec } = await fixture.admit(pod({ initContainers: [{ name: "init", image: "busybox" }] }));
    t.is(spec!.serviceAccountName, "default");
    t.is(spec!.serviceAccount, "default");
    const [volume] = objectsIn(spec, "volumes");
    t.regex(String(volume!.name), /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    for (const container of [...objectsIn(spec, "containers"), ...objectsIn(spec, "initContainers")]) {
      t.deepEqual(container.volumeMounts, [
        { name: volume!.name, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
      ] as never);
    }
  }),
);

test(
  "the pod's word on mounting wins over the account's",
  withFixture(async (t, fixture) => {
    await fixture.add(account("default", { automountServiceAccountToken: false }));
    const { spec: quiet } = await fixture.admit(pod());
    t.is(quiet!.volumes, undefined);
    const { spec: loud } = await fixture.admit(pod({ automountServiceAccountToken: true }));
    t.is(objectsIn(loud, "volumes").length, 1);
  }),
);

test(
  "a pod of an account that is absent is refused",
  withFixture(async (t, fixture) => {
    const refusal = await refusalOf(t, () => fixture.admit(pod({ serviceAccountName: "none" })));
    t.is(refusal.code, 403);
    const why = 'error looking up service account default/none: serviceaccount "none" not found';
    t.is(refusal.message, `pods "p" is forbidden: ${why}`);
  }),
);

test(
  "a default account that comes a moment later is waited for",
  withFixture(async (t, fixture) => {
    const admitted = fixture.admit(pod());
    await fixture.add(account("default"));
    t.is((await admitted).spec!.serviceAccountName, "default");
  }),
);

test(
  "a pod without pull secrets gets those of its account",
  withFixture(async (t, fixture) => {
    await fixture.add(account("default", { imagePullSecrets: [{ name: "registry" }] }));
    t.deepEqual((await fixture.admit(pod())).spec!.imagePullSecrets, [{ name: "registry" }]);
    const own = await fixture.admit(pod({ imagePullSecrets: [{ name: "own" }] }));
    t.deepEqual(own.spec!.imagePullSecrets, [{ name: "own" }]);
  }),
);

test(
  "an account that enforces its secrets lets pods use no others",
  withFixture(async (t, fixture) => {
    const metadata = {
      name: "default",
      namespace: "default",
      annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
    };
    await fixture.add(account("default", { metadata, secrets: [{ name: "mine" }] }));
    const using = (name: string) => pod({ volumes: [{ name: "v", secret: { secretName: name } }] });
    await t.notThrowsAsync(() => fixture.admit(using("mine")));
    const refusal = await refusalOf(t, () => fixture.admit(using("other")));
    t.true(refusal.message.endsWith("service account default does not reference that secret"));
  }),
);

test(
  "a mirror pod refers to no account and is left as it is",
  withFixture(async (t, fixture) => {
    const mirror = pod({ priority: 0 });
    mirror.metadata.annotations = { "kubernetes.io/config.mirror": "x" };
    const { spec } = await fixture.admit(mirror);
    t.is(spec!.serviceAccountName, undefined);
    const refusal = await refusalOf(t, () =>
      fixture.admit({ ...mirror, spec: { ...mirror.spec, serviceAccountName: "a" } }),
    );
    t.true(refusal.message.includes("a mirror pod may not reference service accounts"));
  }),
);
