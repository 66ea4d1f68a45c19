/**
 * What a failure of the store is to a client: one table from Kv's codes to Statuses. Whether a write may have
 * happened is said in the message and by the code: 503 with a Retry-After means that nothing was written.
 */
import { hasCode, messageOf } from "@quorate/base";
import {
  entityTooLarge,
  expired,
  internalError,
  StatusError,
  serviceUnavailable,
  timeout,
  tooManyRequests,
} from "@quorate/object";

const RETRY_AFTER_SECONDS = 1;

/**
 * The StatusError of anything that a Kv call has thrown; StatusErrors and foreign errors pass through
 * unchanged.
 */
export function statusOfKvError(error: unknown): unknown {
  if (error instanceof StatusError || !hasCode(error)) return error;
  switch (error.code) {
    case "NO_LEADER":
      return unavailable("the store has no leader: a majority of its members is not reachable");
    case "UNAVAILABLE":
      return serviceUnavailable(`the store is not reachable: ${messageOf(error)}`);
    case "STOPPED":
      return serviceUnavailable("the server is shutting down");
    case "TIMEOUT":
      return timeout("the store did not answer in time; whether the change was made is not known");
    case "LEADER_CHANGED":
      return timeout("the store's leader changed meanwhile; whether the change was made is not known");
    case "TOO_MANY_REQUESTS":
      return tooManyRequests(
        "the store has too many requests to work on, please try again",
        RETRY_AFTER_SECONDS,
      );
    case "REQUEST_TOO_LARGE":
      return entityTooLarge("the object is larger than the store takes (1.5 MiB)");
    case "NO_SPACE":
      return insufficientStorage();
    case "COMPACTED":
      return expired("The resourceVersion for the provided list is too old.");
    case "CORRUPT":
      return internalError(`the store is corrupt: ${messageOf(error)}`, { cause: error });
    default:
      return internalError(messageOf(error), { cause: error });
  }
}

function unavailable(message: string): StatusError {
  const error = serviceUnavailable(message);
  error.status.details = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  return error;
}

/** Deviation: the reference answers 500 without a reason; 507 says what is wrong. */
function insufficientStorage(): StatusError {
  const { status } = internalError(
    "the store's space quota is used up: only deletions and changes that do not grow are taken; " +
      "delete objects or raise --quota-backend-bytes",
  );
  return new StatusError({ ...status, code: 507 });
}
