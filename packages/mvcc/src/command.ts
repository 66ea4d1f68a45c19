/**
 * What the log carries: a plain-data union that every member applies in the same order with the same outcome.
 * Times never decide: an expired lease is a `lease-revoke` that the leader proposed.
 */
import type { AuthRequest, Caller } from "./auth-request.ts";
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  LeaseId,
  PutRequest,
  PutResponse,
  ResponseHeader,
  Revision,
  TxnRequest,
  TxnResponse,
} from "./kv.ts";

/** A command as such; `as-user` is not nested. */
export type PlainCommand = Exclude<Command, { readonly op: "as-user" }>;

/** What an entry of the log asks of the state machine. */
export type Command =
  | { readonly op: "noop" }
  | { readonly op: "put"; readonly request: PutRequest }
  | { readonly op: "delete-range"; readonly request: DeleteRangeRequest }
  | { readonly op: "txn"; readonly request: TxnRequest }
  | { readonly op: "compact"; readonly revision: Revision }
  | { readonly op: "lease-grant"; readonly id: LeaseId; readonly ttlSeconds: number }
  | { readonly op: "lease-revoke"; readonly id: LeaseId }
  /** The leader notes how much of long leases is left, so that a later leader does not start them anew. */
  | {
      readonly op: "lease-checkpoint";
      readonly leases: readonly { readonly id: LeaseId; readonly remainingSeconds: number }[];
    }
  | { readonly op: "auth"; readonly request: AuthRequest }
  /** What a client asked for under auth: refused where the caller may not do it when it is applied. */
  | { readonly op: "as-user"; readonly caller: Caller; readonly command: PlainCommand }
  /**
   * Records of the driver that every member must hold alike (members' names and addresses); not part of the
   * key space.
   */
  | { readonly op: "meta-put"; readonly key: string; readonly value: Uint8Array }
  | { readonly op: "meta-delete"; readonly key: string }
  /** NOSPACE goes on or off for the whole cluster. */
  | {
      readonly op: "alarm";
      readonly alarm: "no-space" | "corrupt";
      readonly member: bigint;
      readonly raised: boolean;
    };

type HeaderOnly =
  | "noop"
  | "compact"
  | "lease-revoke"
  | "lease-checkpoint"
  | "auth"
  | "meta-put"
  | "meta-delete"
  | "alarm";

/** The answer to a command; `as-user` answers as what it holds. */
export type CommandResponse =
  | { [Op in HeaderOnly]: { readonly op: Op; readonly header: ResponseHeader } }[HeaderOnly]
  | { readonly op: "put"; readonly response: PutResponse }
  | { readonly op: "delete-range"; readonly response: DeleteRangeResponse }
  | { readonly op: "txn"; readonly response: TxnResponse }
  | {
      readonly op: "lease-grant";
      readonly header: ResponseHeader;
      readonly id: LeaseId;
      readonly ttlSeconds: number;
    };
