/** The flow schemas and priority levels that always are there, and that nobody may change but for a part. */
import { type FieldError, invalid, type JsonObject, jsonEqual, type KubernetesObject } from "@quorate/object";

const EVERYTHING = {
  resourceRules: [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] },
  ],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

const groups = (...names: string[]) => names.map((name) => ({ kind: "Group", group: { name } }));

const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  exempt: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 1,
    rules: [{ subjects: groups("system:masters"), ...EVERYTHING }],
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: "ByUser" },
    rules: [{ subjects: groups("system:unauthenticated", "system:authenticated"), ...EVERYTHING }],
  },
};

const CATCH_ALL_LEVEL: JsonObject = {
  type: "Limited",
  limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" }, lendablePercent: 0 },
};

/** Findings about a mandatory flow schema that differs from what it must be. */
export function validateMandatorySchema({ metadata, spec = {} }: KubernetesObject): FieldError[] {
  const { name = "" } = metadata;
  if (!Object.hasOwn(SCHEMAS, name) || jsonEqual(spec, SCHEMAS[name])) return [];
  return [invalid("spec", spec, `spec of '${name}' must equal the fixed value`)];
}

/** Findings about a mandatory level that differs; what `exempt` says of its shares is free. */
export function validateMandatoryLevel({ metadata, spec = {} }: KubernetesObject): FieldError[] {
  if (metadata.name === "exempt") {
    const { exempt: _, ...rest } = spec;
    if (jsonEqual(rest, { type: "Exempt" })) return [];
    return [
      invalid("spec", spec, "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"),
    ];
  }
  if (metadata.name !== "catch-all" || jsonEqual(spec, CATCH_ALL_LEVEL)) return [];
  return [invalid("spec", spec, "spec of 'catch-all' must equal the fixed value")];
}
