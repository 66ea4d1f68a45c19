/**
 * Copies a key space from one store to another: keys, values and leases of one revision, in the order of
 * keys. A copy that was broken off goes on where it was; the target is compared with the source at the end.
 */
import { CodedError, compareBytes, hasCode } from "@quorate/base";
import type { KeyValue, Kv, Revision } from "@quorate/mvcc";
import { BatchWriter } from "./batch-writer.ts";
import { ContentDigest, type ContentSummary } from "./content-digest.ts";
import { type CopyMark, type FoundMark, MARK_KEY, readMark } from "./copy-mark.ts";
import { keyPages, rangeOf } from "./key-pages.ts";
import { LeaseCopier } from "./lease-copier.ts";

/** What is copied, and how. */
export interface CopyOptions {
  readonly source: Kv;
  readonly target: Kv;
  /** All keys that begin with it; "" for all. */
  readonly prefix: string;
  /** Delete what the target holds below the prefix first. */
  readonly replace: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: CopyProgress) => void;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly phase: "deleting" | "copying" | "verifying";
  readonly keys: number;
  readonly total: number;
  readonly bytes: number;
}

/** What a copy has done. */
export interface CopyReport {
  /** The source's revision that was copied. */
  readonly sourceRevision: Revision;
  readonly targetRevision: Revision;
  readonly isResumed: boolean;
  readonly copied: ContentSummary;
  readonly leases: number;
  /** Keys whose lease had ended in the source meanwhile. */
  readonly expiredKeys: number;
}

const DELETE_KEYS = 1_000;

/**
 * Copies, then compares. Rejects with TARGET_NOT_EMPTY, COPY_SOURCE_COMPACTED, COPY_OF_ANOTHER,
 * COPY_DISTURBED, COPY_DIFFERS, or what the stores reject with; but for the first and the last, the same call
 * goes on where it was.
 */
export async function copyKeySpace(options: CopyOptions): Promise<CopyReport> {
  const { source, target, prefix, replace } = options;
  const { header } = await source.range({ ...rangeOf(prefix), limit: 1, countOnly: true });
  const sourceCluster = header.clusterId.toString(16);
  let found: FoundMark = { mark: undefined, modRevision: 0 };
  if (replace) await deleteAll(options);
  else found = await findOwnMark(target, sourceCluster, prefix);
  const isResumed = found.mark !== undefined;
  const mark: CopyMark = found.mark ?? { sourceCluster, prefix, revision: header.revision, copiedTo: "" };
  const writer = new BatchWriter(target, mark, found.modRevision);
  const leases = new LeaseCopier(source, target, isResumed);
  const { copied, expiredKeys } = await copyAll(options, mark, writer, leases);
  const targetRevision = await verify(options, copied);
  await writer.removeMark();
  return {
    sourceRevision: mark.revision,
    targetRevision,
    isResumed,
    copied,
    leases: leases.count,
    expiredKeys,
  };
}

/** The mark of this very copy, broken off; none in an empty target. Refuses any other target. */
async function findOwnMark(target: Kv, sourceCluster: string, prefix: string): Promise<FoundMark> {
  const found = await readMark(target);
  const { mark } = found;
  if (mark) {
    if (mark.sourceCluster === sourceCluster && mark.prefix === prefix) return found;
    const what = `of cluster ${mark.sourceCluster}, prefix ${JSON.stringify(mark.prefix)}`;
    const text = `the target holds the part of another copy (${what}): let that one finish, or use --replace`;
    throw new CodedError("COPY_OF_ANOTHER", text);
  }
  const { count } = await target.range({ ...rangeOf(prefix), countOnly: true });
  if (count > 0) {
    const where = prefix === "" ? "" : ` below ${prefix}`;
    const text = `the target holds ${count} keys${where}: use an empty one, or --replace`;
    throw new CodedError("TARGET_NOT_EMPTY", text);
  }
  return found;
}

async function deleteAll({ target, prefix, signal, progress }: CopyOptions): Promise<void> {
  const range = rangeOf(prefix);
  await target.deleteRange({ key: MARK_KEY });
  for (let deleted = 0; ; ) {
    signal?.throwIfAborted();
    const { kvs, count } = await target.range({ ...range, limit: DELETE_KEYS, keysOnly: true });
    const [first, last] = [kvs[0], kvs.at(-1)];
    if (!first || !last) return;
    await target.deleteRange({ key: first.key, rangeEnd: Buffer.concat([last.key, Buffer.from([0])]) });
    deleted += kvs.length;
    progress?.({ phase: "deleting", keys: deleted, total: deleted + count - kvs.length, bytes: 0 });
  }
}

async function copyAll(
  { source, prefix, signal, progress }: CopyOptions,
  mark: CopyMark,
  writer: BatchWriter,
  leases: LeaseCopier,
): Promise<{ readonly copied: ContentSummary; readonly expiredKeys: number }> {
  const digest = new ContentDigest();
  const copiedTo = Buffer.from(mark.copiedTo, "base64");
  let [keys, bytes, expiredKeys] = [0, 0, 0];
  const copy = async (pair: KeyValue): Promise<void> => {
    const lease = pair.lease === 0n ? 0n : await leases.leaseFor(pair.lease);
    if (lease === undefined) {
      expiredKeys++;
      return;
    }
    digest.add(pair);
    bytes += pair.key.length + pair.value.length;
    if (compareBytes(pair.key, copiedTo) > 0) await writer.put({ key: pair.key, value: pair.value, lease });
  };
  // Written before the first key, so that a target in which a copy has begun tells so.
  await writer.flush();
  try {
    for await (const { kvs, total } of keyPages(source, { prefix, revision: mark.revision })) {
      for (const pair of kvs) {
        signal?.throwIfAborted();
        if (!isMark(pair)) await copy(pair);
      }
      keys += kvs.length;
      progress?.({ phase: "copying", keys, total, bytes });
    }
  } catch (error) {
    if (hasCode(error, "COMPACTED")) throw sourceCompacted(mark.revision);
    throw error;
  }
  await writer.flush();
  return { copied: digest.summary(), expiredKeys };
}

/** Reads the target and compares; keys with leases may have ended, all others must be there and the same. */
async function verify(
  { target, prefix, signal, progress }: CopyOptions,
  copied: ContentSummary,
): Promise<Revision> {
  const revision = await target.barrier();
  const digest = new ContentDigest();
  let [keys, bytes] = [0, 0];
  for await (const { kvs, total } of keyPages(target, { prefix, revision })) {
    signal?.throwIfAborted();
    for (const pair of kvs) {
      if (isMark(pair)) continue;
      digest.add(pair);
      bytes += pair.key.length + pair.value.length;
    }
    keys += kvs.length;
    progress?.({ phase: "verifying", keys, total, bytes });
  }
  const there = digest.summary();
  if (there.hash !== copied.hash || there.keys !== copied.keys) {
    const is = `${there.keys} keys, ${there.bytes} bytes, SHA-256 ${there.hash}`;
    const was = `${copied.keys} keys, ${copied.bytes} bytes, SHA-256 ${copied.hash}`;
    const text = `the target has changed since (${is} instead of ${was}): stop its writers, use --replace`;
    throw new CodedError("COPY_DIFFERS", text);
  }
  return revision;
}

function isMark({ key }: KeyValue): boolean {
  return compareBytes(key, MARK_KEY) === 0;
}

function sourceCompacted(revision: Revision): CodedError {
  const text = `the source has compacted revision ${revision} before all of it was read`;
  return new CodedError("COPY_SOURCE_COMPACTED", `${text}: begin anew with --replace`);
}
