/**
 * Writes objects and lists as the client wants them: JSON, YAML or protobuf; as they are, as Table or as
 * PartialObjectMetadata.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@quorate/base";
import {
  type GroupVersionKind,
  goJson,
  type JsonObject,
  type KubernetesObject,
  notAcceptable,
} from "@quorate/object";
import type { ListResult, StoredObject } from "@quorate/registry";
import {
  columnsOf,
  encodeProtobuf,
  encodeProtobufList,
  hasProtobuf,
  type ResourceTable,
  type SchemaRegistry,
  wrapProtobuf,
} from "@quorate/schema";
import type { Exchange } from "../exchange.ts";
import { jsonListChunks, listMetadata, partialListChunks } from "./list-chunks.ts";
import { CONTENT_TYPES, type MediaType, negotiate, type Offer, wantsPretty } from "./media-type.ts";
import { objectBody } from "./object-body.ts";
import { PARTIAL, partialJson, ResourceCodec } from "./resource-codec.ts";
import { sendChunks, takesGzip } from "./send-chunks.ts";
import { parseIncludeObject, rowTable, type TableOptions, tableChunks } from "./table-chunks.ts";
import { prettyListChunks, yamlListChunks } from "./text-list-chunks.ts";

/** Bound: objects that are encoded to protobuf before other work gets its turn. */
const ENCODED_AT_ONCE = 128;
/** A body in pieces, with its length where that is known. */
interface Chunks {
  readonly length?: number;
  readonly chunks: Iterable<Buffer>;
}

const PARTIAL_LIST: GroupVersionKind = { ...PARTIAL, kind: "PartialObjectMetadataList" };

/** Made once a server; keeps one codec a resource. */
export class Representation {
  readonly #schema: SchemaRegistry;
  readonly #clock: Clock;
  readonly #gzipThresholdBytes: number;
  readonly #codecs = new WeakMap<ResourceTable, ResourceCodec>();

  constructor(schema: SchemaRegistry, clock: Clock, gzipThresholdBytes: number) {
    this.#schema = schema;
    this.#clock = clock;
    this.#gzipThresholdBytes = gzipThresholdBytes;
  }

  codecOf(resource: ResourceTable): ResourceCodec {
    let codec = this.#codecs.get(resource);
    if (codec === undefined) {
      codec = new ResourceCodec(this.#schema, resource);
      this.#codecs.set(resource, codec);
    }
    return codec;
  }

  /** What the client wants of `offer`; throws a 406. Call it before anything is changed. */
  negotiate(exchange: Exchange, offer: Offer): MediaType {
    const media = negotiate(exchange.headers.accept, offer);
    if (media.encoding !== "json" || media.pretty) return media;
    const pretty = wantsPretty(exchange.query.text1("pretty"), exchange.headers["user-agent"]);
    return pretty ? { ...media, pretty } : media;
  }

  /** Throws a 406 for protobuf of a kind that has none. */
  requireEncodable(kind: GroupVersionKind, media: MediaType): void {
    if (media.encoding !== "protobuf" || media.form !== "" || hasProtobuf(this.#schema, kind)) return;
    throw notAcceptable([CONTENT_TYPES.json, CONTENT_TYPES.yaml]);
  }

  /** Answers with one stored object. */
  sendObject(
    exchange: Exchange,
    status: number,
    stored: StoredObject,
    codec: ResourceCodec,
    media: MediaType,
  ) {
    exchange.answer(status, CONTENT_TYPES[media.encoding], this.#objectBytes(exchange, stored, codec, media));
  }

  #objectBytes(exchange: Exchange, stored: StoredObject, codec: ResourceCodec, media: MediaType): Buffer {
    const { form, encoding } = media;
    if (form === "") {
      if (encoding === "protobuf") return wrapProtobuf(codec.resource, codec.message(stored));
      return objectBody(codec.json(stored), media);
    }
    if (form === "Table") {
      const object = codec.decode(stored);
      const json = rowTable(
        codec.resource,
        object,
        goJson(columnsOf(codec.resource)),
        this.tableOptions(exchange, media),
      );
      return objectBody(Buffer.from(json), media);
    }
    if (encoding === "protobuf") {
      return wrapProtobuf({ ...PARTIAL, version: media.metaVersion }, codec.partialMessage(stored));
    }
    return objectBody(Buffer.from(partialJson(stored.decode(), media.metaVersion)), media);
  }

  tableOptions(exchange: Exchange, media: MediaType): TableOptions {
    return {
      metaVersion: media.metaVersion,
      include: parseIncludeObject(exchange.query),
      nowMs: this.#clock.wallMs(),
    };
  }

  /** Answers with an object that is not stored: reviews, Status, Scale. */
  sendValue(
    exchange: Exchange,
    status: number,
    kind: GroupVersionKind,
    value: KubernetesObject | JsonObject,
    media: MediaType,
  ): void {
    exchange.answer(status, CONTENT_TYPES[media.encoding], this.#valueBytes(exchange, kind, value, media));
  }

  #valueBytes(
    exchange: Exchange,
    kind: GroupVersionKind,
    value: KubernetesObject | JsonObject,
    media: MediaType,
  ): Buffer {
    if (media.form === "Table") {
      const options = this.tableOptions(exchange, media);
      return objectBody(
        Buffer.from(rowTable(kind, value as KubernetesObject, goJson(columnsOf(kind)), options)),
        media,
      );
    }
    if (media.encoding === "protobuf") return encodeProtobuf(this.#schema, kind, value as JsonObject);
    return objectBody(Buffer.from(goJson(value)), media);
  }

  /** Answers with a list; resolves when it has been sent. */
  async sendList(
    exchange: Exchange,
    result: ListResult,
    codec: ResourceCodec,
    media: MediaType,
  ): Promise<void> {
    const text = textList(result, codec, media);
    if (text !== undefined) return this.#sendChunks(exchange, media, joined(text));
    if (media.encoding === "yaml" || media.pretty) {
      const json = Buffer.concat([...this.#listChunks(exchange, result, codec, media).chunks]);
      return this.#sendWhole(exchange, media, objectBody(json.subarray(0, -1), media));
    }
    if (media.encoding === "protobuf") {
      return this.#sendWhole(exchange, media, await this.#protobufList(result, codec, media));
    }
    return this.#sendChunks(exchange, media, this.#listChunks(exchange, result, codec, media));
  }

  /** Bodies of unknown length are long ones. */
  #sendChunks(exchange: Exchange, media: MediaType, { length, chunks }: Chunks): Promise<void> {
    const gzip = takesGzip(exchange, length ?? this.#gzipThresholdBytes, this.#gzipThresholdBytes);
    const contentType = CONTENT_TYPES[media.encoding];
    return sendChunks(exchange, 200, { contentType, chunks, length, gzip });
  }

  #listChunks(exchange: Exchange, result: ListResult, codec: ResourceCodec, media: MediaType): Chunks {
    if (media.form === "Table") {
      const options = this.tableOptions(exchange, media);
      return joined(tableChunks(codec, result.items, listMetadata(result), options));
    }
    if (media.form === "PartialObjectMetadataList")
      return joined(partialListChunks(result, media.metaVersion));
    return jsonListChunks(codec, result);
  }

  #sendWhole(exchange: Exchange, media: MediaType, body: Buffer): Promise<void> | void {
    const contentType = CONTENT_TYPES[media.encoding];
    if (!takesGzip(exchange, body.length, this.#gzipThresholdBytes)) {
      return exchange.answer(200, contentType, body);
    }
    return sendChunks(exchange, 200, { contentType, chunks: [body], length: body.length, gzip: true });
  }

  async #protobufList(result: ListResult, codec: ResourceCodec, media: MediaType): Promise<Buffer> {
    const isPartial = media.form !== "";
    const messages: Buffer[] = [];
    for (const item of result.items) {
      messages.push(isPartial ? codec.partialMessage(item) : codec.message(item));
      if (messages.length % ENCODED_AT_ONCE === 0) await nextTurn();
    }
    const kind = isPartial ? { ...PARTIAL_LIST, version: media.metaVersion } : codec.listKind;
    return encodeProtobufList(this.#schema, kind, listMetadata(result), messages);
  }
}

/** A list for people; undefined where the client wants another form. */
function textList(
  result: ListResult,
  codec: ResourceCodec,
  { form, encoding, pretty }: MediaType,
): Generator<Buffer> | undefined {
  if (form !== "") return undefined;
  if (encoding === "yaml") return yamlListChunks(codec, result);
  return encoding === "json" && pretty ? prettyListChunks(codec, result) : undefined;
}

/** The length of pieces that are but one is known; of more it is not worth keeping them all. */
function joined(chunks: Generator<Buffer>): Chunks {
  const first = chunks.next();
  if (first.done) return { length: 0, chunks: [] };
  const second = chunks.next();
  if (second.done) return { length: first.value.length, chunks: [first.value] };
  return { chunks: following(first.value, second.value, chunks) };
}

function* following(first: Buffer, second: Buffer, rest: Iterable<Buffer>): Generator<Buffer> {
  yield first;
  yield second;
  yield* rest;
}
