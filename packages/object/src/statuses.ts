/**
 * Every failure that the API answers with, in the reference's words: one constructor a reason. Each returns a
 * `StatusError` to throw; `success` and `deleted` make the Status bodies that are no failure.
 */
import { bodyOf, causeOf, type FieldError, textOf } from "./field-error.ts";
import { goQuote } from "./go-quote.ts";
import {
  type Status,
  type StatusCause,
  type StatusDetails,
  StatusError,
  type StatusReason,
} from "./status.ts";

/** A resource (plural) or a kind together with its group: what messages and details name. */
export interface ResourceRef {
  readonly group: string;
  readonly resource: string;
}

export interface KindRef {
  readonly group: string;
  readonly kind: string;
}

function refText(name: string, group: string): string {
  return group === "" ? name : `${name}.${group}`;
}

function fail(code: number, reason: StatusReason, message: string, details?: StatusDetails): StatusError {
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === "" ? {} : { reason }),
    ...(details ? { details } : {}),
    code,
  };
  return new StatusError(status);
}

/** Details in the order in which the reference writes them, empty parts left out. */
function detailsOf(
  ref: ResourceRef,
  name = "",
  more: { uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number } = {},
): StatusDetails {
  const details: StatusDetails = {};
  if (name !== "") details.name = name;
  if (ref.group !== "") details.group = ref.group;
  if (ref.resource !== "") details.kind = ref.resource;
  if (more.uid) details.uid = more.uid;
  if (more.causes && more.causes.length > 0) details.causes = more.causes;
  if (more.retryAfterSeconds) details.retryAfterSeconds = more.retryAfterSeconds;
  return details;
}

/** 404: the named object does not exist. */
export function notFound(resource: ResourceRef, name: string): StatusError {
  const text = refText(resource.resource, resource.group);
  return fail(404, "NotFound", `${text} ${goQuote(name)} not found`, detailsOf(resource, name));
}

/** 404 for a path that is served by nobody, in the form of the reference's fallback inside API groups. */
export function resourceNotFound(message = "the server could not find the requested resource"): StatusError {
  return fail(404, "NotFound", message, {});
}

/** 409: an object of that name exists. */
export function alreadyExists(resource: ResourceRef, name: string): StatusError {
  const text = refText(resource.resource, resource.group);
  return fail(409, "AlreadyExists", `${text} ${goQuote(name)} already exists`, detailsOf(resource, name));
}

/** 409 after the last try of generateName. */
export function generateNameConflict(
  resource: ResourceRef,
  name: string,
  retryAfterSeconds = 1,
): StatusError {
  const text = refText(resource.resource, resource.group);
  const message =
    `${text} ${goQuote(name)} already exists, ` +
    "the server was not able to generate a unique name for the object";
  return fail(409, "AlreadyExists", message, detailsOf(resource, name, { retryAfterSeconds }));
}

/** The text of a Conflict after a stale resourceVersion. */
export const MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 409: `why` follows `Operation cannot be fulfilled on pods "x": `. */
export function conflict(resource: ResourceRef, name: string, why: string = MODIFIED): StatusError {
  const text = refText(resource.resource, resource.group);
  const message = `Operation cannot be fulfilled on ${text} ${goQuote(name)}: ${why}`;
  return fail(409, "Conflict", message, detailsOf(resource, name));
}

/** 409 of server-side apply: one cause for each field that another manager owns. */
export function applyConflict(causes: StatusCause[], message: string): StatusError {
  return fail(409, "Conflict", message, { causes });
}

/** 422: one cause for each finding. Equal messages are said once, as the reference does. */
export function invalidObject(kind: KindRef, name: string, errors: readonly FieldError[]): StatusError {
  const causes = errors.map((error) => ({
    reason: causeOf(error),
    message: bodyOf(error),
    field: error.field,
  }));
  const texts = [...new Set(errors.map(textOf))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const head = `${refText(kind.kind, kind.group)} ${goQuote(name)} is invalid`;
  const message = texts.length === 0 ? head : `${head}: ${list}`;
  return fail(
    422,
    "Invalid",
    message,
    detailsOf({ group: kind.group, resource: kind.kind }, name, { causes }),
  );
}

export function badRequest(message: string): StatusError {
  return fail(400, "BadRequest", message);
}

/** 401; an empty message is the reference's plain "Unauthorized". */
export function unauthorized(message = "Unauthorized"): StatusError {
  return fail(401, "Unauthorized", message);
}

/** 403: `why` follows `pods "x" is forbidden: `. An empty resource is a non-resource path. */
export function forbiddenAccess(resource: ResourceRef, name: string, why: string): StatusError {
  const text = refText(resource.resource, resource.group);
  let message = `${text} ${goQuote(name)} is forbidden: ${why}`;
  if (resource.resource === "" && resource.group === "") message = `forbidden: ${why}`;
  else if (name === "") message = `${text} is forbidden: ${why}`;
  return fail(403, "Forbidden", message, detailsOf(resource, name));
}

/** 405 of a path that exists with another method. */
export function methodNotAllowed(): StatusError {
  return fail(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

/** 405 of an action that a kind does not have: `delete is not supported on resources of kind "x"`. */
export function methodNotSupported(resource: ResourceRef, action: string): StatusError {
  const text = refText(resource.resource, resource.group);
  const message = `${action} is not supported on resources of kind ${goQuote(text)}`;
  return fail(405, "MethodNotAllowed", message, detailsOf(resource));
}

/** 406 of the negotiation inside a handler. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  return fail(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

/** 406 of the route itself: the Accept header matches no representation. */
export function noRepresentation(available: readonly string[]): StatusError {
  return fail(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`,
    {},
  );
}

/** 415 of a body in an unknown format. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const types = accepted.join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  return fail(415, "UnsupportedMediaType", message);
}

/** 415 of a route that takes only certain patch types. */
export function unsupportedPatchType(): StatusError {
  return fail(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

/** 413 of a body above `limitBytes`. */
export function tooLarge(limitBytes: number): StatusError {
  return fail(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
}

/**
 * 413 with a text of its own (a patch with too many operations, an object that outgrows the store's limit).
 */
export function entityTooLarge(message: string): StatusError {
  return fail(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}

export function gone(message: string): StatusError {
  return fail(410, "Gone", message);
}

/** 410: the point in time is no longer in the history. */
export function expired(message: string): StatusError {
  return fail(410, "Expired", message);
}

/** 410 of a continue token; the Status carries a token that goes on at the newest revision. */
export function expiredContinue(message: string, inconsistentContinue: string): StatusError {
  const error = fail(410, "Expired", message);
  if (inconsistentContinue !== "") error.status.metadata.continue = inconsistentContinue;
  return error;
}

/** The text of an expired continue token which can go on inconsistently. */
export const CONTINUE_EXPIRED =
  "The provided continue parameter is too old to display a consistent list result. " +
  "You can start a new list without the continue parameter, or use the continue token in this response " +
  "to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent " +
  "list - objects that were created, modified, or deleted between the time the first chunk was returned and " +
  "now may show up in the list.";

/** 504; the message gets the prefix `Timeout: `. */
export function timeout(message: string, retryAfterSeconds = 0, causes: StatusCause[] = []): StatusError {
  const details = detailsOf({ group: "", resource: "" }, "", { causes, retryAfterSeconds });
  return fail(504, "Timeout", `Timeout: ${message}`, details);
}

/** 504 of a resourceVersion that the server has not reached in time. */
export function tooLargeResourceVersion(asked: number | bigint | string, current: number): StatusError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  return timeout(message, 1, [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }]);
}

/** 500 of an operation that may be tried again. */
export function serverTimeout(resource: ResourceRef, operation: string, retryAfterSeconds = 0): StatusError {
  const text = refText(resource.resource, resource.group);
  const message = `The ${operation} operation against ${text} could not be completed at this time, please try again.`;
  return fail(500, "ServerTimeout", message, detailsOf(resource, operation, { retryAfterSeconds }));
}

/** 429 with a Retry-After. */
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return fail(429, "TooManyRequests", message, retryAfterSeconds > 0 ? { retryAfterSeconds } : {});
}

export function internalError(message: string, options: { cause?: unknown } = {}): StatusError {
  const { status } = fail(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
  return new StatusError(status, options);
}

export function serviceUnavailable(message: string): StatusError {
  return fail(503, "ServiceUnavailable", message);
}

/**
 * A failure with any code and an empty reason: errors that the reference passes through unclassified (500).
 */
export function unclassified(message: string, code = 500): StatusError {
  return fail(code, "", message);
}

/**
 * 422 of a patch that parses but can't be applied.
 * Deviation: the reference says no more than the message; the cause names what failed.
 */
export function unprocessable(why: string): StatusError {
  return fail(422, "Invalid", "the server rejected our request due to an error in our request", {
    causes: [{ reason: "FieldValueInvalid", message: why, field: "patch" }],
  });
}

/** The body of a deletion whose answer is no object; like the reference's it carries no code. */
export function success(resource: ResourceRef, name: string, uid: string): Omit<Status, "code"> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: detailsOf(resource, name, { uid }),
  };
}
