/**
 * The continue token of paged lists: base64url JSON `{"v":"meta.k8s.io/v1","rv":N,"start":"key\0"}`, the
 * reference's form, so that a token made by one is good for the other. The start key is relative to the
 * resource's prefix.
 */
import { goQuote } from "./go-quote.ts";
import { badRequest } from "./statuses.ts";

export interface ContinueToken {
  /** The revision of the list's first page; -1: go on at the newest. */
  readonly revision: number;
  /** Where the next page starts, relative to the prefix. */
  readonly start: string;
}

const VERSION = "meta.k8s.io/v1";

export function encodeContinue(token: ContinueToken): string {
  const json = JSON.stringify({ v: VERSION, rv: token.revision, start: token.start });
  return Buffer.from(json, "utf8").toString("base64url");
}

/** Decodes and checks a token; throws the reference's 400 on anything that it has not made. */
export function decodeContinue(text: string): ContinueToken {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) {
    const at = text.search(/[^A-Za-z0-9_-]/);
    throw bad(`continue key is not valid: illegal base64 data at input byte ${at}`);
  }
  const token = parse(Buffer.from(text, "base64url").toString("utf8"));
  if (token.v !== VERSION) {
    throw bad(
      `continue key is not valid: server does not recognize this encoded version ${goQuote(token.v)}`,
    );
  }
  if (token.rv === 0) {
    throw bad("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (token.start === "") {
    throw bad("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  }
  if (escapes(token.start)) throw bad(`continue key is not valid: ${goQuote(token.start)}`);
  return { revision: token.rv, start: token.start };
}

function parse(json: string): { v: string; rv: number; start: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw bad("continue key is not valid: not the JSON of a continue token");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw bad("continue key is not valid: not the JSON of a continue token");
  }
  const { v = "", rv = 0, start = "" } = value as Record<string, unknown>;
  if (typeof v !== "string" || typeof start !== "string" || !Number.isSafeInteger(rv)) {
    throw bad("continue key is not valid: not the JSON of a continue token");
  }
  return { v, rv: rv as number, start };
}

/** Safety: a start key with dot segments could leave the resource's prefix. */
function escapes(start: string): boolean {
  return start.split("/").some((segment) => segment === "." || segment === "..");
}

function bad(why: string): Error {
  return badRequest(`invalid continue token: ${why}`);
}
