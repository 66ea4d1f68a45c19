/**
 * Writes keys into the target in transactions, each with the mark that tells how far the copy is.
 *
 * Safety: a transaction holds only where the mark is as this copy has left it. So two copies never mix, and
 * one whose answer was lost is looked up by its mark instead of being written twice.
 */
import { setTimeout as pause } from "node:timers/promises";
import { CodedError, hasCode } from "@quorate/base";
import type { Kv, PutRequest, RequestOp, Revision } from "@quorate/mvcc";
import { type CopyMark, encodeMark, MARK_KEY, readMark } from "./copy-mark.ts";

/** etcd's limits are 128 operations and 1.5 MiB; one operation is the mark's. */
const OPS_MAX = 127;
const BYTES_MAX = 2 ** 20;
/** Bound: how long a target that does not answer is asked again. */
const RETRY_MS = 60_000;
const RETRY_PAUSE_MS = 250;

/** The writing side of one copy. */
export class BatchWriter {
  readonly #target: Kv;
  #mark: CopyMark;
  #markRevision: Revision;
  #ops: RequestOp[] = [];
  #bytes = 0;

  /** `markRevision`: as the mark was found, 0 where there is none. */
  constructor(target: Kv, mark: CopyMark, markRevision: Revision) {
    this.#target = target;
    this.#mark = mark;
    this.#markRevision = markRevision;
  }

  /**
   * Puts come in the order of their keys. Resolves when there is room for the next; what is written comes
   * later.
   */
  async put(request: PutRequest): Promise<void> {
    const bytes = request.key.length + request.value.length;
    if (this.#ops.length >= OPS_MAX || (this.#ops.length > 0 && this.#bytes + bytes > BYTES_MAX)) {
      await this.flush();
    }
    this.#ops.push({ op: "put", request });
    this.#bytes += bytes;
    this.#mark = { ...this.#mark, copiedTo: Buffer.from(request.key).toString("base64") };
  }

  /** Resolves when all that was put is written. */
  async flush(): Promise<void> {
    const ops = this.#ops;
    this.#ops = [];
    this.#bytes = 0;
    await this.#write([...ops, { op: "put", request: { key: MARK_KEY, value: encodeMark(this.#mark) } }]);
  }

  /** The copy is done: nothing tells of it any more. */
  async removeMark(): Promise<void> {
    await this.#target.deleteRange({ key: MARK_KEY });
  }

  async #write(success: readonly RequestOp[]): Promise<void> {
    const compare = {
      key: MARK_KEY,
      target: "mod",
      modRevision: this.#markRevision,
      result: "equal",
    } as const;
    const giveUpAt = performance.now() + RETRY_MS;
    for (;;) {
      try {
        const { succeeded, header } = await this.#target.txn({ compare: [compare], success, failure: [] });
        if (!succeeded) throw twoCopies();
        this.#markRevision = header.revision;
        return;
      } catch (error) {
        if (!isPassing(error) || performance.now() > giveUpAt) throw error;
      }
      await pause(RETRY_PAUSE_MS);
      if (await this.#isWritten()) return;
    }
  }

  /** Whether a write without an answer has happened. */
  async #isWritten(): Promise<boolean> {
    const found = await readMark(this.#target).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      return undefined;
    });
    if (!found || found.modRevision === this.#markRevision) return false;
    if (found.mark?.copiedTo !== this.#mark.copiedTo) throw twoCopies();
    this.#markRevision = found.modRevision;
    return true;
  }
}

function isPassing(error: unknown): boolean {
  return hasCode(error, "TIMEOUT", "UNAVAILABLE", "NO_LEADER", "LEADER_CHANGED", "TOO_MANY_REQUESTS");
}

function twoCopies(): CodedError {
  return new CodedError("COPY_DISTURBED", "another copy writes into the same target: let one of them finish");
}
