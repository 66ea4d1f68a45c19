/** etcd's Auth service: users, roles and tokens. Changes are commands; what is asked comes from the state. */
import { randomBytes } from "node:crypto";
import type { AuthRequest, AuthStore, Permission, PermissionType } from "@quorate/mvcc";
import { type AccessCheck, timeoutOf } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { hashPassword, isPassword } from "./password-hash.ts";
import { type RpcCall, type ServiceHandlers, unary } from "./rpc-call.ts";
import { rpcError } from "./rpc-error.ts";
import type { TokenKeeper } from "./token-keeper.ts";

/** Where the members keep the secret of simple tokens. */
export const TOKEN_SECRET = "auth-token-secret";
const SECRET_BYTES = 32;

const PERMISSION_TYPES: readonly PermissionType[] = ["read", "write", "readwrite"];

/** The handlers of etcdserverpb.Auth. */
export class AuthService {
  readonly #backend: EtcdBackend;
  readonly #access: AccessCheck;
  readonly #tokens: TokenKeeper;
  readonly #bcryptCost: number | undefined;

  constructor(backend: EtcdBackend, access: AccessCheck, tokens: TokenKeeper, bcryptCost?: number) {
    this.#backend = backend;
    this.#access = access;
    this.#tokens = tokens;
    this.#bcryptCost = bcryptCost;
  }

  handlers(): ServiceHandlers {
    const change = <Message>(requestOf: (message: Message) => AuthRequest | Promise<AuthRequest>) =>
      unary(async (message: Message, call) => this.#change(await requestOf(message), call));
    return {
      AuthEnable: unary((_message: pb.AuthEnableRequest, call) => this.#enable(call)),
      AuthDisable: change(() => ({ type: "disable" })),
      AuthStatus: unary((_message: pb.AuthStatusRequest, call) => this.#status(call)),
      Authenticate: unary((message: pb.AuthenticateRequest, call) => this.#authenticate(message, call)),
      UserAdd: change((message: pb.AuthUserAddRequest) => userAdd(message, this.#bcryptCost)),
      UserGet: unary((message: pb.AuthUserGetRequest, call) => this.#userGet(message, call)),
      UserList: unary((_message: pb.AuthUserListRequest, call) => this.#userList(call)),
      UserDelete: change(({ name }: pb.AuthUserDeleteRequest) => ({ type: "user-delete", name })),
      UserChangePassword: change((message: pb.AuthUserChangePasswordRequest) =>
        changePassword(message, this.#bcryptCost),
      ),
      UserGrantRole: change(({ user, role }: pb.AuthUserGrantRoleRequest) => ({
        type: "user-grant-role",
        name: user,
        role,
      })),
      UserRevokeRole: change(({ name, role }: pb.AuthUserRevokeRoleRequest) => ({
        type: "user-revoke-role",
        name,
        role,
      })),
      RoleAdd: change(({ name }: pb.AuthRoleAddRequest) => ({ type: "role-add", role: name })),
      RoleGet: unary((message: pb.AuthRoleGetRequest, call) => this.#roleGet(message, call)),
      RoleList: unary((_message: pb.AuthRoleListRequest, call) => this.#roleList(call)),
      RoleDelete: change(({ role }: pb.AuthRoleDeleteRequest) => ({ type: "role-delete", role })),
      RoleGrantPermission: change(grantPermission),
      RoleRevokePermission: change(({ role, key, range_end }: pb.AuthRoleRevokePermissionRequest) => ({
        type: "role-revoke-permission",
        role,
        key,
        ...(range_end.length > 0 ? { rangeEnd: range_end } : {}),
      })),
    };
  }

  get #auth(): AuthStore {
    return this.#backend.store().auth;
  }

  async #change(request: AuthRequest, call: RpcCall) {
    await this.#access.propose({ op: "auth", request }, call);
    return { header: this.#header() };
  }

  async #enable(call: RpcCall) {
    await this.#ensureSecret(call);
    return this.#change({ type: "enable" }, call);
  }

  /** One secret for all members; whose proposal comes last stands, and only tokens of the moment suffer. */
  async #ensureSecret(call: RpcCall): Promise<void> {
    if (this.#backend.store().meta.has(TOKEN_SECRET)) return;
    const command = { op: "meta-put", key: TOKEN_SECRET, value: randomBytes(SECRET_BYTES) } as const;
    await this.#backend.propose(command, timeoutOf(call));
  }

  async #status(call: RpcCall): Promise<Partially<pb.AuthStatusResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    this.#access.checkAdmin(call);
    return { header: this.#header(), enabled: this.#auth.enabled, authRevision: this.#auth.revision };
  }

  async #authenticate(
    message: pb.AuthenticateRequest,
    call: RpcCall,
  ): Promise<Partially<pb.AuthenticateResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    if (!this.#auth.enabled) throw rpcError("AUTH_NOT_ENABLED");
    const user = this.#auth.findUser(message.name);
    if (!user) throw rpcError("AUTH_FAILED");
    if (user.noPassword) throw rpcError("NO_PASSWORD_USER");
    if (!(await isPassword(message.password, user.passwordHash))) throw rpcError("AUTH_FAILED");
    await this.#ensureSecret(call);
    const isSame = this.#auth.findUser(message.name)?.passwordHash === user.passwordHash;
    const token = isSame ? this.#tokens.assign(message.name, this.#auth) : undefined;
    if (token === undefined) throw rpcError("AUTH_FAILED");
    return { header: this.#header(), token };
  }

  async #userGet(message: pb.AuthUserGetRequest, call: RpcCall): Promise<Partially<pb.AuthUserGetResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    // Users may look at themselves.
    if (this.#access.callerOf(call)?.user !== message.name) this.#access.checkAdmin(call);
    const user = this.#auth.findUser(message.name);
    if (!user) throw rpcError("USER_NOT_FOUND");
    return { header: this.#header(), roles: user.roles };
  }

  async #userList(call: RpcCall): Promise<Partially<pb.AuthUserListResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    this.#access.checkAdmin(call);
    return { header: this.#header(), users: this.#auth.users() };
  }

  async #roleGet(message: pb.AuthRoleGetRequest, call: RpcCall): Promise<Partially<pb.AuthRoleGetResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    const caller = this.#access.callerOf(call);
    const own = caller && this.#auth.findUser(caller.user)?.roles.includes(message.role);
    if (!own) this.#access.checkAdmin(call);
    const role = this.#auth.findRole(message.role);
    if (!role) throw rpcError("ROLE_NOT_FOUND");
    return { header: this.#header(), perm: role.permissions.map(permissionMessage) };
  }

  async #roleList(call: RpcCall): Promise<Partially<pb.AuthRoleListResponse>> {
    await this.#backend.kv.barrier(timeoutOf(call));
    this.#access.checkAdmin(call);
    return { header: this.#header(), roles: this.#auth.roles() };
  }

  #header(): Partially<pb.ResponseHeader> {
    return headerMessage(this.#backend.store().header());
  }
}

async function userAdd(message: pb.AuthUserAddRequest, bcryptCost?: number): Promise<AuthRequest> {
  const noPassword = message.options?.no_password === true;
  const { name, password } = message;
  // Compat: the hash that the message has room for is what etcd's members tell each other, not for clients.
  const passwordHash = noPassword ? "" : await hashPassword(password, bcryptCost);
  return { type: "user-add", name, noPassword, passwordHash };
}

async function changePassword(
  { name, password, hashedPassword }: pb.AuthUserChangePasswordRequest,
  bcryptCost?: number,
): Promise<AuthRequest> {
  // Compat: of a changed password etcd takes a hash as well, in base64, where there is no text.
  const isHash = password === "" && hashedPassword !== "";
  const passwordHash = isHash
    ? Buffer.from(hashedPassword, "base64").toString()
    : await hashPassword(password, bcryptCost);
  return { type: "user-change-password", name, passwordHash };
}

function grantPermission(message: pb.AuthRoleGrantPermissionRequest): AuthRequest {
  const type = message.perm && PERMISSION_TYPES[message.perm.permType];
  if (!message.perm || !type) throw rpcError("PERMISSION_NOT_GIVEN");
  const { key, range_end } = message.perm;
  const permission = { type, key, ...(range_end.length > 0 ? { rangeEnd: range_end } : {}) };
  return { type: "role-grant-permission", role: message.name, permission };
}

function permissionMessage(permission: Permission): Partially<pb.Permission> {
  return {
    permType: PERMISSION_TYPES.indexOf(permission.type),
    key: permission.key,
    ...(permission.rangeEnd ? { range_end: permission.rangeEnd } : {}),
  };
}
