/**
 * The body of a list, joined from the bytes of its items: head, items in large pieces, tail. Nothing is
 * encoded again.
 */
import { goJson, type JsonObject } from "@quorate/object";
import type { ListResult } from "@quorate/registry";
import { CHUNK_BYTES, takeChunk } from "./chunk-pool.ts";
import { partialJson, type ResourceCodec } from "./resource-codec.ts";

const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
/** A comma and an opening brace. */
const SEPARATOR_BYTES = 2;
/** Larger items are sent as they lie in the cache. */
const COPIED_BYTES_MAX = CHUNK_BYTES / 4;
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

/** The bytes of the whole list and its pieces, which are pooled: see `chunk-pool.ts`. */
export function jsonListChunks(
  codec: ResourceCodec,
  result: ListResult,
): { readonly length: number; readonly chunks: Iterable<Buffer> } {
  const head = listHead(codec.listKind.kind, codec.apiVersion, listMetadata(result));
  const { items } = result;
  const parts = new Array<Buffer>(items.length);
  let length = head.length + TAIL.length + Math.max(0, items.length - 1);
  for (let i = 0; i < items.length; i++) {
    const json = codec.json(items[i]!);
    parts[i] = json;
    length += json.length - codec.itemOffset(json) + 1;
  }
  return { length, chunks: joinItems(codec, head, parts) };
}

function* joinItems(codec: ResourceCodec, head: Buffer, parts: readonly Buffer[]): Generator<Buffer> {
  let chunk = takeChunk();
  let at = head.copy(chunk);
  for (let i = 0; i < parts.length; i++) {
    const json = parts[i]!;
    const start = codec.itemOffset(json);
    const copied = json.length > COPIED_BYTES_MAX ? 0 : json.length;
    if (at + copied + SEPARATOR_BYTES + TAIL.length > CHUNK_BYTES) {
      yield chunk.subarray(0, at);
      chunk = takeChunk();
      at = 0;
    }
    if (i > 0) chunk[at++] = COMMA;
    chunk[at++] = OPEN_BRACE;
    if (copied > 0) {
      at += json.copy(chunk, at, start);
      continue;
    }
    yield chunk.subarray(0, at);
    yield json.subarray(start);
    chunk = takeChunk();
    at = 0;
  }
  at += TAIL.copy(chunk, at);
  yield chunk.subarray(0, at);
}

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
