/** The OrderedStore's twin in memory, for tests, simulation and clusters that need not survive a restart. */
import { bytesOf, textOf } from "./byte-text.ts";
import type { OrderedStore, StoreRange, StoreWrite } from "./ordered-store.ts";
import { SortedKeys } from "./sorted-keys.ts";

const PAGE_SIZE = 1_000;

export class MemoryOrderedStore implements OrderedStore {
  readonly #values = new Map<string, Uint8Array>();
  readonly #order = new SortedKeys();
  #bytes = 0;

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(textOf(key));
  }

  async *pages(
    range: StoreRange,
    pageSize = PAGE_SIZE,
  ): AsyncGenerator<readonly (readonly [Uint8Array, Uint8Array])[]> {
    const start = range.start ? textOf(range.start) : "";
    const end = range.end ? textOf(range.end) : undefined;
    const seen: [Uint8Array, Uint8Array][] = [];
    for (const key of this.#order.range(start, end)) seen.push([bytesOf(key), this.#values.get(key)!]);
    for (let at = 0; at < seen.length; at += pageSize) yield seen.slice(at, at + pageSize);
  }

  async write(batch: readonly StoreWrite[]): Promise<void> {
    for (const write of batch) {
      const key = textOf(write.key);
      const old = this.#values.get(key);
      if (old) this.#bytes -= key.length + old.length;
      if (write.type === "put") {
        this.#values.set(key, Buffer.from(write.value));
        this.#order.add(key);
        this.#bytes += key.length + write.value.length;
      } else if (old) {
        this.#values.delete(key);
        this.#order.delete(key);
      }
    }
  }

  sizeBytes(): Promise<number> {
    return Promise.resolve(this.#bytes);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
