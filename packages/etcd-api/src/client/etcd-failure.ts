/** What went wrong with a call to an etcd, and whether it may be made again elsewhere. */
import { CodedError } from "@quorate/base";
import { codeOfRpcError, GRPC } from "../rpc-error.ts";

/**
 * - `answered`: the server has decided; asking again gives the same.
 * - `refused`: nothing was done, another endpoint may do better.
 * - `unknown`: it may or may not have been done; only what may be done twice is asked again.
 */
export type Outcome = "answered" | "refused" | "unknown";

/** An error of the Kv port (or one of etcd's own codes, such as PERMISSION_DENIED) with its outcome. */
export class EtcdFailure extends CodedError {
  readonly outcome: Outcome;
  /** Whether the endpoint itself is not to be relied upon for now. */
  readonly isEndpointBad: boolean;

  constructor(code: string, message: string, outcome: Outcome, isEndpointBad: boolean, cause?: unknown) {
    super(code, message, cause === undefined ? {} : { cause });
    this.outcome = outcome;
    this.isEndpointBad = isEndpointBad;
  }
}

/** As grpc-js and Go's servers say it where a message was refused for its size. */
const TOO_LARGE = /larger than max|message length .* exceeds/i;
/** As grpc-js says it where a call never left, and why. */
const NEVER_SENT =
  /^(?:No connection established\. Last error: (?:Error: )?|(?=Name resolution failed))(.*?)\.?\s*$/s;

/** The failure behind what gRPC rejected a call to `endpoint` with. */
export function failureOf(endpoint: string, code: number, text: string): EtcdFailure {
  const fail = (own: string, outcome: Outcome, isBad: boolean, message = `${text} (${endpoint})`) =>
    new EtcdFailure(own, message, outcome, isBad);
  if (!text.startsWith("etcdserver: ")) {
    return transportFailure(endpoint, code, text.replace(/ Resolution note: .*$/s, ""));
  }
  const own = codeOfRpcError(code, text);
  switch (own) {
    case "NO_LEADER":
    case "NOT_SUPPORTED_FOR_LEARNER":
      return fail(own === "NO_LEADER" ? own : "UNAVAILABLE", "refused", true);
    case "LEADER_CHANGED":
      return fail(own, "unknown", false);
    case "TIMEOUT":
      return fail(own, "unknown", true);
    case "STOPPED":
    case "UNAVAILABLE":
      // Its member stopped, ours did not.
      return fail(code === GRPC.UNAVAILABLE ? "UNAVAILABLE" : "UNKNOWN", "unknown", true);
    default:
      return fail(own, "answered", false, text);
  }
}

function transportFailure(endpoint: string, code: number, text: string): EtcdFailure {
  const fail = (own: string, message: string, outcome: Outcome, isBad: boolean) =>
    new EtcdFailure(own, `${message} (${endpoint})`, outcome, isBad);
  switch (code) {
    case GRPC.DEADLINE_EXCEEDED:
      return fail("TIMEOUT", "the store did not answer in time", "unknown", true);
    case GRPC.RESOURCE_EXHAUSTED:
      if (TOO_LARGE.test(text)) return fail("REQUEST_TOO_LARGE", text, "answered", false);
      return fail("TOO_MANY_REQUESTS", text, "answered", false);
    case GRPC.UNIMPLEMENTED:
      return fail("UNAVAILABLE", `it is not an etcd v3: ${text}`, "refused", true);
    case GRPC.PERMISSION_DENIED:
    case GRPC.UNAUTHENTICATED:
      return fail("PERMISSION_DENIED", text, "answered", false);
    default: {
      const [, why] = NEVER_SENT.exec(text) ?? [];
      if (why !== undefined) return fail("UNAVAILABLE", `can't connect: ${why}`, "refused", true);
      return fail("UNAVAILABLE", `the connection to the store broke: ${text}`, "unknown", true);
    }
  }
}
