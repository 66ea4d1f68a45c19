/**
 * Who calls, and whether reads and administration are theirs to ask for. Writes are checked again where
 * they are applied, by the state machine, so they travel with their caller.
 */
import type { Caller, CallOptions, Command, CommandResponse, LeaseId, PlainCommand } from "@quorate/mvcc";
import type { EtcdBackend } from "./etcd-backend.ts";
import type { RpcCall } from "./rpc-call.ts";
import { rpcError } from "./rpc-error.ts";
import type { TokenKeeper } from "./token-keeper.ts";

/** The caller of a call that said nothing of itself. */
const NOBODY: Caller = { user: "", authRevision: 0 };

/** Auth as one surface asks for it. */
export class AccessCheck {
  readonly #backend: EtcdBackend;
  readonly #tokens: TokenKeeper;
  readonly #trustCertificates: boolean;

  constructor(backend: EtcdBackend, tokens: TokenKeeper, trustCertificates: boolean) {
    this.#backend = backend;
    this.#tokens = tokens;
    this.#trustCertificates = trustCertificates;
  }

  get isOn(): boolean {
    return this.#backend.store().auth.enabled;
  }

  /** The caller; undefined while auth is off. Throws INVALID_AUTH_TOKEN. */
  callerOf(call: RpcCall): Caller | undefined {
    const { auth } = this.#backend.store();
    if (!auth.enabled) return undefined;
    const token = call.header("token") ?? call.header("authorization");
    if (token !== undefined) {
      const caller = this.#tokens.callerOf(token, auth);
      if (!caller) throw rpcError("INVALID_AUTH_TOKEN");
      return caller;
    }
    if (this.#trustCertificates && call.certificateName) {
      return { user: call.certificateName, authRevision: auth.revision };
    }
    return NOBODY;
  }

  /** Throws unless auth is off or the call says whose it is. */
  checkKnown(call: RpcCall): void {
    if (this.callerOf(call) === NOBODY) throw rpcError("USER_EMPTY");
  }

  /** Throws unless the caller may read all of the range. */
  checkRead(caller: Caller | undefined, key: Uint8Array, rangeEnd?: Uint8Array): void {
    if (caller) this.#backend.store().auth.checkRange(caller, "read", key, rangeEnd);
  }

  /** Throws unless auth is off or the caller is root. */
  checkAdmin(call: RpcCall): void {
    const caller = this.callerOf(call);
    if (caller) this.#backend.store().auth.checkAdmin(caller);
  }

  /**
   * Throws unless the caller may read the keys of all the leases, or is root; as etcd, whose administrators
   * need no token of the newest revision for it.
   */
  checkLeaseKeys(caller: Caller | undefined, ids: readonly LeaseId[]): void {
    if (!caller) return;
    const { auth, leases } = this.#backend.store();
    if (auth.findUser(caller.user)?.roles.includes("root")) return;
    for (const id of ids) {
      for (const key of leases.find(id)?.keys ?? []) this.checkRead(caller, Buffer.from(key, "latin1"));
    }
  }

  /** Throws where auth has changed since the caller was found: what was read meanwhile must not be shown. */
  checkUnchanged(caller: Caller | undefined): void {
    if (caller && this.#backend.store().auth.revision !== caller.authRevision) {
      throw rpcError("AUTH_OLD_REVISION");
    }
  }

  /** What a Kv call takes of an rpc's call: how long it may last, and in whose name it is made. */
  optionsOf(call: RpcCall): CallOptions {
    const caller = this.callerOf(call);
    return caller ? { ...timeoutOf(call), caller } : timeoutOf(call);
  }

  /** Proposes in the caller's name where auth is on; for what only root may do. */
  propose(command: PlainCommand, call: RpcCall): Promise<CommandResponse | undefined> {
    const caller = this.callerOf(call);
    const proposed: Command = caller ? { op: "as-user", caller, command } : command;
    return this.#backend.propose(proposed, timeoutOf(call));
  }
}

const NO_OPTIONS: CallOptions = {};

/** How long the client of a call still waits. */
export function timeoutOf(call: RpcCall): CallOptions {
  return call.timeoutMs === undefined ? NO_OPTIONS : { timeoutMs: call.timeoutMs };
}
