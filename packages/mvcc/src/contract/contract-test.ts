/** What a contract suite needs of a test runner; ava's `test` fits. */

/** The assertions that suites use. */
export interface ContractAssertions {
  is(actual: unknown, expected: unknown, message?: string): unknown;
  deepEqual(actual: unknown, expected: unknown, message?: string): unknown;
  true(actual: unknown, message?: string): unknown;
  false(actual: unknown, message?: string): unknown;
  fail(message?: string): unknown;
}

/** Declares one test. */
export type ContractTest = (title: string, body: (t: ContractAssertions) => Promise<void>) => void;

/** The code that a promise is rejected with; fails the test where it is not. */
export async function codeOf(t: ContractAssertions, promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code;
  }
  t.fail("expected a refusal");
  return undefined;
}

/** Text as bytes. */
export function b(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Bytes as text. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
