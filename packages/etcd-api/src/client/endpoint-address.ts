/** The addresses of an external etcd, as users write them and as gRPC wants them. */
import { CodedError } from "@quorate/base";

/** One address. */
export interface EndpointAddress {
  /** As it was written. */
  readonly text: string;
  /** A name or an address, which the server's certificate must be for; "" for a Unix socket. */
  readonly host: string;
  /** What gRPC connects to. */
  readonly target: string;
  /** Whether TLS is spoken. */
  readonly secure: boolean;
}

const DEFAULT_PORT = "2379";

/**
 * Reads `http(s)://host:port`, `unix(s):///path`, or `host:port`, which speaks TLS where certificates are
 * given. Throws BAD_ENDPOINT naming the address.
 */
export function parseEndpoint(text: string, hasTls: boolean): EndpointAddress {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `${hasTls ? "https" : "http"}://${text}`;
  const url = URL.parse(withScheme);
  switch (url?.protocol) {
    case "http:":
    case "https:": {
      if (url.hostname === "" || url.pathname !== "/" || url.search !== "" || url.username !== "") break;
      const secure = url.protocol === "https:";
      const host = url.hostname.replace(/^\[|\]$/g, "");
      return { text, host, target: `dns:${url.hostname}:${portOf(withScheme, url)}`, secure };
    }
    case "unix:":
    case "unixs:": {
      const path = `${url.host}${url.pathname}`;
      if (path === "") break;
      return { text, host: "", target: `unix:${path}`, secure: url.protocol === "unixs:" };
    }
  }
  throw new CodedError("BAD_ENDPOINT", `${text} is not an etcd address such as https://127.0.0.1:2379`);
}

/** URLs leave out the port that is usual for their scheme, etcd's is another. */
function portOf(text: string, url: URL): string {
  if (url.port !== "") return url.port;
  const written = /:(\d+)\/?$/.exec(text.replace(/^[a-z]+:\/\//i, ""));
  return written ? String(Number(written[1])) : DEFAULT_PORT;
}
