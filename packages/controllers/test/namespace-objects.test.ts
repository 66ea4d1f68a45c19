import { stringMapIn } from "@quorate/object";
import test from "ava";
import { defaultServiceAccount } from "../src/namespace/default-service-account.ts";
import { rootCertificate } from "../src/namespace/root-certificate.ts";
import { serverContext } from "../src/write-as-server.ts";
import { controlPlane } from "./support/control-plane.ts";

const AUTHORITY = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

test("every namespace gets its service account and the root certificate, also after they were deleted or changed", async (t) => {
  const plane = await controlPlane(t);
  const loops = [defaultServiceAccount(plane), rootCertificate(plane, AUTHORITY)];
  for (const loop of loops) loop.start();
  t.teardown(() => Promise.all(loops.map((loop) => loop.stop())));
  await plane.create("", "namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name: "fresh" } });
  const account = ["", "serviceaccounts", "fresh", "default"] as const;
  const certificate = ["", "configmaps", "fresh", "kube-root-ca.crt"] as const;
  const first = await plane.until(account, (object) => object !== undefined);
  const published = await plane.until(certificate, (object) => object !== undefined);
  t.deepEqual(stringMapIn(published, "data"), { "ca.crt": AUTHORITY });

  await plane
    .store("", "serviceaccounts")
    .delete("fresh", "default", {}, serverContext(plane.clock, "fresh"));
  const second = await plane.until(
    account,
    (object) => object !== undefined && object.metadata.uid !== first!.metadata.uid,
  );
  t.truthy(second);

  await plane.store("", "configmaps").update(
    "fresh",
    "kube-root-ca.crt",
    (object) => {
      object!["data"] = { "ca.crt": "wrong", more: "wrong" };
      return object!;
    },
    serverContext(plane.clock, "fresh"),
  );
  const mended = await plane.until(
    certificate,
    (object) => stringMapIn(object, "data")["more"] === undefined,
  );
  t.deepEqual(stringMapIn(mended, "data"), { "ca.crt": AUTHORITY });
});
