/** Reads a watch as the front door does: takes what is there, else waits to be called. */
import type { ObjectWatch, WatchEvent } from "../../src/index.ts";

/** `ADDED ns/a@5`, so that expectations are readable. */
export function textOf(event: WatchEvent): string {
  if (event.type === "ERROR") return `ERROR ${(event.object.decode() as { code?: number }).code}`;
  if (event.type === "BOOKMARK") return `BOOKMARK @${event.revision}`;
  return `${event.type} ${event.object.name}@${event.object.revision}`;
}

export class WatchReader {
  readonly #watch: ObjectWatch;
  readonly events: WatchEvent[] = [];

  constructor(watch: ObjectWatch) {
    this.#watch = watch;
  }

  /** Reads until `count` events have been read in all. */
  async until(count: number, max = 100): Promise<string[]> {
    for (;;) {
      while (this.events.length < count && this.#watch.next(this.events, max) > 0);
      if (this.events.length >= count) return this.texts;
      await new Promise<void>((resolve) => this.#watch.onReady(resolve));
    }
  }

  /** What is there now. */
  take(max = 1_000): string[] {
    while (this.#watch.next(this.events, max) > 0);
    return this.texts;
  }

  get texts(): string[] {
    return this.events.map(textOf);
  }
}
