/**
 * What everybody may do before there is a policy: the rules of the reference's bootstrap roles
 * system:discovery and system:basic-user (authenticated users) and system:public-info-viewer (all). They stay
 * true once RBAC reads them from its objects.
 */
import { AUTHENTICATED_GROUP, type UserInfo } from "../authentication/user-info.ts";
import {
  type AccessAnswer,
  type AccessAttributes,
  type AccessRules,
  ALLOW,
  type Authorizer,
  NO_OPINION,
  type NonResourceRule,
  type ResourceRule,
} from "./authorizer.ts";

const PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const DISCOVERY_PATHS = [
  "/api",
  "/api/*",
  "/apis",
  "/apis/*",
  "/healthz",
  "/livez",
  "/openapi",
  "/openapi/*",
  "/readyz",
  "/version",
  "/version/",
];

const BASIC_RESOURCES: readonly ResourceRule[] = [
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
];
const PUBLIC: NonResourceRule = { verbs: ["get"], nonResourceURLs: PUBLIC_PATHS };
const DISCOVERY: NonResourceRule = { verbs: ["get"], nonResourceURLs: DISCOVERY_PATHS };

/** Allows what everybody may; has no opinion on the rest. */
export class BasicAuthorizer implements Authorizer {
  authorize(user: UserInfo, attributes: AccessAttributes): AccessAnswer {
    const isAuthenticated = user.groups.includes(AUTHENTICATED_GROUP);
    const isAllowed = attributes.isResource
      ? isAuthenticated && BASIC_RESOURCES.some((rule) => allowsResource(rule, attributes))
      : (isAuthenticated && allowsPath(DISCOVERY, attributes)) || allowsPath(PUBLIC, attributes);
    return isAllowed ? ALLOW : NO_OPINION;
  }

  rulesOf(user: UserInfo): AccessRules {
    const isAuthenticated = user.groups.includes(AUTHENTICATED_GROUP);
    return {
      resourceRules: isAuthenticated ? BASIC_RESOURCES : [],
      nonResourceRules: isAuthenticated ? [DISCOVERY, PUBLIC] : [PUBLIC],
      incomplete: false,
    };
  }
}

function allowsResource(rule: ResourceRule, wanted: AccessAttributes): boolean {
  return (
    wanted.subresource === "" &&
    rule.verbs.includes(wanted.verb) &&
    rule.apiGroups.includes(wanted.group) &&
    rule.resources.includes(wanted.resource)
  );
}

function allowsPath(rule: NonResourceRule, wanted: AccessAttributes): boolean {
  if (!rule.verbs.includes(wanted.verb)) return false;
  return rule.nonResourceURLs.some((url) =>
    url.endsWith("*") ? wanted.path.startsWith(url.slice(0, -1)) : wanted.path === url,
  );
}
