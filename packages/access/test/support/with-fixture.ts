/** A fixture of its own for each test. */
import type { ExecutionContext, TestFn } from "ava";
import anyTest from "ava";
import { type AdmissionFixture, type FixtureOptions, openFixture } from "./admission-fixture.ts";

export const test: TestFn = anyTest;

/** Runs `body` with a fresh fixture and closes it. */
export function withFixture(
  body: (t: ExecutionContext, fixture: AdmissionFixture) => Promise<void>,
  options: FixtureOptions = {},
): (t: ExecutionContext) => Promise<void> {
  return async (t) => {
    const fixture = await openFixture(options);
    try {
      await body(t, fixture);
    } finally {
      await fixture.close();
    }
  };
}

/** The message and code of the StatusError that `run` throws. */
export async function refusalOf(
  t: ExecutionContext,
  run: () => Promise<unknown>,
): Promise<{ code: number; message: string; causes: unknown }> {
  const error = await t.throwsAsync(run);
  const { status } = error as unknown as {
    status: { code: number; message: string; details?: { causes?: unknown } };
  };
  return { code: status.code, message: status.message, causes: status.details?.causes };
}
