/**
 * What changes users, roles and permissions: part of the log, so passwords come as hashes, never as text. And
 * the words of etcd's auth that the ports share.
 */
import { CodedError } from "@quorate/base";

/** What a permission allows. */
export type PermissionType = "read" | "write" | "readwrite";

/** `rangeEnd` as in a range: absent or empty is one key, a zero byte is all from `key` on. */
export interface Permission {
  readonly type: PermissionType;
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
}

/** A change of the auth state, replicated as a command. */
export type AuthRequest =
  | { readonly type: "enable" }
  | { readonly type: "disable" }
  | {
      readonly type: "user-add";
      readonly name: string;
      /** Opaque to the store; empty where the user has no password. */
      readonly passwordHash: string;
      readonly noPassword: boolean;
    }
  | { readonly type: "user-delete"; readonly name: string }
  | { readonly type: "user-change-password"; readonly name: string; readonly passwordHash: string }
  | { readonly type: "user-grant-role"; readonly name: string; readonly role: string }
  | { readonly type: "user-revoke-role"; readonly name: string; readonly role: string }
  | { readonly type: "role-add"; readonly role: string }
  | { readonly type: "role-delete"; readonly role: string }
  | { readonly type: "role-grant-permission"; readonly role: string; readonly permission: Permission }
  | {
      readonly type: "role-revoke-permission";
      readonly role: string;
      readonly key: Uint8Array;
      readonly rangeEnd?: Uint8Array;
    };

/** Who makes a request, and the auth revision at which that was found out. */
export interface Caller {
  readonly user: string;
  readonly authRevision: number;
}

/** etcd's auth errors; surfaces map them to its texts. */
export type AuthErrorCode =
  | "ROOT_USER_NOT_EXIST"
  | "ROOT_ROLE_NOT_EXIST"
  | "USER_EXISTS"
  | "USER_EMPTY"
  | "USER_NOT_FOUND"
  | "ROLE_EXISTS"
  | "ROLE_NOT_FOUND"
  | "ROLE_EMPTY"
  | "AUTH_FAILED"
  | "NO_PASSWORD_USER"
  | "PERMISSION_NOT_GIVEN"
  | "PERMISSION_DENIED"
  | "ROLE_NOT_GRANTED"
  | "PERMISSION_NOT_GRANTED"
  | "AUTH_NOT_ENABLED"
  | "INVALID_AUTH_TOKEN"
  | "INVALID_AUTH_MANAGEMENT"
  | "AUTH_OLD_REVISION";

const MESSAGES: Readonly<Record<AuthErrorCode, string>> = {
  ROOT_USER_NOT_EXIST: "root user does not exist",
  ROOT_ROLE_NOT_EXIST: "root user does not have root role",
  USER_EXISTS: "user name already exists",
  USER_EMPTY: "user name is empty",
  USER_NOT_FOUND: "user name not found",
  ROLE_EXISTS: "role name already exists",
  ROLE_NOT_FOUND: "role name not found",
  ROLE_EMPTY: "role name is empty",
  AUTH_FAILED: "authentication failed, invalid user ID or password",
  NO_PASSWORD_USER: "authentication failed, password was given for no password user",
  PERMISSION_NOT_GIVEN: "permission not given",
  PERMISSION_DENIED: "permission denied",
  ROLE_NOT_GRANTED: "role is not granted to the user",
  PERMISSION_NOT_GRANTED: "permission is not granted to the role",
  AUTH_NOT_ENABLED: "authentication is not enabled",
  INVALID_AUTH_TOKEN: "invalid auth token",
  INVALID_AUTH_MANAGEMENT: "invalid auth management",
  AUTH_OLD_REVISION: "revision of auth store is old",
};

/** An error of the auth state, with etcd's meaning. */
export function authError(code: AuthErrorCode): CodedError<AuthErrorCode> {
  return new CodedError<AuthErrorCode>(code, MESSAGES[code]);
}

/** Whether `code` is one of ours. */
export function isAuthErrorCode(code: string): code is AuthErrorCode {
  return code in MESSAGES;
}

/** JSON in which byte strings are base64. */
export function encodeWithBytes(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, shown: unknown) {
    // A Buffer has been made something else of before it gets here.
    const own = this[key];
    return own instanceof Uint8Array ? { base64: Buffer.from(own).toString("base64") } : shown;
  });
}

/** What `encodeWithBytes` was given. */
export function decodeWithBytes(text: string): unknown {
  return JSON.parse(text, (_key, value: { base64?: unknown } | null) =>
    typeof value?.base64 === "string" ? Buffer.from(value.base64, "base64") : value,
  );
}

/** A request as text for the log. */
export function encodeAuthRequest(request: AuthRequest): string {
  return encodeWithBytes(request);
}

/** The request of a text that `encodeAuthRequest` made. */
export function decodeAuthRequest(text: string): AuthRequest {
  return decodeWithBytes(text) as AuthRequest;
}
