/** What the suites of Kv get their key spaces from. */
import type { Kv } from "../kv.ts";
import type { ContractTest } from "./contract-test.ts";

/** One empty key space, and how to be done with it. */
export interface KvHarness {
  readonly kv: Kv;
  /**
   * Moves the provider's clock on; absent where it runs on real time, and the tests of expiry are left out.
   */
  readonly advance?: (ms: number) => Promise<void>;
  close(): Promise<void>;
}

/** How the suite gets its key spaces. */
export interface KvContractOptions {
  readonly test: ContractTest;
  readonly factory: () => Promise<KvHarness>;
  /** Whether the harness can move the clock. */
  readonly hasClock?: boolean;
}

/** Runs a body on a key space of its own. */
export async function withKv(
  { factory }: KvContractOptions,
  body: (kv: Kv, harness: KvHarness) => Promise<void>,
): Promise<void> {
  const harness = await factory();
  try {
    await body(harness.kv, harness);
  } finally {
    await harness.close();
  }
}
