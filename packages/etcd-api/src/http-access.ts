/**
 * Who may use the HTTP side from a browser, as etcd's --cors and --host-whitelist say: pages of which
 * origins, and under which names of the host (a page that makes a name of its own point here must not get
 * in).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";

/** "*" in a list allows all. */
export interface HttpAccess {
  readonly origins: readonly string[];
  readonly hosts: readonly string[];
}

const METHODS = "POST, GET, OPTIONS, PUT, DELETE";
const HEADERS = "accept, content-type, authorization";

/** True where the request is answered already: a host that is not allowed, or a browser that only asks. */
export function answerAccess(
  access: HttpAccess,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const isSecure = (request.socket as Partial<TLSSocket>).encrypted === true;
  const host = (request.headers.host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  if (!isSecure && !allows(access.hosts, host)) {
    const message = `the host ${JSON.stringify(host)} is not in --host-whitelist: ask for one that is`;
    response.writeHead(421, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
    return true;
  }
  const { origin } = request.headers;
  const allowed = access.origins.includes("*")
    ? "*"
    : origin && access.origins.includes(origin)
      ? origin
      : "";
  if (allowed !== "") {
    response.setHeader("Access-Control-Allow-Methods", METHODS);
    response.setHeader("Access-Control-Allow-Origin", allowed);
    response.setHeader("Access-Control-Allow-Headers", HEADERS);
  }
  if (request.method !== "OPTIONS") return false;
  response.writeHead(200).end();
  return true;
}

function allows(list: readonly string[], one: string): boolean {
  return list.length === 0 || list.includes("*") || list.includes(one);
}
