/** What the state machine of a member is opened with. */
import type { StoreOptions } from "@quorate/mvcc";
import type { ReplicaOptions } from "./replica-options.ts";

/** The part of a replica's options that is the store's. */
export function storeOptionsOf(options: ReplicaOptions): StoreOptions {
  const { clusterId, id, quotaBytes } = options;
  return { clusterId, memberId: id, ...(quotaBytes === undefined ? undefined : { quotaBytes }) };
}
