/**
 * Text as Go's `%q` and encoding/json print it: the reference's messages carry both, and clients (and tests
 * of controllers) compare whole messages.
 */

const SHORT: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const PLAIN = /^[ !#-[\]-~]*$/;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A string in double quotes, escaped as Go's strconv.Quote does. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) {
    const short = SHORT[char];
    if (short) quoted += short;
    else if (PRINTABLE.test(char)) quoted += char;
    else quoted += escapeRune(char.codePointAt(0)!);
  }
  return `${quoted}"`;
}

function escapeRune(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

const HTML = /[<>&\u2028\u2029]/g;

/**
 * JSON as encoding/json writes it: the HTML characters are escaped. Keys keep the order they have. `indent` spaces a level,
 * on one line where absent.
 */
export function goJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? "null";
  return text.replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
