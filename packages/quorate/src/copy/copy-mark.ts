/**
 * The mark that a copy leaves in its target until it is done: from where, at which revision, and how far. It
 * is written in the same transaction as the keys that it speaks of, so that it is never ahead or behind.
 */
import { CodedError } from "@quorate/base";
import type { Kv, Revision } from "@quorate/mvcc";

/** Where the mark lies; never copied. */
export const MARK_KEY = Buffer.from("quorate/copy-in-progress");

/** What it says. */
export interface CopyMark {
  /** The source's cluster, in hex. */
  readonly sourceCluster: string;
  readonly prefix: string;
  /** The source's revision that is copied. */
  readonly revision: Revision;
  /** All keys up to this one are in the target; in base64, "" for none yet. */
  readonly copiedTo: string;
}

/** A mark as it was found: `modRevision` is 0 where there is none. */
export interface FoundMark {
  readonly mark: CopyMark | undefined;
  readonly modRevision: Revision;
}

/** The target's mark. Throws COPY_MARK_DAMAGED where its key holds something else. */
export async function readMark(kv: Kv): Promise<FoundMark> {
  const { kvs } = await kv.range({ key: MARK_KEY });
  const pair = kvs[0];
  if (!pair) return { mark: undefined, modRevision: 0 };
  return { mark: parseMark(pair.value), modRevision: pair.modRevision };
}

/** The value of a mark, as `readMark` reads it. */
export function encodeMark(mark: CopyMark): Buffer {
  return Buffer.from(JSON.stringify(mark));
}

function parseMark(value: Uint8Array): CopyMark {
  try {
    const { sourceCluster, prefix, revision, copiedTo } = JSON.parse(Buffer.from(value).toString());
    const isMark = [sourceCluster, prefix, copiedTo].every((text) => typeof text === "string");
    if (isMark && Number.isSafeInteger(revision)) return { sourceCluster, prefix, revision, copiedTo };
  } catch {
    // Said below.
  }
  const where = `the key ${MARK_KEY.toString()} in the target`;
  throw new CodedError("COPY_MARK_DAMAGED", `${where} is no mark of a copy: delete it, or use --replace`);
}
