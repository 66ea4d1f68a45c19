/** Cuts a stream of bytes into the JSON objects that follow each other in it. */
import { parseJson } from "./json-text.ts";
import { GRPC, RpcError } from "./rpc-error.ts";

/** Holds what is not a whole object yet, up to a bound. */
export class JsonSplitter {
  readonly #bytesMax: number;
  #held = "";
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  readonly #decoder = new TextDecoder();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The objects that are whole now. Throws INVALID_ARGUMENT for what is not JSON. */
  push(chunk: Uint8Array): unknown[] {
    this.#held += this.#decoder.decode(chunk, { stream: true });
    const found: unknown[] = [];
    while (this.#scanned < this.#held.length) {
      const character = this.#held[this.#scanned++]!;
      if (!this.#step(character)) continue;
      const text = this.#held.slice(0, this.#scanned);
      this.#held = this.#held.slice(this.#scanned);
      this.#scanned = 0;
      found.push(parseJson(text));
    }
    if (this.#held.length > this.#bytesMax) {
      throw new RpcError(GRPC.RESOURCE_EXHAUSTED, "a message of the body is too large");
    }
    return found;
  }

  /** True where the character closes an object. */
  #step(character: string): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === "\\") this.#escaped = true;
      else if (character === '"') this.#inString = false;
      return false;
    }
    if (character === '"') this.#inString = true;
    else if (character === "{" || character === "[") this.#depth++;
    else if (character === "}" || character === "]") {
      this.#depth--;
      return this.#depth <= 0;
    }
    return false;
  }
}
