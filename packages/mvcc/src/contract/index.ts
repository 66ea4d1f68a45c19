export * from "./contract-test.ts";
export { kvContract } from "./kv-contract.ts";
export type { KvContractOptions, KvHarness } from "./kv-harness.ts";
export { type OrderedStoreContractOptions, orderedStoreContract } from "./ordered-store-contract.ts";
