import { stringIn } from "@quorate/object";
import test from "ava";
import { IdentityLease, identityLeaseName, identityLeaseSweep } from "../src/identity/identity-lease.ts";
import { controlPlane } from "./support/control-plane.ts";

test("the lease's name is the reference's for the same host", (t) => {
  t.is(identityLeaseName("vm"), "apiserver-wlv32tlttr4jl3gtroqexyxapa");
});

test("a server's lease is there while it runs, and leases of servers that never came back are swept", async (t) => {
  const plane = await controlPlane(t);
  const lease = new IdentityLease(plane, { hostname: "host", identity: "host", address: "10.1.0.1:6443" });
  const at = ["coordination.k8s.io", "leases", "kube-system", identityLeaseName("host")] as const;
  lease.start();
  const held = await plane.until(at, (object) => object !== undefined);
  t.regex(stringIn(held!.spec, "holderIdentity"), /^apiserver-[a-z2-7]{26}_[0-9a-f-]{36}$/);
  t.is(held!.metadata.labels?.["apiserver.kubernetes.io/identity"], "kube-apiserver");

  const old = ["coordination.k8s.io", "leases", "kube-system", "apiserver-old"] as const;
  await plane.create("coordination.k8s.io", "leases", {
    kind: "Lease",
    apiVersion: "coordination.k8s.io/v1",
    metadata: { ...held!.metadata, name: "apiserver-old", resourceVersion: undefined! },
    spec: { leaseDurationSeconds: 3600, renewTime: "2020-01-01T00:00:00.000000Z" },
  });
  const sweep = identityLeaseSweep(plane);
  sweep.start();
  await plane.until(old, (object) => object === undefined);
  await sweep.stop();
  t.truthy(await plane.find(...at));
  await lease.stop();
  t.is(await plane.find(...at), undefined);
});
