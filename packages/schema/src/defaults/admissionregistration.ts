/** Defaults of admissionregistration.k8s.io, apiextensions.k8s.io and apiregistration.k8s.io. */
import type { JsonObject } from "@quorate/object";
import {
  type Defaulter,
  type Defaulters,
  fillNil,
  fillZero,
  isEmptyAt,
  listAt,
  objectOrNew,
} from "./defaulter.ts";

const HTTPS_PORT = 443;

function matching(object: JsonObject): void {
  fillNil(object, "matchPolicy", "Equivalent");
  fillNil(object, "namespaceSelector", {});
  fillNil(object, "objectSelector", {});
}

function webhook(object: JsonObject): void {
  fillNil(object, "failurePolicy", "Fail");
  matching(object);
  fillNil(object, "timeoutSeconds", 10);
}

function mutatingWebhook(object: JsonObject): void {
  webhook(object);
  fillNil(object, "reinvocationPolicy", "Never");
}

const scope: Defaulter = (object) => fillNil(object, "scope", "*");
const port: Defaulter = (object) => fillNil(object, "port", HTTPS_PORT);
const failurePolicy: Defaulter = (object) => fillNil(object, "failurePolicy", "Fail");

function customResourceDefinition(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  const names = objectOrNew(spec, "names");
  const kind = typeof names.kind === "string" ? names.kind : "";
  if (kind !== "") {
    fillZero(names, "singular", kind.toLowerCase());
    fillZero(names, "listKind", `${kind}List`);
  }
  fillNil(spec, "conversion", { strategy: "None" });
  const status = objectOrNew(object, "status");
  const stored = listAt(spec, "versions").find((version) => version.storage === true);
  if (isEmptyAt(status, "storedVersions") && stored?.name !== undefined)
    status.storedVersions = [stored.name];
}

function ofAdmission(version: string): Record<string, Defaulter> {
  const prefix = `io.k8s.api.admissionregistration.${version}.`;
  return {
    [`${prefix}ValidatingWebhook`]: webhook,
    [`${prefix}MutatingWebhook`]: mutatingWebhook,
    [`${prefix}RuleWithOperations`]: scope,
    [`${prefix}NamedRuleWithOperations`]: scope,
    [`${prefix}ServiceReference`]: port,
    [`${prefix}ValidatingAdmissionPolicySpec`]: failurePolicy,
    [`${prefix}MutatingAdmissionPolicySpec`]: failurePolicy,
    [`${prefix}MatchResources`]: matching,
  };
}

/** Defaulters of admission, apiextensions and apiregistration, by model. */
export const admissionregistrationDefaults: Defaulters = {
  ...ofAdmission("v1"),
  ...ofAdmission("v1beta1"),
  ...ofAdmission("v1alpha1"),
  "io.k8s.api.admissionregistration.v1alpha1.ParamRef": (object) =>
    fillNil(object, "parameterNotFoundAction", "Deny"),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition":
    customResourceDefinition,
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": port,
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": port,
};
