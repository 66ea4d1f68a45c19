export * from "./contract-test.ts";
export { type KvContractOptions, type KvHarness, kvContract } from "./kv-contract.ts";
export { type OrderedStoreContractOptions, orderedStoreContract } from "./ordered-store-contract.ts";
