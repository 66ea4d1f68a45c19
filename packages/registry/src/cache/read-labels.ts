/**
 * The labels of an object straight from its bytes: walks over the fields of the metadata without decoding
 * them, so that a selector over a hundred thousand objects costs microseconds each, not a parse of each.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const LABELS = Buffer.from('"labels":');

/**
 * `at` is where the first field of the metadata begins. The bytes are JSON without white space between its
 * tokens.
 */
export function readLabels(json: Buffer, at: number): Readonly<Record<string, string>> | undefined {
  let position = at;
  while (json[position] === QUOTE) {
    const isLabels = json.compare(LABELS, 0, LABELS.length, position, position + LABELS.length) === 0;
    const value = stringEnd(json, position) + 1;
    const end = valueEnd(json, value);
    if (isLabels) return JSON.parse(json.toString("utf8", value, end)) as Record<string, string>;
    if (json[end] !== COMMA) return undefined;
    position = end + 1;
  }
  return undefined;
}

/** Just behind the closing quote of the string that begins at `start`. */
function stringEnd(json: Buffer, start: number): number {
  let quote = json.indexOf(QUOTE, start + 1);
  while (quote >= 0) {
    let slashes = 0;
    while (json[quote - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = json.indexOf(QUOTE, quote + 1);
  }
  return json.length;
}

/** Just behind the value that begins at `start`. */
function valueEnd(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at) - 1;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      // Behind a number or a word, the bracket belongs to what is around it.
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return json.length;
}
