/**
 * What a caller needs for a command under auth, as etcd checks it when it applies: put and delete need write,
 * what is read back or compared needs read, a lease the right to write each of its keys, administration the
 * role root.
 */
import type { Caller } from "./auth-request.ts";
import type { AuthStore } from "./auth-store.ts";
import { bytesOf } from "./byte-text.ts";
import type { PlainCommand } from "./command.ts";
import type { DeleteRangeRequest, LeaseId, PutRequest, RequestOp, TxnRequest } from "./kv.ts";
import type { LeaseBook } from "./lease-book.ts";

/** Throws one of etcd's auth errors where the caller may not. */
export class CommandPermission {
  readonly #auth: AuthStore;
  readonly #leases: LeaseBook;

  constructor(auth: AuthStore, leases: LeaseBook) {
    this.#auth = auth;
    this.#leases = leases;
  }

  check(caller: Caller, command: PlainCommand): void {
    if (!this.#auth.enabled) return;
    switch (command.op) {
      case "put":
        this.#put(caller, command.request);
        break;
      case "delete-range":
        this.#deleteRange(caller, command.request);
        break;
      case "txn":
        this.checkTxn(caller, command.request);
        break;
      case "lease-revoke":
        this.checkLease(caller, command.id);
        break;
      case "auth":
      case "alarm":
      case "meta-put":
      case "meta-delete":
        this.#auth.checkAdmin(caller);
        break;
      // As etcd: compaction and lease grants need no right, only a known caller.
    }
  }

  checkTxn(caller: Caller, request: TxnRequest): void {
    if (!this.#auth.enabled) return;
    for (const { key, rangeEnd } of request.compare) this.#auth.checkRange(caller, "read", key, rangeEnd);
    this.#ops(caller, request.success);
    this.#ops(caller, request.failure);
  }

  /** A lease may be ended, or given to more keys, by who may write all keys it has. */
  checkLease(caller: Caller, id: LeaseId): void {
    if (!this.#auth.enabled) return;
    const lease = this.#leases.find(id);
    if (!lease || this.#auth.findUser(caller.user)?.roles.includes("root")) return;
    for (const key of lease.keys) this.#auth.checkRange(caller, "write", bytesOf(key));
  }

  #ops(caller: Caller, ops: readonly RequestOp[]): void {
    for (const op of ops) {
      if (op.op === "range") this.#auth.checkRange(caller, "read", op.request.key, op.request.rangeEnd);
      else if (op.op === "put") this.#put(caller, op.request);
      else if (op.op === "delete-range") this.#deleteRange(caller, op.request);
      else this.checkTxn(caller, op.request);
    }
  }

  #put(caller: Caller, request: PutRequest): void {
    this.#auth.checkRange(caller, "write", request.key);
    // Who can't revoke the lease must not tie another key to it.
    this.checkLease(caller, request.lease ?? 0n);
    if (request.prevKv) this.#auth.checkRange(caller, "read", request.key);
  }

  #deleteRange(caller: Caller, request: DeleteRangeRequest): void {
    this.#auth.checkRange(caller, "write", request.key, request.rangeEnd);
    if (request.prevKv) this.#auth.checkRange(caller, "read", request.key, request.rangeEnd);
  }
}
