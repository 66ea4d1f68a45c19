/**
 * What Go's JSON decoder says about a text that is no JSON: clients and people know these messages. Only
 * called after `JSON.parse` has refused the text; a small scanner that stops at the first fault.
 */

const END = "unexpected end of JSON input";

class JsonFault extends Error {}

/** The message without a prefix, for example `invalid character 'f' after top-level value`. */
export function goJsonError(text: string): string {
  try {
    const scanner = new Scanner(text);
    scanner.value(0);
    scanner.requireEnd();
    return "invalid JSON";
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
}

/** Bound: nesting that is looked at; deeper texts are refused elsewhere. */
const DEPTH_MAX = 2000;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  requireEnd(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fault("after top-level value");
  }

  value(depth: number): void {
    this.#space();
    if (depth > DEPTH_MAX) throw new JsonFault("exceeded max depth");
    const char = this.#text[this.#at];
    if (char === undefined) throw new JsonFault(END);
    if (char === "{") this.#object(depth);
    else if (char === "[") this.#array(depth);
    else if (char === '"') this.#string();
    else if (char === "-" || (char >= "0" && char <= "9")) this.#number();
    else if (char === "t") this.#literal("true");
    else if (char === "f") this.#literal("false");
    else if (char === "n") this.#literal("null");
    else this.#fault("looking for beginning of value");
  }

  #object(depth: number): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "}") {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fault("looking for beginning of object key string");
      this.#string();
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fault("after object key");
      this.#at++;
      this.value(depth + 1);
      this.#space();
      const char = this.#text[this.#at];
      if (char !== "," && char !== "}") this.#fault("after object key:value pair");
      this.#at++;
      if (char === "}") return;
    }
  }

  #array(depth: number): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "]") {
      this.#at++;
      return;
    }
    for (;;) {
      this.value(depth + 1);
      this.#space();
      const char = this.#text[this.#at];
      if (char !== "," && char !== "]") this.#fault("after array element");
      this.#at++;
      if (char === "]") return;
    }
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new JsonFault(END);
      if (char === '"') break;
      if (char < " ") this.#fault("in string literal");
      if (char === "\\") this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#text[++this.#at];
    if (char === undefined) throw new JsonFault(END);
    if (char !== "u") {
      if (!'"\\/bfnrt'.includes(char)) this.#fault("in string escape code");
      return;
    }
    for (let i = 0; i < 4; i++) {
      this.#at++;
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) this.#fault("in \\u hexadecimal character escape");
    }
  }

  #number(): void {
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(where: string): void {
    if (!/[0-9]/.test(this.#text[this.#at] ?? "")) this.#fault(where);
    while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) this.#fault(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #fault(where: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new JsonFault(END);
    const shown = char === "'" ? "\\'" : JSON.stringify(char).slice(1, -1).replace('\\"', '"');
    throw new JsonFault(`invalid character '${shown}' ${where}`);
  }
}
