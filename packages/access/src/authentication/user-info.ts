/**
 * Who makes a request, as authenticators say it and authorizers, admission and reviews read it. Immutable and
 * shared by all requests of a connection.
 */

export interface UserInfo {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Every user that an authenticator has accepted is in this group. */
export const AUTHENTICATED_GROUP = "system:authenticated";
/** The only group of anonymous requests. */
export const UNAUTHENTICATED_GROUP = "system:unauthenticated";
/** Members may do everything; checked before any policy. */
export const SUPERUSER_GROUP = "system:masters";

/** authentication.k8s.io/v1 UserInfo, empty parts left out as the reference does. */
export function userInfoJson(user: UserInfo): {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
} {
  const extra: Record<string, string[]> = {};
  for (const key of Object.keys(user.extra).sort()) extra[key] = [...user.extra[key]!];
  return {
    ...(user.name === "" ? {} : { username: user.name }),
    ...(user.uid === "" ? {} : { uid: user.uid }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
