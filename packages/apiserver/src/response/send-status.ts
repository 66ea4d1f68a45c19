/**
 * Writes a Status as the answer, in the encoding that the client asked for where it can have it, else as
 * JSON.
 */
import type { OutgoingHttpHeaders } from "node:http";
import { goJson, type StatusError } from "@quorate/object";
import type { Exchange } from "../exchange.ts";
import {
  CONTENT_TYPES,
  JSON_MEDIA,
  type MediaType,
  negotiate,
  PLAIN_OFFER,
  wantsPretty,
} from "./media-type.ts";
import { objectBody } from "./object-body.ts";

/** `status.code` is the HTTP status; `details.retryAfterSeconds` becomes a Retry-After header. */
export function sendStatus(exchange: Exchange, error: StatusError): void {
  const { status } = error;
  const media = mediaOf(exchange);
  const extra: OutgoingHttpHeaders = {};
  if (status.details?.retryAfterSeconds) extra["retry-after"] = String(status.details.retryAfterSeconds);
  if (status.code === 429 && extra["retry-after"] === undefined) extra["retry-after"] = "1";
  // Compat: the 406 of a route is always indented.
  const isRouteRefusal = status.code === 406 && status.details !== undefined;
  const pretty =
    isRouteRefusal || wantsPretty(exchange.query.text1("pretty"), exchange.headers["user-agent"]);
  const json = Buffer.from(goJson(status));
  exchange.answer(
    status.code,
    CONTENT_TYPES[media.encoding],
    objectBody(json, pretty ? { ...media, pretty } : media),
    extra,
  );
}

/** A header that can't be satisfied still gets its error: as JSON. */
function mediaOf(exchange: Exchange): MediaType {
  try {
    const media = negotiate(exchange.headers.accept, PLAIN_OFFER);
    return media.encoding === "protobuf" ? JSON_MEDIA : media;
  } catch {
    return JSON_MEDIA;
  }
}
