/** Warnings of addresses and networks that are valid, in spellings that others may misread. */
import {
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { cidrWarnings, ipWarnings } from "../validation/ip.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const SLICE_MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SLICE_CONTROLLERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

/** Warnings of each text of the list at `field`. */
export function listWarnings(
  texts: readonly string[],
  field: string,
  warningsOf: (field: string, text: string) => string[],
): string[] {
  return texts.flatMap((text, index) => warningsOf(`${field}[${index}]`, text));
}

/** What the controllers write is canonical already. */
export function endpointsWarnings(object: KubernetesObject): string[] {
  if (object.metadata.labels?.[MANAGED_BY] === "endpoint-controller") return [];
  return objectsIn(object, "subsets").flatMap((subset, index) =>
    ["addresses", "notReadyAddresses"].flatMap((list) =>
      objectsIn(subset, list).flatMap((address, position) =>
        ipWarnings(`subsets[${index}].${list}[${position}].ip`, stringIn(address, "ip")),
      ),
    ),
  );
}

/** What the controllers write is canonical already. */
export function endpointSliceWarnings(object: KubernetesObject): string[] {
  const isFqdn = stringIn(object, "addressType") === "FQDN";
  const found = isFqdn ? ["spec.addressType: FQDN endpoints are deprecated"] : [];
  if (SLICE_CONTROLLERS.includes(object.metadata.labels?.[SLICE_MANAGED_BY] ?? "")) return found;
  objectsIn(object, "endpoints").forEach((endpoint, index) => {
    found.push(
      ...listWarnings(stringsIn(endpoint, "addresses"), `endpoints[${index}].addresses`, ipWarnings),
    );
  });
  return found;
}

/** Of both directions, those that come in first. */
export function networkPolicyWarnings({ spec }: KubernetesObject): string[] {
  return [...blockWarnings(spec, "ingress", "from"), ...blockWarnings(spec, "egress", "to")];
}

function blockWarnings(spec: JsonObject | undefined, rules: string, peers: string): string[] {
  return objectsIn(spec, rules).flatMap((rule, index) =>
    objectsIn(rule, peers).flatMap((peer, position) => {
      const block = objectIn(peer, "ipBlock");
      const field = `spec.${rules}[${index}].${peers}[${position}].ipBlock`;
      return [
        ...cidrWarnings(`${field}.cidr`, stringIn(block, "cidr")),
        ...listWarnings(stringsIn(block, "except"), `${field}.except`, cidrWarnings),
      ];
    }),
  );
}
