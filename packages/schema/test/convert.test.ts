import type { JsonObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, convert, parseApiVersion } from "../src/index.ts";
import { type DecodeRow, readFixture } from "./support/fixture.ts";

const schema = builtinSchema();

const STORED: Readonly<Record<string, string>> = { Event: "v1", HorizontalPodAutoscaler: "autoscaling/v2" };

/** To the version that is stored and from there to the wanted one: the way of every object. */
function viaStorage(object: JsonObject, apiVersion: string): JsonObject {
  const stored = convert(schema, object, parseApiVersion(STORED[object.kind as string]!)!);
  return convert(schema, stored, parseApiVersion(apiVersion)!);
}

for (const row of readFixture<DecodeRow>("decode")) {
  for (const [apiVersion, expected] of Object.entries(row.converted ?? {})) {
    test(`is ${apiVersion} as the reference converts it: ${row.input.slice(0, 300)}`, (t) => {
      const object = JSON.parse(row.defaulted!) as JsonObject;
      t.deepEqual(viaStorage(object, apiVersion), JSON.parse(expected));
    });
  }
}

test("a kind without conversion between two versions says so", (t) => {
  const claim: JsonObject = { apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim", metadata: {} };
  const error = t.throws(() => convert(schema, claim, { group: "resource.k8s.io", version: "v1beta1" }));
  t.like(error, { code: "NoConversion" });
});

test("versions of one shape differ in nothing but apiVersion", (t) => {
  const bundle: JsonObject = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "ClusterTrustBundle",
    metadata: {},
  };
  const converted = convert(schema, bundle, { group: "certificates.k8s.io", version: "v1beta1" });
  t.deepEqual(converted, { ...bundle, apiVersion: "certificates.k8s.io/v1beta1" });
});
