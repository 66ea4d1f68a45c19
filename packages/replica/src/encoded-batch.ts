/**
 * Watch batches in their binary form, encoded once however many connections they go to. Watchers of the same
 * range are handed the same batch, which is how they find the same bytes.
 */
import type { WatchBatch } from "@quorate/mvcc";
import { ByteWriter } from "./byte-writer.ts";
import { writeWatchBatch } from "./kv-response-codec.ts";

/** Bound: bytes go with their batch. */
const encoded = new WeakMap<WatchBatch, Buffer>();
let writer = new ByteWriter();
/** A writer that a large batch has made larger than this is not kept. */
const WRITER_BYTES_MAX = 1024 * 1024;

/** The bytes of a batch, which nobody may change. */
export function encodedBatch(batch: WatchBatch): Buffer {
  const known = encoded.get(batch);
  if (known) return known;
  writer.rewind(0);
  writeWatchBatch(writer, batch);
  const isLarge = writer.length > WRITER_BYTES_MAX;
  const bytes = isLarge ? writer.take() : writer.takeCopy();
  if (isLarge) writer = new ByteWriter();
  encoded.set(batch, bytes);
  return bytes;
}
