/**
 * Finds JSON object keys that stand twice in the same object; `JSON.parse` keeps the last without a word. The
 * usual body has none, which two counts tell: members in the text and keys in the parsed value. Only where
 * they differ is the text walked with paths.
 *
 *   {"data":{"a":1,"a":2}}  ->  ["data.a"]
 */
import { stringEnd } from "./string-end.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
/** Bound: the reference reports no more than this. */
const REPORTED_MAX = 100;

/**
 * Paths of duplicate keys in document order, each once. `text` must be valid JSON and `value` what it parses
 * to.
 */
export function duplicateFields(text: string, value: unknown): string[] {
  return countMembers(text) === countKeys(value) ? [] : new DuplicateWalk(text).run();
}

function countMembers(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) count++;
    else if (code === QUOTE) i = stringEnd(text, i);
  }
  return count;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count++;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === "object") count += countKeys(inner);
  }
  return count;
}

class DuplicateWalk {
  readonly #text: string;
  readonly #found = new Set<string>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): string[] {
    this.#value("");
    return [...this.#found];
  }

  #value(path: string): void {
    const char = this.#skip();
    if (char === "{") this.#object(path);
    else if (char === "[") this.#array(path);
    else if (char === '"') this.#at = stringEnd(this.#text, this.#at) + 1;
    else while (this.#at < this.#text.length && !",]} \t\r\n".includes(this.#text[this.#at]!)) this.#at++;
  }

  #object(path: string): void {
    const keys = new Set<string>();
    this.#at++;
    while (this.#skip() !== "}") {
      const end = stringEnd(this.#text, this.#at);
      const key = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      const field = path === "" ? key : `${path}.${key}`;
      if (keys.has(key) && this.#found.size < REPORTED_MAX) this.#found.add(field);
      keys.add(key);
      this.#at = end + 1;
      this.#skip();
      this.#at++;
      this.#value(field);
      if (this.#skip() === ",") this.#at++;
    }
    this.#at++;
  }

  #array(path: string): void {
    this.#at++;
    for (let index = 0; this.#skip() !== "]"; index++) {
      this.#value(`${path}[${index}]`);
      if (this.#skip() === ",") this.#at++;
    }
    this.#at++;
  }

  /** Moves to the next character that is no space and gives it. */
  #skip(): string | undefined {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at]!)) this.#at++;
    return this.#text[this.#at];
  }
}
