/** Reads the head of an HTTP/2 request (RFC 9113, section 8.3) into what HTTP/1.1's would be. */
import type { IncomingHttpHeaders } from "node:http";
import type { HeaderField } from "@quorate/http2";

/** What a head says. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly contentLength: number | undefined;
}

/** Headers of a connection, which HTTP/2 does not have. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  ...["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"],
]);
/** Of these the first counts, as in Node; all others are lists. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  ...["authorization", "content-encoding", "content-language", "content-length", "content-location"],
  ...["content-md5", "content-range", "content-type", "date", "expect", "from", "host", "if-match"],
  ...["if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards"],
  ...["proxy-authorization", "range", "referer", "user-agent"],
]);
const COLON = 58;

/** Undefined where the fields are no request. */
export function readHead(fields: readonly HeaderField[]): RequestHead | undefined {
  let [method, path, scheme, authority] = ["", "", "", ""];
  let isInRegular = false;
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) {
    if (name.charCodeAt(0) === COLON) {
      if (isInRegular) return undefined;
      if (name === ":method" && method === "") method = value;
      else if (name === ":path" && path === "") path = value;
      else if (name === ":scheme" && scheme === "") scheme = value;
      else if (name === ":authority" && authority === "") authority = value;
      else return undefined;
      continue;
    }
    isInRegular = true;
    if (CONNECTION_HEADERS.has(name) || (name === "te" && value !== "trailers")) return undefined;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (!SINGLE_HEADERS.has(name)) headers[name] = `${before}${name === "cookie" ? "; " : ", "}${value}`;
    else if (name === "content-length" && value !== before) return undefined;
  }
  if (method === "" || path === "" || scheme === "") return undefined;
  if (authority !== "") headers["host"] ??= authority;
  const announced = headers["content-length"];
  if (announced === undefined) return { method, path, headers, contentLength: undefined };
  if (!/^\d{1,15}$/.test(announced)) return undefined;
  return { method, path, headers, contentLength: Number(announced) };
}
