/**
 * etcd's gRPC errors: clients compare their texts, so both code and text are a contract. One table maps our
 * stable codes to them.
 */
import { CodedError } from "@quorate/base";

/** The codes of gRPC. */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Their names, by their numbers. */
export const GRPC_NAMES = [
  ...["OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists"],
  ...["PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange"],
  ...["Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated"],
] as const;

/** What a client is told. */
export class RpcError extends Error {
  override readonly name: string = "RpcError";
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

type Entry = readonly [code: number, text: string];

/** By our codes; texts without their "etcdserver: ". */
const ERRORS: Readonly<Record<string, Entry>> = {
  EMPTY_KEY: [GRPC.INVALID_ARGUMENT, "key is not provided"],
  KEY_NOT_FOUND: [GRPC.INVALID_ARGUMENT, "key not found"],
  VALUE_PROVIDED: [GRPC.INVALID_ARGUMENT, "value is provided"],
  LEASE_PROVIDED: [GRPC.INVALID_ARGUMENT, "lease is provided"],
  TOO_MANY_OPS: [GRPC.INVALID_ARGUMENT, "too many operations in txn request"],
  DUPLICATE_KEY: [GRPC.INVALID_ARGUMENT, "duplicate key given in txn request"],
  INVALID_SORT_OPTION: [GRPC.INVALID_ARGUMENT, "invalid sort option"],
  COMPACTED: [GRPC.OUT_OF_RANGE, "mvcc: required revision has been compacted"],
  FUTURE_REVISION: [GRPC.OUT_OF_RANGE, "mvcc: required revision is a future revision"],
  NO_SPACE: [GRPC.RESOURCE_EXHAUSTED, "mvcc: database space exceeded"],
  LEASE_NOT_FOUND: [GRPC.NOT_FOUND, "requested lease not found"],
  LEASE_EXISTS: [GRPC.FAILED_PRECONDITION, "lease already exists"],
  LEASE_TTL_TOO_LARGE: [GRPC.OUT_OF_RANGE, "too large lease TTL"],
  MEMBER_EXISTS: [GRPC.FAILED_PRECONDITION, "member ID already exist"],
  PEER_URL_EXISTS: [GRPC.FAILED_PRECONDITION, "Peer URLs already exists"],
  NOT_ENOUGH_STARTED: [GRPC.FAILED_PRECONDITION, "re-configuration failed due to not enough started members"],
  LAST_VOTER: [GRPC.FAILED_PRECONDITION, "re-configuration failed due to not enough started members"],
  BAD_MEMBER_URLS: [GRPC.INVALID_ARGUMENT, "given member URLs are invalid"],
  MEMBER_NOT_FOUND: [GRPC.NOT_FOUND, "member not found"],
  MEMBER_REMOVED: [GRPC.NOT_FOUND, "member not found"],
  NOT_A_LEARNER: [GRPC.FAILED_PRECONDITION, "can only promote a learner member"],
  LEARNER_NOT_READY: [
    GRPC.FAILED_PRECONDITION,
    "can only promote a learner member which is in sync with leader",
  ],
  TOO_MANY_LEARNERS: [GRPC.FAILED_PRECONDITION, "too many learner members in cluster"],
  REQUEST_TOO_LARGE: [GRPC.INVALID_ARGUMENT, "request is too large"],
  TOO_MANY_REQUESTS: [GRPC.RESOURCE_EXHAUSTED, "too many requests"],
  ROOT_USER_NOT_EXIST: [GRPC.FAILED_PRECONDITION, "root user does not exist"],
  ROOT_ROLE_NOT_EXIST: [GRPC.FAILED_PRECONDITION, "root user does not have root role"],
  USER_EXISTS: [GRPC.FAILED_PRECONDITION, "user name already exists"],
  USER_EMPTY: [GRPC.INVALID_ARGUMENT, "user name is empty"],
  USER_NOT_FOUND: [GRPC.FAILED_PRECONDITION, "user name not found"],
  ROLE_EXISTS: [GRPC.FAILED_PRECONDITION, "role name already exists"],
  ROLE_NOT_FOUND: [GRPC.FAILED_PRECONDITION, "role name not found"],
  ROLE_EMPTY: [GRPC.INVALID_ARGUMENT, "role name is empty"],
  AUTH_FAILED: [GRPC.INVALID_ARGUMENT, "authentication failed, invalid user ID or password"],
  PERMISSION_NOT_GIVEN: [GRPC.INVALID_ARGUMENT, "permission not given"],
  PERMISSION_DENIED: [GRPC.PERMISSION_DENIED, "permission denied"],
  ROLE_NOT_GRANTED: [GRPC.FAILED_PRECONDITION, "role is not granted to the user"],
  PERMISSION_NOT_GRANTED: [GRPC.FAILED_PRECONDITION, "permission is not granted to the role"],
  AUTH_NOT_ENABLED: [GRPC.FAILED_PRECONDITION, "authentication is not enabled"],
  INVALID_AUTH_TOKEN: [GRPC.UNAUTHENTICATED, "invalid auth token"],
  INVALID_AUTH_MANAGEMENT: [GRPC.INVALID_ARGUMENT, "invalid auth management"],
  AUTH_OLD_REVISION: [GRPC.INVALID_ARGUMENT, "revision of auth store is old"],
  NO_LEADER: [GRPC.UNAVAILABLE, "no leader"],
  NOT_LEADER: [GRPC.FAILED_PRECONDITION, "not leader"],
  LEADER_CHANGED: [GRPC.UNAVAILABLE, "leader changed"],
  STOPPED: [GRPC.UNAVAILABLE, "server stopped"],
  UNAVAILABLE: [GRPC.UNAVAILABLE, "server stopped"],
  TIMEOUT: [GRPC.UNAVAILABLE, "request timed out"],
  CONF_CHANGE_PENDING: [GRPC.UNAVAILABLE, "unhealthy cluster"],
  UNHEALTHY: [GRPC.UNAVAILABLE, "unhealthy cluster"],
  CORRUPT: [GRPC.DATA_LOSS, "corrupt cluster"],
  NOT_SUPPORTED_FOR_LEARNER: [GRPC.FAILED_PRECONDITION, "rpc not supported for learner"],
  BAD_LEADER_TRANSFEREE: [GRPC.FAILED_PRECONDITION, "bad leader transferee"],
  WRONG_DOWNGRADE_VERSION: [GRPC.INVALID_ARGUMENT, "wrong downgrade target version format"],
  INVALID_DOWNGRADE_TARGET: [GRPC.INVALID_ARGUMENT, "invalid downgrade target version"],
  NO_DOWNGRADE: [GRPC.FAILED_PRECONDITION, "no inflight downgrade job"],
  CANCELLED: [GRPC.CANCELLED, "request canceled"],
  DEADLINE_EXCEEDED: [GRPC.DEADLINE_EXCEEDED, "context deadline exceeded"],
  INVALID_CLIENT_API_VERSION: [GRPC.INVALID_ARGUMENT, "invalid client api version"],
};

/** The code and text of one of our codes; undefined for one that clients must not see. */
export function findRpcError(code: string): RpcError | undefined {
  // Compat: this one has never had a text of its own.
  if (code === "NO_PASSWORD_USER") {
    return new RpcError(GRPC.UNKNOWN, "auth: authentication failed, password was given for no password user");
  }
  const entry = ERRORS[code];
  return entry && new RpcError(entry[0], `etcdserver: ${entry[1]}`);
}

/** An RpcError by our code. */
export function rpcError(code: keyof typeof ERRORS & string): RpcError {
  return findRpcError(code) ?? new RpcError(GRPC.UNKNOWN, `etcdserver: ${code}`);
}

/** What a client is told of anything that was thrown. */
export function rpcErrorOf(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof CodedError) {
    const known = findRpcError(error.code);
    if (known) return known;
    // Compat: an error of Go's library, as it is.
    if (error.code === "PASSWORD_TOO_LONG") return new RpcError(GRPC.UNKNOWN, error.message);
    return new RpcError(GRPC.UNKNOWN, `etcdserver: ${error.message}`);
  }
  const name = (error as { name?: string } | undefined)?.name;
  if (name === "AbortError") return rpcError("CANCELLED");
  return new RpcError(GRPC.INTERNAL, error instanceof Error ? error.message : String(error));
}

/** Our code of what an etcd server said, for clients of one. */
export function codeOfRpcError(code: number, details: string): string {
  const text = details.replace(/^etcdserver: /, "");
  for (const [name, entry] of Object.entries(ERRORS)) if (entry[1] === text) return name;
  if (code === GRPC.CANCELLED) return "CANCELLED";
  if (code === GRPC.DEADLINE_EXCEEDED || /request timed out/.test(text)) return "TIMEOUT";
  return "UNAVAILABLE";
}
