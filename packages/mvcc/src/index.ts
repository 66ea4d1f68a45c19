export * from "./auth-request.ts";
export { type AuthRole, AuthStore, type AuthUser } from "./auth-store.ts";
export * from "./byte-text.ts";
export * from "./check-request.ts";
export * from "./command.ts";
export { CommandPermission } from "./command-permission.ts";
export * from "./kv.ts";
export * from "./kv-error.ts";
export * from "./lease-book.ts";
export * from "./lease-expiry.ts";
export * from "./local-kv.ts";
export type * from "./membership.ts";
export * from "./memory-ordered-store.ts";
export * from "./ordered-store.ts";
export { decodeRecord } from "./record.ts";
export type { KvHash } from "./state-hash.ts";
export * from "./state-record.ts";
export { RESTORE_REVISION_BUMP, StateRestore } from "./state-restore.ts";
export {
  type ApplyContext,
  type ApplyResult,
  Store,
  type StoreBatch,
  type StoreOptions,
} from "./store.ts";
export { WatchHub } from "./watch-hub.ts";
