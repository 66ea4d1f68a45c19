/**
 * The body of a list, joined from the bytes of its items: head, items in large pieces, tail. Nothing is encoded again.
 */
import { goJson, type JsonObject } from "@quorate/object";
import type { ListResult, StoredObject } from "@quorate/registry";
import { partialJson, type ResourceCodec } from "./resource-codec.ts";

/** Bound: bytes of one piece, a single larger item aside. */
const CHUNK_BYTES = 256 * 1024;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const TAIL = Buffer.from("]}\n");

/** metadata of a list, in the reference's order; empty parts left out. */
export function listMetadata(result: ListResult): JsonObject {
  return {
    resourceVersion: String(result.revision),
    ...(result.continue ? { continue: result.continue } : {}),
    ...(result.remainingItemCount ? { remainingItemCount: result.remainingItemCount } : {}),
  };
}

/** `{"kind":...,"apiVersion":...,"metadata":{...},"items":[`. */
export function listHead(kind: string, apiVersion: string, metadata: JsonObject): Buffer {
  return Buffer.from(
    `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${goJson(metadata)},"items":[`,
  );
}

/** The bytes of the whole list and its pieces. */
export function jsonListChunks(
  codec: ResourceCodec,
  result: ListResult,
): { readonly length: number; readonly chunks: Iterable<Buffer> } {
  const head = listHead(codec.listKind.kind, codec.apiVersion, listMetadata(result));
  let length = head.length + TAIL.length + Math.max(0, result.items.length - 1);
  for (const item of result.items) {
    const json = codec.json(item);
    length += json.length - codec.itemOffset(json) + 1;
  }
  return { length, chunks: joinItems(codec, head, result.items) };
}

function* joinItems(codec: ResourceCodec, head: Buffer, items: readonly StoredObject[]): Generator<Buffer> {
  let index = 0;
  let first = head;
  do {
    let end = index;
    let length = first.length;
    while (end < items.length && length < CHUNK_BYTES) length += codec.json(items[end++]!).length + 2;
    const isLast = end === items.length;
    const chunk = Buffer.allocUnsafeSlow(length + (isLast ? TAIL.length : 0));
    first.copy(chunk);
    let at = first.length;
    for (; index < end; index++) {
      const json = codec.json(items[index]!);
      if (index > 0) chunk[at++] = COMMA;
      chunk[at++] = OPEN_BRACE;
      at += json.copy(chunk, at, codec.itemOffset(json));
    }
    if (isLast) at += TAIL.copy(chunk, at);
    yield chunk.subarray(0, at);
    first = NOTHING;
  } while (index < items.length);
}

const NOTHING = Buffer.alloc(0);

/** PartialObjectMetadataList: items are made on the way, none is kept. */
export function* partialListChunks(result: ListResult, metaVersion: string): Generator<Buffer> {
  const apiVersion = `meta.k8s.io/${metaVersion}`;
  let text = listHead("PartialObjectMetadataList", apiVersion, listMetadata(result)).toString();
  let isFirst = true;
  for (const item of result.items) {
    text += `${isFirst ? "" : ","}${partialJson(item.decode(), metaVersion)}`;
    isFirst = false;
    if (text.length < CHUNK_BYTES) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(`${text}]}\n`);
}
