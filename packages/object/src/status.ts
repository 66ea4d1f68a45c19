/**
 * meta/v1 Status: the answer to everything that went wrong, with the reference's reasons, codes and message
 * forms. `StatusError` is what the API packages throw; the front door writes its `status` as the body.
 */
import { CodedError } from "@quorate/base";

export type StatusReason =
  | ""
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Expired"
  | "Invalid"
  | "ServerTimeout"
  | "StoreReadError"
  | "Timeout"
  | "TooManyRequests"
  | "BadRequest"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "ServiceUnavailable";

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string; resourceVersion?: string; remainingItemCount?: number };
  status: "Success" | "Failure";
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code: number;
}

/** A failure with the Status that the client gets. */
export class StatusError extends CodedError<StatusReason> {
  override readonly name = "StatusError";
  readonly status: Status;

  constructor(status: Status, options: { cause?: unknown } = {}) {
    super(status.reason ?? "", status.message ?? "", options);
    this.status = status;
  }
}
