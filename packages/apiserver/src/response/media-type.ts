/**
 * Content negotiation of answers: which encoding (JSON, YAML, protobuf) and which form (the object itself,
 * Table, PartialObjectMetadata) the client prefers among those that the endpoint has. A clause that asks for
 * a form the endpoint lacks is passed over; nothing left is a 406.
 */
import { noRepresentation, notAcceptable } from "@quorate/object";
import { type AcceptClause, parseAccept } from "../request/accept.ts";

/** The formats of bodies. */
export type Encoding = "json" | "yaml" | "protobuf";
/** "" is the object or list as it is. */
export type Form = "" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";

/** How an answer is written. */
export interface MediaType {
  readonly encoding: Encoding;
  readonly form: Form;
  /** v1 or v1beta1 of meta.k8s.io, where a form is asked for. */
  readonly metaVersion: string;
  readonly pretty: boolean;
}

/** What an endpoint can answer with. */
export interface Offer {
  readonly encodings: readonly Encoding[];
  readonly forms: readonly Form[];
  readonly isWatch: boolean;
  /** What the route as a whole produces: the names in its 406. Endpoints that are no route have none. */
  readonly routeTypes?: readonly string[];
}

/** The Content-Type of each format. */
export const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};
const OBJECT_TYPES = Object.values(CONTENT_TYPES);
const WATCH_TYPES = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const ALL_ENCODINGS: readonly Encoding[] = ["json", "yaml", "protobuf"];

/** One object: get, create, update, patch, delete. */
export const OBJECT_OFFER: Offer = {
  encodings: ALL_ENCODINGS,
  forms: ["", "Table", "PartialObjectMetadata"],
  isWatch: false,
  routeTypes: OBJECT_TYPES,
};
/** Lists, and the answer of deletecollection. */
export const LIST_OFFER: Offer = {
  encodings: ALL_ENCODINGS,
  forms: ["", "Table", "PartialObjectMetadataList"],
  isWatch: false,
  routeTypes: [...OBJECT_TYPES, ...WATCH_TYPES],
};
/** Streams of events; there is no YAML of them. */
export const WATCH_OFFER: Offer = {
  encodings: ["json", "protobuf"],
  forms: ["", "Table", "PartialObjectMetadata"],
  isWatch: true,
  routeTypes: [...OBJECT_TYPES, ...WATCH_TYPES],
};
/** Reviews and other kinds without forms. */
export const PLAIN_OFFER: Offer = { ...OBJECT_OFFER, forms: [""] };

/** Documents outside of the API's routes. */
export const DOCUMENT_OFFER: Offer = { encodings: ALL_ENCODINGS, forms: [""], isWatch: false };

const plain: Readonly<Record<Encoding, MediaType>> = {
  json: { encoding: "json", form: "", metaVersion: "", pretty: false },
  yaml: { encoding: "yaml", form: "", metaVersion: "", pretty: false },
  protobuf: { encoding: "protobuf", form: "", metaVersion: "", pretty: false },
};
/** Plain JSON. */
export const JSON_MEDIA: MediaType = plain.json;

/** Throws 406 where the header names nothing that is offered. */
export function negotiate(header: string | undefined, offer: Offer): MediaType {
  if (header === undefined || header === "" || header === "*/*" || header === "application/json") {
    return plain.json;
  }
  const clauses = parseAccept(header);
  for (const clause of clauses) {
    const media = accepts(clause, offer);
    if (media !== undefined) return media;
  }
  const { routeTypes } = offer;
  if (routeTypes && !clauses.some((clause) => encodingOf(clause, ALL_ENCODINGS) !== undefined)) {
    throw noRepresentation(routeTypes);
  }
  throw notAcceptable(offer.isWatch ? WATCH_TYPES : OBJECT_TYPES);
}

function accepts(clause: AcceptClause, offer: Offer): MediaType | undefined {
  const encoding = encodingOf(clause, offer.encodings);
  if (encoding === undefined) return undefined;
  const stream = clause.params.get("stream");
  if (stream !== undefined && (stream !== "watch" || !offer.isWatch)) return undefined;
  const pretty = clause.params.get("pretty") === "1";
  const as = clause.params.get("as") ?? "";
  if (as === "") return pretty ? { ...plain[encoding], pretty } : plain[encoding];
  const form = offer.forms.find((candidate) => candidate === as);
  const metaVersion = clause.params.get("v") ?? "";
  if (form === undefined || clause.params.get("g") !== "meta.k8s.io") return undefined;
  if (metaVersion !== "v1" && metaVersion !== "v1beta1") return undefined;
  // Compat: Table has no protobuf form.
  if (form === "Table" && encoding === "protobuf") return undefined;
  return { encoding, form, metaVersion, pretty };
}

function encodingOf(clause: AcceptClause, encodings: readonly Encoding[]): Encoding | undefined {
  if (clause.type === "*" && clause.subtype === "*") return encodings[0];
  if (clause.type !== "application") return undefined;
  switch (clause.subtype) {
    case "*":
    case "json":
      return "json";
    case "yaml":
      return encodings.includes("yaml") ? "yaml" : undefined;
    case "vnd.kubernetes.protobuf":
      return encodings.includes("protobuf") ? "protobuf" : undefined;
    default:
      return undefined;
  }
}

/** Whether the client wants indented JSON: it says so, or it is a person with curl or a browser. */
export function wantsPretty(query: string, userAgent: string | undefined): boolean {
  if (query === "1" || query.toLowerCase() === "true") return true;
  if (query !== "" || userAgent === undefined) return false;
  return userAgent.startsWith("curl") || userAgent.startsWith("Wget") || userAgent.startsWith("Mozilla/5.0");
}
