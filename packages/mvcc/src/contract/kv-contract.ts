/**
 * What every provider of Kv does, whatever lies between: run by the local twin here, by the replica, over the
 * worker's port and over gRPC where those live. One file a subject beside this one.
 */
import type { KvContractOptions } from "./kv-harness.ts";
import { kvLeaseContract } from "./kv-lease-contract.ts";
import { kvRangeContract } from "./kv-range-contract.ts";
import { kvTxnContract } from "./kv-txn-contract.ts";
import { kvWatchContract } from "./kv-watch-contract.ts";

/** Declares the suite's tests. */
export function kvContract(options: KvContractOptions): void {
  kvRangeContract(options);
  kvTxnContract(options);
  kvWatchContract(options);
  kvLeaseContract(options);
}
