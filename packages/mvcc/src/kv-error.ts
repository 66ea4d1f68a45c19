/** The errors of the Kv port, with etcd's meaning; one function, so that every provider says the same. */
import { CodedError } from "@quorate/base";
import type { KvErrorCode } from "./kv.ts";

const MESSAGES: Readonly<Record<KvErrorCode, string>> = {
  COMPACTED: "mvcc: required revision has been compacted",
  FUTURE_REVISION: "mvcc: required revision is a future revision",
  EMPTY_KEY: "key is not provided",
  DUPLICATE_KEY: "duplicate key given in txn request",
  TOO_MANY_OPS: "too many operations in txn request",
  REQUEST_TOO_LARGE: "request is too large",
  VALUE_PROVIDED: "value is provided although ignoreValue is set",
  LEASE_PROVIDED: "lease is provided although ignoreLease is set",
  KEY_NOT_FOUND: "key not found",
  INVALID_SORT_OPTION: "invalid sort option",
  LEASE_NOT_FOUND: "requested lease not found",
  LEASE_EXISTS: "lease already exists",
  LEASE_TTL_TOO_LARGE: "too large lease TTL",
  NO_SPACE: "mvcc: database space exceeded",
  CORRUPT: "corrupt cluster",
  NO_LEADER: "no leader: the majority of members is not reachable",
  TIMEOUT: "request timed out",
  LEADER_CHANGED: "leader changed",
  TOO_MANY_REQUESTS: "too many requests",
  UNAVAILABLE: "the store is not reachable",
  STOPPED: "the member is stopped",
  SLOW_WATCHER: "the watcher was too slow and lost its place",
};

/** An error of the Kv port with etcd's message, or a clearer one. */
export function kvError(
  code: KvErrorCode,
  options: { message?: string; details?: Record<string, unknown> } = {},
) {
  return new CodedError<KvErrorCode>(code, options.message ?? MESSAGES[code], { details: options.details });
}

/** Whether `code` is one of the Kv port's. */
export function isKvErrorCode(code: string): code is KvErrorCode {
  return code in MESSAGES;
}
