/**
 * The replicated half of etcd's auth: users, roles, permissions, whether it is on, and the revision that
 * every change raises. Who a caller is (tokens, passwords, certificates) is found outside; what a caller may
 * do is decided here, at apply, so that no member lets in what another refuses.
 *
 * etcd server/auth/store.go for the semantics: root bypasses, ranges may be covered by several permissions
 * together.
 */
import { equalBytes } from "@quorate/base";
import {
  type AuthRequest,
  authError,
  type Caller,
  decodeWithBytes,
  encodeWithBytes,
  type Permission,
} from "./auth-request.ts";
import { type TextRange, textOf, textRange } from "./byte-text.ts";

const ROOT = "root";

/** A user as kept; roles are sorted. */
export interface AuthUser {
  readonly name: string;
  readonly passwordHash: string;
  readonly noPassword: boolean;
  readonly roles: readonly string[];
  /** The auth revision of the last change that ends the user's tokens. */
  readonly tokensSince: number;
}

/** A role as kept; permissions are sorted by key. */
export interface AuthRole {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** Keeps one record; undefined removes it. */
export type AuthRecorder = (name: string, record: string | undefined) => void;

interface Permitted {
  readonly read: TextRange[];
  readonly write: TextRange[];
}

/** Users, roles and what they may do. */
export class AuthStore {
  readonly #users = new Map<string, AuthUser>();
  readonly #roles = new Map<string, AuthRole>();
  readonly #record: AuthRecorder;
  readonly #permitted = new Map<string, Permitted>();
  #enabled = false;
  #revision = 1;

  constructor(record: AuthRecorder) {
    this.#record = record;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes back a record that was kept. */
  load(name: string, record: string): void {
    const value = decodeWithBytes(record);
    if (name === "state") {
      const state = value as { readonly enabled: boolean; readonly revision: number };
      this.#enabled = state.enabled;
      this.#revision = state.revision;
    } else if (name.startsWith("user/")) this.#users.set((value as AuthUser).name, value as AuthUser);
    else if (name.startsWith("role/")) this.#roles.set((value as AuthRole).name, value as AuthRole);
  }

  findUser(name: string): AuthUser | undefined {
    return this.#users.get(name);
  }

  findRole(name: string): AuthRole | undefined {
    if (name === ROOT && this.#roles.has(ROOT)) {
      return {
        name,
        permissions: [{ type: "readwrite", key: new Uint8Array(0), rangeEnd: new Uint8Array(1) }],
      };
    }
    return this.#roles.get(name);
  }

  /** Names in order. */
  users(): string[] {
    return [...this.#users.keys()].sort();
  }

  /** Names in order. */
  roles(): string[] {
    return [...this.#roles.keys()].sort();
  }

  /** Carries out a change, or throws one of etcd's auth errors and changes nothing. */
  apply(request: AuthRequest): void {
    switch (request.type) {
      case "enable":
        this.#enable();
        break;
      case "disable":
        if (this.#enabled) this.#disable();
        break;
      case "user-add":
        this.#addUser(request);
        break;
      case "user-delete":
        this.#deleteUser(request.name);
        break;
      case "user-change-password":
        this.#changePassword(request.name, request.passwordHash);
        break;
      case "user-grant-role":
        this.#grantRole(request.name, request.role);
        break;
      case "user-revoke-role":
        this.#revokeRole(request.name, request.role);
        break;
      case "role-add":
        this.#addRole(request.role);
        break;
      case "role-delete":
        this.#deleteRole(request.role);
        break;
      case "role-grant-permission":
        this.#grantPermission(request.role, request.permission);
        break;
      case "role-revoke-permission":
        this.#revokePermission(request.role, request.key, request.rangeEnd);
        break;
    }
  }

  /** Throws unless auth is off or the caller has the role root. */
  checkAdmin(caller: Caller): void {
    if (!this.#enabled) return;
    if (caller.user === "") throw authError("USER_EMPTY");
    const user = this.#users.get(caller.user);
    if (!user) throw authError("USER_NOT_FOUND");
    if (!user.roles.includes(ROOT)) throw authError("PERMISSION_DENIED");
  }

  /** Throws unless auth is off or the caller may read or write all of the range. */
  checkRange(caller: Caller, type: "read" | "write", key: Uint8Array, rangeEnd?: Uint8Array): void {
    if (!this.#enabled) return;
    if (caller.authRevision === 0) throw authError("USER_EMPTY");
    if (caller.authRevision < this.#revision) throw authError("AUTH_OLD_REVISION");
    const user = this.#users.get(caller.user);
    if (!user) throw authError("PERMISSION_DENIED");
    if (user.roles.includes(ROOT)) return;
    if (!covers(this.#permittedTo(user)[type], textRange(key, rangeEnd)))
      throw authError("PERMISSION_DENIED");
  }

  #enable(): void {
    if (this.#enabled) return;
    const root = this.#users.get(ROOT);
    if (!root) throw authError("ROOT_USER_NOT_EXIST");
    if (!root.roles.includes(ROOT)) throw authError("ROOT_ROLE_NOT_EXIST");
    this.#enabled = true;
    // Compat: etcd raises the revision when auth goes off, not when it goes on.
    this.#keepState();
  }

  #disable(): void {
    this.#enabled = false;
    this.#changed();
  }

  #addUser(request: Extract<AuthRequest, { type: "user-add" }>): void {
    const { name, noPassword } = request;
    if (name.length === 0) throw authError("USER_EMPTY");
    if (this.#users.has(name)) throw authError("USER_EXISTS");
    const passwordHash = noPassword ? "" : request.passwordHash;
    this.#putUser({ name, passwordHash, noPassword, roles: [], tokensSince: this.#revision + 1 });
  }

  #changePassword(name: string, passwordHash: string): void {
    const user = this.#user(name);
    const kept = user.noPassword ? "" : passwordHash;
    this.#putUser({ ...user, passwordHash: kept, tokensSince: this.#revision + 1 });
  }

  #addRole(name: string): void {
    if (name.length === 0) throw authError("ROLE_EMPTY");
    if (this.#roles.has(name)) throw authError("ROLE_EXISTS");
    this.#putRole({ name, permissions: [] });
  }

  #deleteUser(name: string): void {
    if (this.#enabled && name === ROOT) throw authError("INVALID_AUTH_MANAGEMENT");
    this.#user(name);
    this.#users.delete(name);
    this.#record(`user/${name}`, undefined);
    this.#changed();
  }

  #grantRole(name: string, role: string): void {
    const user = this.#user(name);
    if (role !== ROOT && !this.#roles.has(role)) throw authError("ROLE_NOT_FOUND");
    if (user.roles.includes(role)) return;
    this.#putUser({ ...user, roles: [...user.roles, role].sort() });
  }

  #revokeRole(name: string, role: string): void {
    if (this.#enabled && name === ROOT && role === ROOT) throw authError("INVALID_AUTH_MANAGEMENT");
    const user = this.#user(name);
    if (!user.roles.includes(role)) throw authError("ROLE_NOT_GRANTED");
    this.#putUser({ ...user, roles: user.roles.filter((other) => other !== role) });
  }

  #deleteRole(name: string): void {
    if (this.#enabled && name === ROOT) throw authError("INVALID_AUTH_MANAGEMENT");
    this.#role(name);
    this.#roles.delete(name);
    this.#record(`role/${name}`, undefined);
    for (const user of this.#users.values()) {
      if (!user.roles.includes(name)) continue;
      const left = { ...user, roles: user.roles.filter((role) => role !== name) };
      this.#users.set(user.name, left);
      this.#record(`user/${user.name}`, JSON.stringify(left));
    }
    this.#changed();
  }

  #grantPermission(name: string, permission: Permission): void {
    if (!isValidRange(permission)) throw authError("INVALID_AUTH_MANAGEMENT");
    const role = this.#role(name);
    const others = role.permissions.filter(
      (other) => !isSameRange(other, permission.key, permission.rangeEnd),
    );
    const permissions = [...others, permission].sort((a, b) => (textOf(a.key) < textOf(b.key) ? -1 : 1));
    this.#putRole({ name, permissions });
  }

  #revokePermission(name: string, key: Uint8Array, rangeEnd: Uint8Array | undefined): void {
    const role = this.#role(name);
    const left = role.permissions.filter((permission) => !isSameRange(permission, key, rangeEnd));
    if (left.length === role.permissions.length) throw authError("PERMISSION_NOT_GRANTED");
    this.#putRole({ name, permissions: left });
  }

  #user(name: string): AuthUser {
    const user = this.#users.get(name);
    if (!user) throw authError("USER_NOT_FOUND");
    return user;
  }

  #role(name: string): AuthRole {
    const role = this.#roles.get(name);
    if (!role) throw authError("ROLE_NOT_FOUND");
    return role;
  }

  #putUser(user: AuthUser): void {
    this.#users.set(user.name, user);
    this.#record(`user/${user.name}`, JSON.stringify(user));
    this.#changed();
  }

  #putRole(role: AuthRole): void {
    this.#roles.set(role.name, role);
    this.#record(`role/${role.name}`, encodeWithBytes(role));
    this.#changed();
  }

  #changed(): void {
    this.#revision++;
    this.#permitted.clear();
    this.#keepState();
  }

  #keepState(): void {
    this.#record("state", JSON.stringify({ enabled: this.#enabled, revision: this.#revision }));
  }

  #permittedTo(user: AuthUser): Permitted {
    const known = this.#permitted.get(user.name);
    if (known) return known;
    const permitted: Permitted = { read: [], write: [] };
    for (const name of user.roles) {
      for (const { type, key, rangeEnd } of this.#roles.get(name)?.permissions ?? []) {
        const range = textRange(key, rangeEnd);
        if (type !== "write") permitted.read.push(range);
        if (type !== "read") permitted.write.push(range);
      }
    }
    const byStart = (a: TextRange, b: TextRange) => (a.start < b.start ? -1 : 1);
    permitted.read.sort(byStart);
    permitted.write.sort(byStart);
    this.#permitted.set(user.name, permitted);
    return permitted;
  }
}

/** Whether the sorted ranges together hold all of `wanted`. */
function covers(ranges: readonly TextRange[], wanted: TextRange): boolean {
  let reached = wanted.start;
  for (const range of ranges) {
    if (range.start > reached) return false;
    if (range.end === undefined) return true;
    if (range.end > reached) reached = range.end;
    if (wanted.end !== undefined && reached >= wanted.end) return true;
  }
  return false;
}

function isSameRange(permission: Permission, key: Uint8Array, rangeEnd: Uint8Array | undefined): boolean {
  const none = new Uint8Array(0);
  return equalBytes(permission.key, key) && equalBytes(permission.rangeEnd ?? none, rangeEnd ?? none);
}

/** As etcd: a key, and an end above it where there is one. */
function isValidRange({ key, rangeEnd }: Permission): boolean {
  if (key.length === 0) return false;
  if (!rangeEnd || rangeEnd.length === 0) return true;
  return (rangeEnd.length === 1 && rangeEnd[0] === 0) || textOf(key) < textOf(rangeEnd);
}
