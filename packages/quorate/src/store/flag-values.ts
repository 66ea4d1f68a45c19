/**
 * The settings of a store by their flags' names, whichever way they came; what was not given has its default.
 */
import { parseBool, parseDuration } from "./go-flags.ts";
import { currentName, STORE_FLAGS } from "./store-flags.ts";

/** Typed looks at texts that were checked when they came in. */
export class FlagValues {
  readonly #given: ReadonlyMap<string, string>;
  readonly #explicit: ReadonlySet<string>;

  /** `given` by the names that were used; those of before 3.6 count for what they are called now. */
  constructor(given: ReadonlyMap<string, string>) {
    this.#given = new Map([...given].map(([name, value]) => [currentName(name), value]));
    this.#explicit = new Set(given.keys());
  }

  /** The names that were given, as they were given. */
  get explicit(): ReadonlySet<string> {
    return this.#explicit;
  }

  isGiven(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string {
    return this.#given.get(name) ?? STORE_FLAGS[name]!.initial;
  }

  bool(name: string): boolean {
    return parseBool(this.text(name)) === true;
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  milliseconds(name: string): number {
    return parseDuration(this.text(name)) ?? 0;
  }

  /** The parts between commas, each once; none for an empty text. */
  list(name: string): string[] {
    const parts = this.text(name)
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    return [...new Set(parts)];
  }

  /** As `list`, without the slash at the end of a URL. */
  urls(name: string): string[] {
    return this.list(name)
      .map((url) => url.replace(/\/$/, ""))
      .sort();
  }
}
