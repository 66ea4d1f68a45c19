/** Which refusals are worth a second look at a newer state of the object. */
import { StatusError } from "@quorate/object";

/**
 * Whether a state was found wanting: a failure of the store is no judgement, its write may have been done.
 */
export function isJudgement(error: unknown): error is StatusError {
  return error instanceof StatusError && error.status.code < 500;
}
