/** The applied state as a stream of chunks: key and value of every record, in key order. */
import { CodedError } from "@quorate/base";
import type { OrderedStore, StoreWrite } from "@quorate/mvcc";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

const CHUNK_BYTES = 256 * 1024;
const PAGE_SIZE = 200;

/** The state as of the call, in chunks; a few hundred records are in memory at a time. */
export function encodeState(disk: OrderedStore): AsyncIterable<Uint8Array> {
  // Called here and not in the generator, so that the state is the one of this moment.
  return chunksOf(disk.pages({}, PAGE_SIZE));
}

async function* chunksOf(pages: ReturnType<OrderedStore["pages"]>): AsyncGenerator<Uint8Array> {
  const w = new ByteWriter(CHUNK_BYTES + 4096);
  for await (const page of pages) {
    for (const [key, value] of page) {
      w.bytes(key);
      w.bytes(value);
      if (w.length >= CHUNK_BYTES) yield w.takeCopy();
    }
  }
  if (w.length > 0) yield w.takeCopy();
}

/** Fills an empty store from chunks; all of it is handed over when this resolves. */
export async function decodeState(chunks: AsyncIterable<Uint8Array>, disk: OrderedStore): Promise<void> {
  for await (const chunk of chunks) {
    const writes: StoreWrite[] = [];
    const r = new ByteReader(chunk);
    while (!r.done) writes.push({ type: "put", key: r.bytes(), value: r.bytes() });
    if (writes.length === 0) throw new CodedError("MALFORMED_FRAME", "malformed frame: an empty chunk");
    await disk.write(writes);
  }
}
