import test from "ava";
import { claimProtection } from "../src/protection/storage-protection.ts";
import { serverContext } from "../src/write-as-server.ts";
import { controlPlane } from "./support/control-plane.ts";

test("a claim stays while a scheduled pod uses it, and goes with the pod", async (t) => {
  const plane = await controlPlane(t);
  const protection = claimProtection(plane);
  protection.start();
  t.teardown(() => protection.stop());
  for (const name of ["used", "free"]) {
    await plane.create("", "persistentvolumeclaims", {
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      metadata: { name, namespace: "default", finalizers: ["kubernetes.io/pvc-protection"] },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
  }
  await plane.create("", "pods", {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "user", namespace: "default" },
    spec: {
      nodeName: "node",
      containers: [{ name: "main", image: "main" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "used" } }],
    },
  });
  const context = serverContext(plane.clock, "default");
  const claims = plane.store("", "persistentvolumeclaims");
  await Promise.all(["used", "free"].map((name) => claims.delete("default", name, {}, context)));
  await plane.until(["", "persistentvolumeclaims", "default", "free"], (claim) => claim === undefined);
  t.truthy((await plane.find("", "persistentvolumeclaims", "default", "used"))?.metadata.deletionTimestamp);
  await plane.store("", "pods").delete("default", "user", { gracePeriodSeconds: 0 }, context);
  await plane.until(["", "persistentvolumeclaims", "default", "used"], (claim) => claim === undefined);
  t.pass();
});
