/**
 * `/openapi/v2` and `/openapi/v3`: made when first asked for, piece by piece so that other work goes on
 * meanwhile, and kept until the served kinds change.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { notAcceptable, resourceNotFound } from "@quorate/object";
import {
  loadDescriptions,
  openApiV2Document,
  openApiV2Protobuf,
  openApiV2Text,
  openApiV3Paths,
  openApiV3Protobuf,
  openApiV3Text,
  type SchemaRegistry,
} from "@quorate/schema";
import type { Exchange } from "../exchange.ts";
import { parseAccept } from "../request/accept.ts";
import { CachedDocument } from "./cached-document.ts";
import type { Endpoint } from "./endpoint-table.ts";

const PREFIX = "/openapi/v3/";
/** What kubectl asks for, and what the answer is called; the form with `@` is an old name of the same. */
const PROTOBUF = {
  v2: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  v3: "application/com.github.proto-openapi.spec.v3.v1.0+protobuf",
};
/** Bound: how long pieces are made before other work gets its turn. */
const SLICE_MS = 5;
const YEAR_SECONDS = 31_536_000;

/** Serves what the schema has; nothing is made before somebody asks. */
export class OpenApiEndpoints {
  readonly #schema: SchemaRegistry;
  #generation = -1;
  /** By path: `v2`, `v3` (the index) and `v3/<path>`. A promise is shared by all who ask meanwhile. */
  readonly #documents = new Map<string, Promise<CachedDocument>>();
  readonly #hashes = new Map<string, string>();

  constructor(schema: SchemaRegistry) {
    this.#schema = schema;
  }

  endpoints(): Endpoint[] {
    return [
      { path: "/openapi/v2", serve: (exchange) => this.#serveV2(exchange) },
      { path: "/openapi/v3", serve: (exchange) => this.#serveIndex(exchange) },
      { path: PREFIX, serve: (exchange) => this.#serveVersion(exchange) },
    ];
  }

  async #serveV2(exchange: Exchange): Promise<void> {
    const form = formOf(exchange.headers.accept, PROTOBUF.v2);
    const document = await this.#document(form === "json" ? "v2" : "v2.protobuf");
    await document.send(exchange);
  }

  async #serveIndex(exchange: Exchange): Promise<void> {
    requireJson(exchange.headers.accept);
    const document = await this.#document("v3");
    await document.send(exchange);
  }

  async #serveVersion(exchange: Exchange): Promise<void> {
    const form = formOf(exchange.headers.accept, PROTOBUF.v3);
    const path = exchange.path.slice(PREFIX.length);
    if (!openApiV3Paths(this.#schema).includes(path)) throw resourceNotFound();
    const json = await this.#document(`v3/${path}`);
    const document = form === "json" ? json : await this.#document(`v3.protobuf/${path}`);
    const asked = exchange.query.text1("hash");
    if (asked === "") return document.send(exchange);
    // The hash in the index is that of the JSON document, and stands for both.
    if (asked.toUpperCase() !== json.hash) {
      exchange.answerEmpty(301, { location: `${PREFIX}${path}?hash=${json.hash}` });
      return;
    }
    // What a hash names never changes.
    const expires = new Date(Date.now() + YEAR_SECONDS * 1000).toUTCString();
    return document.send(exchange, { "cache-control": "public, immutable", expires });
  }

  #document(name: string): Promise<CachedDocument> {
    if (this.#generation !== this.#schema.generation) {
      this.#documents.clear();
      this.#hashes.clear();
      this.#generation = this.#schema.generation;
    }
    let document = this.#documents.get(name);
    if (document === undefined) {
      if (name === "v3") document = this.#makeIndex();
      else document = name.includes(".protobuf") ? this.#makeProtobuf(name) : this.#make(name);
      this.#documents.set(name, document);
      document.catch(() => this.#documents.delete(name));
    }
    return document;
  }

  async #make(name: string): Promise<CachedDocument> {
    const descriptions = await loadDescriptions();
    const pieces =
      name === "v2"
        ? openApiV2Text(this.#schema, descriptions)
        : openApiV3Text(this.#schema, descriptions, name.slice("v3/".length))!;
    return new CachedDocument(await join(pieces), "application/json");
  }

  async #makeProtobuf(name: string): Promise<CachedDocument> {
    if (name === "v2.protobuf") {
      const document = openApiV2Document(this.#schema, await loadDescriptions());
      return new CachedDocument(await finish(openApiV2Protobuf(document)), PROTOBUF.v2);
    }
    const { body } = await this.#document(name.replace(".protobuf", ""));
    return new CachedDocument(await finish(openApiV3Protobuf(JSON.parse(body.toString()))), PROTOBUF.v3);
  }

  /** Only the hashes of the documents are kept: few of them are ever asked for. */
  async #makeIndex(): Promise<CachedDocument> {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const path of openApiV3Paths(this.#schema)) {
      const kept = this.#documents.get(`v3/${path}`);
      const { hash } = await (kept ?? this.#make(`v3/${path}`));
      paths[path] = { serverRelativeURL: `${PREFIX}${path}?hash=${hash}` };
    }
    return new CachedDocument(Buffer.from(`${JSON.stringify({ paths })}\n`), "application/json");
  }
}

async function join(pieces: Iterable<string>): Promise<Buffer> {
  const buffers: Buffer[] = [];
  let sliceStart = performance.now();
  for (const piece of pieces) {
    buffers.push(Buffer.from(piece));
    if (performance.now() - sliceStart < SLICE_MS) continue;
    await nextTurn();
    sliceStart = performance.now();
  }
  return Buffer.concat(buffers);
}

/** The result of what is made piece by piece. */
async function finish(writing: Generator<void, Buffer>): Promise<Buffer> {
  for (let sliceStart = performance.now(); ; ) {
    const { done, value } = writing.next();
    if (done) return value;
    if (performance.now() - sliceStart < SLICE_MS) continue;
    await nextTurn();
    sliceStart = performance.now();
  }
}

/** The first form of a document that the client takes; JSON where it does not say. */
function formOf(accept: string | undefined, protobuf: string): "json" | "protobuf" {
  if (accept === undefined || accept === "") return "json";
  for (const { type, subtype } of parseAccept(accept)) {
    const name = `${type}/${subtype.replace("@v1.0", ".v1.0")}`;
    if (name === protobuf) return "protobuf";
    if (type === "*" || (type === "application" && (subtype === "json" || subtype === "*"))) return "json";
  }
  throw notAcceptable(["application/json", protobuf]);
}

/** The index exists as JSON alone. */
function requireJson(accept: string | undefined): void {
  if (accept === undefined || accept === "") return;
  const takes = parseAccept(accept).some(
    ({ type, subtype }) =>
      type === "*" || (type === "application" && (subtype === "json" || subtype === "*")),
  );
  if (!takes) throw notAcceptable(["application/json"]);
}
