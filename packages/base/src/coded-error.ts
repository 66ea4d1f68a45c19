/**
 * Errors with a stable code. A code is part of the contract of the function that throws it: callers branch on it,
 * surfaces map it to a gRPC status or a Kubernetes Status reason by one table each. Messages are for people and
 * name the thing and the fix.
 */

/** An error whose `code` is stable over releases; `details` holds what a surface may want to show. */
export class CodedError<Code extends string = string> extends Error {
  override readonly name: string = "CodedError";
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `error` is a CodedError with one of `codes` (any code where none is given). */
export function hasCode<Code extends string>(error: unknown, ...codes: Code[]): error is CodedError<Code> {
  return error instanceof CodedError && (codes.length === 0 || codes.includes(error.code as Code));
}

/** The message of anything that was thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
