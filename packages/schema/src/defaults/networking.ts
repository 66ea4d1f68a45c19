/** Defaults of networking.k8s.io, discovery.k8s.io. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, isEmptyAt, objectAt, objectOrNew } from "./defaulter.ts";

function networkPolicy(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  if (!isEmptyAt(spec, "policyTypes")) return;
  spec.policyTypes = isEmptyAt(spec, "egress") ? ["Ingress"] : ["Ingress", "Egress"];
}

function ingressClass(object: JsonObject): void {
  const parameters = objectAt(objectAt(object, "spec") ?? {}, "parameters");
  if (parameters !== undefined) fillNil(parameters, "scope", "Cluster");
}

function endpointPort(port: JsonObject): void {
  fillNil(port, "name", "");
  fillNil(port, "protocol", "TCP");
}

/** Defaulters of networking and discovery, by model. */
export const networkingDefaults: Defaulters = {
  "io.k8s.api.networking.v1.NetworkPolicy": networkPolicy,
  "io.k8s.api.networking.v1.NetworkPolicyPort": (object) => fillNil(object, "protocol", "TCP"),
  "io.k8s.api.networking.v1.IngressClass": ingressClass,
  "io.k8s.api.discovery.v1.EndpointPort": endpointPort,
};
