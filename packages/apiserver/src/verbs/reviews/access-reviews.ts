/** The reviews of authorization.k8s.io: may this user (the caller, or somebody named) do that? */
import type { AccessAttributes, UserInfo } from "@quorate/access";
import {
  badRequest,
  type FieldError,
  hasField,
  invalid,
  invalidObject,
  type JsonObject,
  type KubernetesObject,
  objectIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import type { ResourceRequest } from "../../resource-request.ts";
import { answerReview } from "./answer-review.ts";

const ONE_OF = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

/** Whether the caller may. */
export function selfSubjectAccessReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, (review) => decide(request, review, request.user, specErrors(review)));
}

/** Whether somebody named in the review may. */
export function subjectAccessReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, (review) => {
    return decide(request, review, subjectOf(review), [...specErrors(review), ...subjectErrors(review)]);
  });
}

/** Whether somebody named in the review may, in the namespace of the path alone. */
export function localSubjectAccessReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, (review) => {
    const errors = [...specErrors(review), ...subjectErrors(review)];
    const namespace = stringIn(objectIn(review.spec, "resourceAttributes"), "namespace");
    if (hasField(review.spec, "resourceAttributes") && namespace !== request.namespace) {
      errors.push(invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"));
    }
    if (hasField(review.spec, "nonResourceAttributes")) {
      const given = objectIn(review.spec, "nonResourceAttributes");
      errors.push(invalid("spec.nonResourceAttributes", given, "disallowed on this kind of request"));
    }
    return decide(request, review, subjectOf(review), errors);
  });
}

/** What the caller may do in a namespace. */
export function selfSubjectRulesReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, async (review) => {
    const namespace = stringIn(review.spec, "namespace");
    if (namespace === "") throw badRequest("no namespace on request");
    const rules = await request.api.authorizer.rulesOf(request.user, namespace);
    review.status = {
      resourceRules: rules.resourceRules,
      nonResourceRules: rules.nonResourceRules,
      incomplete: rules.incomplete,
      ...(rules.evaluationError === undefined ? {} : { evaluationError: rules.evaluationError }),
    } as unknown as JsonObject;
  });
}

async function decide(
  request: ResourceRequest,
  review: KubernetesObject,
  user: UserInfo,
  errors: readonly FieldError[],
): Promise<void> {
  // Compat: the reference's error names no kind here.
  if (errors.length > 0) throw invalidObject({ group: "authorization.k8s.io", kind: "" }, "", errors);
  const answer = await request.api.authorizer.authorize(user, attributesOf(review));
  review.status = {
    allowed: answer.decision === "allow",
    ...(answer.decision === "deny" ? { denied: true } : {}),
    ...(answer.reason === "" ? {} : { reason: answer.reason }),
    ...(answer.evaluationError === undefined ? {} : { evaluationError: answer.evaluationError }),
  };
}

function specErrors({ spec }: KubernetesObject): FieldError[] {
  const isResource = hasField(spec, "resourceAttributes");
  const isOther = hasField(spec, "nonResourceAttributes");
  if (isResource !== isOther) return [];
  return [invalid("spec", isOther ? objectIn(spec, "nonResourceAttributes") : null, ONE_OF)];
}

function subjectErrors({ spec }: KubernetesObject): FieldError[] {
  if (stringIn(spec, "user") !== "" || stringsIn(spec, "groups").length > 0) return [];
  return [invalid("spec.user", "", "at least one of user or group must be specified")];
}

function subjectOf({ spec }: KubernetesObject): UserInfo {
  return {
    name: stringIn(spec, "user"),
    uid: stringIn(spec, "uid"),
    groups: stringsIn(spec, "groups"),
    extra: objectIn(spec, "extra") as Record<string, string[]>,
  };
}

function attributesOf({ spec }: KubernetesObject): AccessAttributes {
  const given = objectIn(spec, "resourceAttributes");
  const isResource = hasField(spec, "resourceAttributes");
  const other = objectIn(spec, "nonResourceAttributes");
  return {
    isResource,
    verb: stringIn(isResource ? given : other, "verb"),
    group: stringIn(given, "group"),
    version: stringIn(given, "version") || "*",
    resource: stringIn(given, "resource"),
    subresource: stringIn(given, "subresource"),
    namespace: stringIn(given, "namespace"),
    name: stringIn(given, "name"),
    path: stringIn(other, "path"),
  };
}
