/** The OrderedStore's twin in memory, for tests, simulation and clusters that need not survive a restart. */
import { bytesOf, textOf } from "./byte-text.ts";
import type { OrderedStore, StoreRange, StoreWrite } from "./ordered-store.ts";
import { SortedMap } from "./sorted-map.ts";

const PAGE_SIZE = 1_000;

/** Keeps copies of what it is given; `close` keeps the data, so that a test can open it again. */
export class MemoryOrderedStore implements OrderedStore {
  readonly #values = new SortedMap<Uint8Array>();
  #bytes = 0;

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(textOf(key));
  }

  pages(
    range: StoreRange,
    pageSize = PAGE_SIZE,
  ): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> {
    // As of the call, not of the first page: values are never changed in place.
    const seen: [Uint8Array, Uint8Array][] = [];
    this.#values.visit(
      range.start ? textOf(range.start) : "",
      range.end ? textOf(range.end) : undefined,
      (key, value) => seen.push([bytesOf(key), value]) > 0,
    );
    return pagesOf(seen, pageSize);
  }

  write(batch: readonly StoreWrite[]): Promise<void> {
    for (const write of batch) {
      const key = textOf(write.key);
      const old = this.#values.get(key);
      if (old) this.#bytes -= key.length + old.length;
      if (write.type === "put") {
        this.#values.set(key, Buffer.from(write.value));
        this.#bytes += key.length + write.value.length;
      } else this.#values.delete(key);
    }
    return Promise.resolve();
  }

  sizeBytes(): Promise<number> {
    return Promise.resolve(this.#bytes);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function* pagesOf<Item>(items: readonly Item[], pageSize: number): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += pageSize) yield items.slice(at, at + pageSize);
}
