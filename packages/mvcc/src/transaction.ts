/**
 * One atomic step of writes at one new revision. The path through nested txns and everything that can be
 * refused is found against the state before; after that nothing fails. Writes within a step see each other in
 * their order.
 */
import { compareBytes } from "@quorate/base";
import { bytesOf, textOf, textRange } from "./byte-text.ts";
import type { CommandResponse } from "./command.ts";
import type { KeyHistory } from "./key-history.ts";
import type {
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  PutRequest,
  PutResponse,
  RequestOp,
  ResponseHeader,
  ResponseOp,
  TxnRequest,
  TxnResponse,
} from "./kv.ts";
import { kvError } from "./kv-error.ts";
import { checkRangeRevision, readRange } from "./range-reader.ts";
import { decodeRecord, encodeRecord, encodeTombstone } from "./record.ts";
import type { Store } from "./store.ts";
import type { AppliedChange } from "./watch-hub.ts";

interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly RequestOp[];
  readonly nested: readonly (Path | undefined)[];
}

const EMPTY = Buffer.alloc(0);

export class Transaction {
  readonly main: number;
  readonly changes: AppliedChange[] = [];
  writtenBytes = 0;
  readonly #store: Store;

  constructor(store: Store, main: number) {
    this.#store = store;
    this.main = main;
  }

  run(
    command:
      | { op: "put"; request: PutRequest }
      | { op: "delete-range"; request: DeleteRangeRequest }
      | { op: "txn"; request: TxnRequest },
  ): CommandResponse {
    switch (command.op) {
      case "put":
        this.#checkPut(command.request);
        return { op: "put", response: this.#put(command.request) };
      case "delete-range":
        return { op: "delete-range", response: this.#deleteRange(command.request) };
      case "txn": {
        const path = this.#pathOf(command.request);
        this.#checkPath(path);
        return { op: "txn", response: this.#follow(path) };
      }
    }
  }

  /** Deletes keys that exist, in the order given. */
  deleteKeys(keys: readonly string[]): void {
    for (const key of keys) {
      const history = this.#store.index.find(key);
      if (history?.isLive) this.#deleteKey(key, history);
    }
  }

  /** The revision that reads within the step see, and the answer's header says. */
  #header(): ResponseHeader {
    const header = this.#store.header();
    return this.changes.length ? { ...header, revision: this.main } : header;
  }

  #pathOf(request: TxnRequest): Path {
    const succeeded = request.compare.every((compare) => this.#holds(compare));
    const ops = succeeded ? request.success : request.failure;
    return {
      succeeded,
      ops,
      nested: ops.map((op) => (op.op === "txn" ? this.#pathOf(op.request) : undefined)),
    };
  }

  #checkPath(path: Path): void {
    for (const [at, op] of path.ops.entries()) {
      if (op.op === "put") this.#checkPut(op.request);
      else if (op.op === "range") checkRangeRevision(this.#store, op.request);
      else if (op.op === "txn") this.#checkPath(path.nested[at]!);
    }
  }

  #checkPut(request: PutRequest): void {
    const history = this.#store.index.find(textOf(request.key));
    const exists = history?.isLive === true;
    if ((request.ignoreValue || request.ignoreLease) && !exists) throw kvError("KEY_NOT_FOUND");
    const lease = request.lease ?? 0n;
    if (lease !== 0n && !this.#store.leases.find(lease)) throw kvError("LEASE_NOT_FOUND");
    if (this.#store.isOutOfSpace && !request.ignoreValue)
      this.#checkGrowth(request, exists ? history : undefined);
  }

  /** Deviation: etcd refuses every put when it is out of space; we admit those that do not grow a value. */
  #checkGrowth(request: PutRequest, history: KeyHistory | undefined): void {
    const held = history ? this.#current(history).value.length : -1;
    if (request.value.length > held) throw kvError("NO_SPACE");
  }

  #follow(path: Path): TxnResponse {
    const responses = path.ops.map((op, at) => this.#answer(op, path.nested[at]));
    return { header: this.#header(), succeeded: path.succeeded, responses };
  }

  #answer(op: RequestOp, nested: Path | undefined): ResponseOp {
    switch (op.op) {
      case "range": {
        const revision = this.changes.length ? this.main : this.#store.revision;
        const header = this.#header();
        return { op: "range", response: { header, ...readRange(this.#store, op.request, revision) } };
      }
      case "put":
        return { op: "put", response: this.#put(op.request) };
      case "delete-range":
        return { op: "delete-range", response: this.#deleteRange(op.request) };
      case "txn":
        return { op: "txn", response: this.#follow(nested!) };
    }
  }

  #put(request: PutRequest): PutResponse {
    const { index, leases } = this.#store;
    const key = textOf(request.key);
    const history = index.ensure(key);
    const exists = history.isLive;
    const previous = exists && (request.prevKv || request.ignoreValue) ? this.#current(history) : undefined;
    const lease = request.ignoreLease ? history.lease : (request.lease ?? 0n);
    const sub = this.changes.length;
    const kv: KeyValue = {
      key: request.key,
      value: request.ignoreValue && previous ? previous.value : request.value,
      createRevision: exists ? history.createRevision : this.main,
      modRevision: this.main,
      version: exists ? history.version + 1 : 1,
      lease,
    };
    leases.move(key, history.lease, lease);
    this.#stage(history, encodeRecord(kv), { type: "put", kv });
    index.put(history, this.main, sub, kv);
    return { header: this.#header(), ...(request.prevKv && previous ? { prevKv: previous } : {}) };
  }

  #deleteRange(request: DeleteRangeRequest): DeleteRangeResponse {
    const doomed: [string, KeyHistory][] = [];
    this.#store.index.visit(textRange(request.key, request.rangeEnd), (key, history) => {
      if (history.isLive) doomed.push([key, history]);
      return true;
    });
    const prevKvs = request.prevKv ? doomed.map(([, history]) => this.#current(history)) : [];
    for (const [key, history] of doomed) this.#deleteKey(key, history);
    return { header: this.#header(), deleted: doomed.length, prevKvs };
  }

  #deleteKey(key: string, history: KeyHistory): void {
    const sub = this.changes.length;
    const bytes = bytesOf(key);
    const kv: KeyValue = {
      key: bytes,
      value: EMPTY,
      createRevision: 0,
      modRevision: this.main,
      version: 0,
      lease: 0n,
    };
    this.#store.leases.move(key, history.lease, 0n);
    this.#stage(history, encodeTombstone(bytes), { type: "delete", kv });
    this.#store.index.delete(history, this.main, sub);
  }

  /** Notes the record and the change of a write, before the key's history gets it. */
  #stage(history: KeyHistory, record: Uint8Array, change: AppliedChange["change"]): void {
    const { isLive } = history;
    this.#store.stageRecord(this.main, this.changes.length, record);
    this.writtenBytes += record.length;
    this.changes.push({
      history,
      change,
      beforeMain: isLive ? history.newestMain : 0,
      beforeSub: isLive ? history.newestSub : 0,
    });
  }

  #current(history: KeyHistory): KeyValue {
    return decodeRecord(this.#store.recordAt(history.newestMain, history.newestSub), history.newestMain);
  }

  /** Every key of the compare's range must hold; a range without keys compares as one that does not exist. */
  #holds(compare: Compare): boolean {
    const range = textRange(compare.key, compare.rangeEnd);
    let found = false;
    let holds = true;
    this.#store.index.visit(range, (_key, history) => {
      if (!history.isLive) return true;
      found = true;
      holds = this.#keyHolds(compare, history);
      return holds;
    });
    if (found) return holds;
    // As etcd: a value can't be compared with one that is not there, other targets compare as 0.
    return compare.target === "value" ? false : this.#keyHolds(compare, undefined);
  }

  #keyHolds(compare: Compare, history: KeyHistory | undefined): boolean {
    const order = this.#order(compare, history);
    switch (compare.result) {
      case "equal":
        return order === 0;
      case "not-equal":
        return order !== 0;
      case "greater":
        return order > 0;
      case "less":
        return order < 0;
    }
  }

  #order(compare: Compare, history: KeyHistory | undefined): number {
    switch (compare.target) {
      case "version":
        return (history?.version ?? 0) - compare.version;
      case "create":
        return (history?.createRevision ?? 0) - compare.createRevision;
      case "mod":
        return (history?.newestMain ?? 0) - compare.modRevision;
      case "lease": {
        const lease = history?.lease ?? 0n;
        return lease === compare.lease ? 0 : lease > compare.lease ? 1 : -1;
      }
      case "value":
        return history ? compareBytes(this.#current(history).value, compare.value) : -1;
    }
  }
}
