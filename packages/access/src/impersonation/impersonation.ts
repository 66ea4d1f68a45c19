/**
 * Acting as somebody else: the Impersonate-* headers of a request, what its user must be allowed for them,
 * and the user that it then runs as.
 */
import type { IncomingHttpHeaders } from "node:http";
import { badRequest } from "@quorate/object";
import { AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, type UserInfo } from "../authentication/user-info.ts";
import type { AccessAttributes } from "../authorization/authorizer.ts";

/** Who is to be acted as, and every permission that it takes. */
export interface Impersonation {
  readonly user: UserInfo;
  readonly required: readonly AccessAttributes[];
}

const PREFIX = "impersonate-";
const EXTRA_PREFIX = "impersonate-extra-";
const ANONYMOUS = "system:anonymous";
const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATION = "authentication.k8s.io";

/** Whether any of the headers is there: most requests have none. */
export function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true;
  return false;
}

/** Throws a 400 where something but no user is to be impersonated. */
export function parseImpersonation(headers: IncomingHttpHeaders): Impersonation {
  const name = valuesOf(headers[`${PREFIX}user`])[0] ?? "";
  const groups = valuesOf(headers[`${PREFIX}group`]);
  const uid = valuesOf(headers[`${PREFIX}uid`])[0] ?? "";
  const extra = extraOf(headers);
  if (name === "") throw badRequest("requested impersonation of groups, uid or extra without a user");
  const account = ACCOUNT.exec(name);
  const required: AccessAttributes[] = [
    account === null
      ? permission("", "users", name)
      : { ...permission("", "serviceaccounts", account[2]!), namespace: account[1]! },
    ...groups.map((group) => permission("", "groups", group)),
    ...(uid === "" ? [] : [permission(AUTHENTICATION, "uids", uid)]),
  ];
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) {
      required.push({ ...permission(AUTHENTICATION, "userextras", value), subresource: key });
    }
  }
  const user = { name, uid, groups: groupsOf(name, account?.[1], groups), extra };
  return { user, required };
}

function permission(group: string, resource: string, name: string): AccessAttributes {
  const version = group === "" ? "" : "v1";
  const what = { group, version, resource, subresource: "", namespace: "", name };
  return { isResource: true, verb: "impersonate", ...what, path: "" };
}

/** Groups that are named are the whole truth, but for the one that tells users from strangers. */
function groupsOf(name: string, accountNamespace: string | undefined, named: readonly string[]): string[] {
  const groups = [...named];
  if (named.length === 0 && accountNamespace !== undefined) {
    groups.push("system:serviceaccounts", `system:serviceaccounts:${accountNamespace}`);
  }
  const isStranger = groups.includes(UNAUTHENTICATED_GROUP);
  if (name === ANONYMOUS) {
    if (!isStranger) groups.push(UNAUTHENTICATED_GROUP);
  } else if (!isStranger && !groups.includes(AUTHENTICATED_GROUP)) groups.push(AUTHENTICATED_GROUP);
  return groups;
}

function extraOf(headers: IncomingHttpHeaders): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const header in headers) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    const key = unescaped(header.slice(EXTRA_PREFIX.length));
    extra[key] = [...(extra[key] ?? []), ...valuesOf(headers[header])];
  }
  return extra;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Node joins headers that come more than once. */
function valuesOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return (Array.isArray(header) ? header : header.split(", ")).filter((value) => value !== "");
}
