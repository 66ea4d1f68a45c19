/** The tokens of a label selector's text form. Words end at white space or an operator character. */

export type TokenKind =
  | "word"
  | "end"
  | "error"
  | "in"
  | "notin"
  | "!"
  | "="
  | "=="
  | "!="
  | ">"
  | "<"
  | "("
  | ")"
  | ",";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set(["!", "=", "==", "!=", ">", "<", "(", ")", ","]);
const SPECIAL = /[=!(),<>]/;
const SPACE = /[ \t\r\n]/;
const WORD_END = /[=!(),<> \t\r\n\0]/;

/**
 * Splits the text; the last token is always `end`. A NUL ends the text, as it does in the reference, and
 * there only separates where it stands right behind a token.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (SPACE.test(char)) {
      at++;
      continue;
    }
    if (char === "\0") break;
    const token = SPECIAL.test(char) ? symbolAt(text, at) : wordAt(text, at);
    tokens.push(token.token);
    at = text[token.end] === "\0" ? token.end + 1 : token.end;
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

function wordAt(text: string, start: number): { token: Token; end: number } {
  let end = start;
  while (end < text.length && !WORD_END.test(text[end]!)) end++;
  const word = text.slice(start, end);
  return { token: { kind: word === "in" || word === "notin" ? word : "word", text: word }, end };
}

/** The longest run of operator characters that still is a token. */
function symbolAt(text: string, start: number): { token: Token; end: number } {
  const two = text.slice(start, start + 2);
  const symbol = SYMBOLS.has(two) ? two : text[start]!;
  return { token: { kind: symbol as TokenKind, text: symbol }, end: start + symbol.length };
}
