/**
 * The Accept header as clauses in order of preference. Clients send few different headers, so the parsed form
 * is kept.
 */

export interface AcceptClause {
  /** Lower case; `*` for any. */
  readonly type: string;
  readonly subtype: string;
  readonly params: ReadonlyMap<string, string>;
  readonly q: number;
}

/** Bound: distinct Accept headers that are remembered; beyond it, all are forgotten at once. */
const REMEMBERED_MAX = 512;
/** Bound: clauses of one header that are looked at. */
const CLAUSES_MAX = 64;

const remembered = new Map<string, readonly AcceptClause[]>();

/** Clauses by falling q, in the order of the header where equal. An empty header accepts anything. */
export function parseAccept(header: string): readonly AcceptClause[] {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const clauses = header
    .split(",", CLAUSES_MAX)
    .map(parseClause)
    .filter((clause) => clause !== undefined)
    .sort((a, b) => b.q - a.q);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(header, clauses);
  return clauses;
}

function parseClause(text: string): AcceptClause | undefined {
  const [media = "", ...pairs] = text.split(";");
  let [type = "", subtype = ""] = media.trim().toLowerCase().split("/");
  if (type === "") return undefined;
  if (type === "*" && subtype === "") subtype = "*";
  const params = new Map<string, string>();
  let q = 1;
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const name = pair.slice(0, equals).trim().toLowerCase();
    const value = pair.slice(equals + 1).trim();
    if (name !== "q") params.set(name, value);
    else if (Number.isFinite(Number(value))) q = Number(value);
  }
  return { type, subtype, params, q };
}
