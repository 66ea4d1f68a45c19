/**
 * `/api`, `/apis` and what is below them down to the group version: legacy documents, and the aggregated one
 * where the client asks for it. Documents are made once for each generation of the schema.
 */
import { type GroupVersionKind, goJson, type JsonObject, resourceNotFound } from "@quorate/object";
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type SchemaRegistry,
} from "@quorate/schema";
import type { Exchange } from "../exchange.ts";
import { parseAccept } from "../request/accept.ts";
import { DOCUMENT_OFFER, type MediaType, PLAIN_OFFER } from "../response/media-type.ts";
import type { Representation } from "../response/representation.ts";
import { CachedDocument } from "./cached-document.ts";
import type { Endpoint } from "./endpoint-table.ts";

const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Serves what the schema has, custom groups included as they come and go. */
export class DiscoveryEndpoints {
  readonly #schema: SchemaRegistry;
  readonly #representation: Representation;
  readonly #serverAddress: () => string;
  #generation = -1;
  readonly #aggregated = new Map<string, CachedDocument>();

  constructor(schema: SchemaRegistry, representation: Representation, serverAddress: () => string) {
    this.#schema = schema;
    this.#representation = representation;
    this.#serverAddress = serverAddress;
  }

  endpoints(): Endpoint[] {
    return [
      { path: "/api", serve: (exchange) => this.#serveRoot(exchange, "/api") },
      { path: "/apis", serve: (exchange) => this.#serveRoot(exchange, "/apis") },
      { path: "/api/", serve: (exchange) => this.#serveVersion(exchange, "", exchange.path.slice(5)) },
      { path: "/apis/", serve: (exchange) => this.#serveGroup(exchange) },
    ];
  }

  /** `/api/v1`, `/apis/apps`, `/apis/apps/v1`, ...: for the list of paths. */
  paths(): string[] {
    return this.#schema.groups().flatMap(({ group, versions }) => {
      const root = group === "" ? "/api" : `/apis/${group}`;
      return [...(group === "" ? [] : [root]), ...versions.map(({ version }) => `${root}/${version}`)];
    });
  }

  #serveRoot(exchange: Exchange, path: "/api" | "/apis"): void | Promise<void> {
    if (wantsAggregated(exchange.headers.accept)) {
      return this.#aggregatedOf(path).send(exchange, { "cache-control": "public" });
    }
    const media = this.#representation.negotiate(exchange, DOCUMENT_OFFER);
    if (path === "/apis") return this.#send(exchange, "APIGroupList", apiGroupList(this.#schema), media);
    const addresses = [{ clientCIDR: "0.0.0.0/0", serverAddress: this.#serverAddress() }];
    return this.#send(exchange, "APIVersions", apiVersions(this.#schema, addresses), media);
  }

  #aggregatedOf(path: "/api" | "/apis"): CachedDocument {
    if (this.#generation !== this.#schema.generation) {
      this.#aggregated.clear();
      this.#generation = this.#schema.generation;
    }
    let document = this.#aggregated.get(path);
    if (document === undefined) {
      const body = Buffer.from(`${goJson(aggregatedDiscovery(this.#schema, path))}\n`);
      document = new CachedDocument(body, AGGREGATED_TYPE);
      this.#aggregated.set(path, document);
    }
    return document;
  }

  #serveGroup(exchange: Exchange): void {
    const [group = "", version = ""] = exchange.path.slice("/apis/".length).split("/");
    if (version !== "") {
      this.#serveVersion(exchange, group, version);
      return;
    }
    const body = group === "" ? undefined : apiGroup(this.#schema, group);
    if (body === undefined) throw resourceNotFound();
    this.#send(exchange, "APIGroup", body, this.#negotiate(exchange));
  }

  #serveVersion(exchange: Exchange, group: string, version: string): void {
    const body = apiResourceList(this.#schema, group, version.replace(/\/$/, ""));
    if (body === undefined) throw resourceNotFound();
    this.#send(exchange, "APIResourceList", body, this.#negotiate(exchange));
  }

  #negotiate(exchange: Exchange): MediaType {
    return this.#representation.negotiate(exchange, PLAIN_OFFER);
  }

  #send(exchange: Exchange, kind: string, body: JsonObject, media: MediaType): void {
    const gvk: GroupVersionKind = { group: "", version: "v1", kind };
    this.#representation.sendValue(exchange, 200, gvk, body, media);
  }
}

/** Whether the client's first choice that is served at all is the aggregated form. */
function wantsAggregated(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes("APIGroupDiscoveryList")) return false;
  for (const { type, subtype, params } of parseAccept(accept)) {
    const isJson = (type === "application" && (subtype === "json" || subtype === "*")) || type === "*";
    const as = params.get("as");
    if (as === undefined) return false;
    if (isJson && as === "APIGroupDiscoveryList" && params.get("g") === "apidiscovery.k8s.io") {
      if (params.get("v") === "v2") return true;
    }
  }
  return false;
}
