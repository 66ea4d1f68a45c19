/**
 * Lists for people: indented JSON and YAML. They are written item by item, as no list may hold up the event
 * loop.
 */
import { goJson, type KubernetesObject } from "@quorate/object";
import type { ListResult, StoredObject } from "@quorate/registry";
import { listMetadata } from "./list-chunks.ts";
import { yamlText } from "./object-body.ts";
import type { ResourceCodec } from "./resource-codec.ts";

/** Bound: characters of one piece, a single larger item aside. */
const CHUNK_CHARACTERS = 32 * 1024;
const EMPTY_TAIL = "[]\n}";

/** Indented JSON, without a newline at its end as the reference's. */
export function* prettyListChunks(codec: ResourceCodec, result: ListResult): Generator<Buffer> {
  const { kind } = codec.listKind;
  const whole = goJson({ kind, apiVersion: codec.apiVersion, metadata: listMetadata(result), items: [] }, 2);
  if (result.items.length === 0) {
    yield Buffer.from(whole);
    return;
  }
  const items = joinTexts(codec, result.items, (item) => `\n    ${indented(goJson(item, 2), "    ")}`, ",");
  yield* pieces(`${whole.slice(0, -EMPTY_TAIL.length)}[`, items, "\n  ]\n}");
}

/** YAML with sorted keys. */
export function* yamlListChunks(codec: ResourceCodec, result: ListResult): Generator<Buffer> {
  const tail = yamlText({ kind: codec.listKind.kind, metadata: listMetadata(result) });
  const head = yamlText({ apiVersion: codec.apiVersion });
  if (result.items.length === 0) {
    yield Buffer.from(`${head}items: []\n${tail}`);
    return;
  }
  const items = joinTexts(codec, result.items, (item) => `- ${indented(yamlText(item), "  ")}`, "");
  yield* pieces(`${head}items:\n`, items, tail);
}

/** Items say no kind, as in every list. */
function* joinTexts(
  codec: ResourceCodec,
  items: readonly StoredObject[],
  write: (item: Partial<KubernetesObject>) => string,
  separator: string,
): Generator<string> {
  let isFirst = true;
  for (const stored of items) {
    const { kind: _kind, apiVersion: _version, ...item } = codec.decode(stored);
    yield isFirst ? write(item) : separator + write(item);
    isFirst = false;
  }
}

function* pieces(head: string, texts: Iterable<string>, tail: string): Generator<Buffer> {
  let piece = head;
  for (const text of texts) {
    piece += text;
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  yield Buffer.from(piece + tail);
}

/** Every line but the first; empty ones stay empty. */
function indented(text: string, by: string): string {
  return text.replace(/\n(?=.)/g, `\n${by}`);
}
