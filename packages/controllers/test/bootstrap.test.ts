import { stringIn } from "@quorate/object";
import test from "ava";
import { startControllers } from "../src/start-controllers.ts";
import { type ControlPlane, controlPlane } from "./support/control-plane.ts";

const AUTHORITY = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

function start(t: { teardown(run: () => unknown): void }, plane: ControlPlane, clientAuthority = AUTHORITY) {
  const running = startControllers({
    ...plane,
    leadership: { isLeader: true, onChange: () => () => {} },
    bootstrap: {
      authentication: { clientAuthority },
      serviceRanges: "10.0.0.0/24",
      serviceAddress: "10.0.0.1",
      securePort: 6443,
    },
    rootCertificate: AUTHORITY,
    namespaceSettleMs: 0,
  });
  t.teardown(() => running.stop());
  return running;
}

test("a fresh cluster has the objects that the reference makes at its start", async (t) => {
  const plane = await controlPlane(t);
  await start(t, plane).bootstrapped();
  const count = async (group: string, resource: string) =>
    (await plane.store(group, resource).list({ namespace: "" })).items.length;
  t.is(await count("", "namespaces"), 4);
  t.is(await count("rbac.authorization.k8s.io", "clusterroles"), 73);
  t.is(await count("rbac.authorization.k8s.io", "clusterrolebindings"), 54);
  t.is(await count("rbac.authorization.k8s.io", "roles"), 7);
  t.is(await count("rbac.authorization.k8s.io", "rolebindings"), 7);
  t.is(await count("flowcontrol.apiserver.k8s.io", "flowschemas"), 11);
  t.is(await count("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"), 8);
  t.is(await count("scheduling.k8s.io", "priorityclasses"), 2);
  t.is(await count("apiregistration.k8s.io", "apiservices"), 22);
  t.is(await count("networking.k8s.io", "ipaddresses"), 1);
  const service = await plane.find("", "services", "default", "kubernetes");
  t.is(stringIn(service?.spec, "clusterIP"), "10.0.0.1");
  t.deepEqual(service?.metadata.labels, { component: "apiserver", provider: "kubernetes" });
});
