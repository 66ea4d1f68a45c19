/**
 * The bytes of a backup, as `etcdctl snapshot save` keeps them: a head, the state in length-prefixed
 * chunks, zeroes up to a multiple of 512, and a SHA-256 of all that. Compat: etcdctl takes a file for whole
 * when its size is such a multiple and 32 more.
 */
import { createHash } from "node:crypto";
import { CodedError } from "@quorate/base";

const MAGIC = Buffer.from("quorate state 1\n");
const BLOCK = 512;
const DIGEST_BYTES = 32;
/** Bound: a chunk of a file that is read. */
const CHUNK_MAX = 64 * 2 ** 20;

/** The file's bytes, of the chunks of a state. */
export async function* encodeBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = (part: Buffer): Buffer => {
    hash.update(part);
    bytes += part.length;
    return part;
  };
  yield counted(MAGIC);
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(chunk.length);
    yield counted(Buffer.concat([head, chunk]));
  }
  // A length of zero ends the chunks.
  const padding = BLOCK - ((bytes + 4) % BLOCK);
  yield counted(Buffer.alloc(4 + (padding % BLOCK)));
  yield hash.digest();
}

/**
 * The chunks of a state, of a file's bytes. Rejects with BACKUP_DAMAGED before the last chunk is out where
 * it is not whole.
 */
export async function* decodeBackup(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held = Buffer.alloc(0);
  let ended = false;
  let begun = false;
  let last: Buffer | undefined;
  for await (const part of source) {
    held = held.length === 0 ? Buffer.from(part) : Buffer.concat([held, part]);
    if (!begun) {
      if (held.length < MAGIC.length) continue;
      if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged("it is not a backup of quorate");
      hash.update(MAGIC);
      held = held.subarray(MAGIC.length);
      begun = true;
    }
    while (!ended && held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > CHUNK_MAX) throw damaged("a chunk is too long");
      if (length === 0) ended = true;
      if (length === 0 || held.length < 4 + length) break;
      hash.update(held.subarray(0, 4 + length));
      if (last) yield last;
      last = Buffer.from(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
    }
  }
  if (!ended || held.length < DIGEST_BYTES) throw damaged("it is cut short");
  const digest = held.subarray(held.length - DIGEST_BYTES);
  hash.update(held.subarray(0, held.length - DIGEST_BYTES));
  if (!hash.digest().equals(digest)) throw damaged("its checksum does not match its content");
  if (last) yield last;
}

function damaged(why: string): CodedError<"BACKUP_DAMAGED"> {
  return new CodedError("BACKUP_DAMAGED", `the backup can't be used: ${why}`);
}
