/** The 403 of a refused request, in the reference's words. */
import { forbiddenAccess, goQuote, type StatusError } from "@quorate/object";
import type { UserInfo } from "../authentication/user-info.ts";
import type { AccessAttributes } from "./authorizer.ts";

/** `reason` is what the authorizer said; empty where it said nothing. */
export function forbiddenRequest(user: UserInfo, wanted: AccessAttributes, reason: string): StatusError {
  const what = forbiddenText(user, wanted);
  const why = reason === "" ? what : `${what}: ${reason}`;
  if (!wanted.isResource) return forbiddenAccess({ group: "", resource: "" }, "", why);
  return forbiddenAccess({ group: wanted.group, resource: wanted.resource }, wanted.name, why);
}

function forbiddenText(user: UserInfo, wanted: AccessAttributes): string {
  const who = `User ${goQuote(user.name)} cannot ${wanted.verb}`;
  if (!wanted.isResource) return `${who} path ${goQuote(wanted.path)}`;
  const resource = wanted.subresource === "" ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  const scope =
    wanted.namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(wanted.namespace)}`;
  return `${who} resource ${goQuote(resource)} in API group ${goQuote(wanted.group)} ${scope}`;
}
