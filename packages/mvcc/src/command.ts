/**
 * What the log carries: a plain-data union that every member applies in the same order with the same outcome. Times
 * never decide: an expired lease is a `lease-revoke` that the leader proposed.
 */
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

export type Command =
  | { readonly op: "noop" }
  | { readonly op: "put"; readonly request: PutRequest }
  | { readonly op: "delete-range"; readonly request: DeleteRangeRequest }
  | { readonly op: "txn"; readonly request: TxnRequest }
  | { readonly op: "compact"; readonly revision: Revision }
  | { readonly op: "lease-grant"; readonly id: LeaseId; readonly ttlSeconds: number }
  | { readonly op: "lease-revoke"; readonly id: LeaseId }
  /** Records of the driver that every member must hold alike (members' names and addresses); not part of the key space. */
  | { readonly op: "meta-put"; readonly key: string; readonly value: Uint8Array }
  | { readonly op: "meta-delete"; readonly key: string }
  /** NOSPACE goes on or off for the whole cluster. */
  | {
      readonly op: "alarm";
      readonly alarm: "no-space" | "corrupt";
      readonly member: bigint;
      readonly raised: boolean;
    };

type HeaderOnly = "noop" | "compact" | "lease-revoke" | "meta-put" | "meta-delete" | "alarm";

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
