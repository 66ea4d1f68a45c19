/**
 * Which frame of which segment holds an entry, so that entries which are no longer in memory can be read
 * back.
 *
 *   frames of entries 1-3, 4, 5-9; then an append of 7   ->   1-3, 4, 5-6, 7
 */

/** A frame on the disk, and the entries of it that count. */
export interface EntryPlace {
  readonly first: number;
  readonly last: number;
  readonly segment: number;
  /** Where the frame begins, and how long it is. */
  readonly position: number;
  readonly bytes: number;
  /** Its chain value. */
  readonly crc: number;
}

/** The frames that hold entries, in the order of their entries. */
export class EntryPlaces {
  #places: EntryPlace[] = [];

  /** Entries at or behind the first of these are replaced. */
  add(place: EntryPlace): void {
    const places = this.#places;
    for (let last = places.at(-1); last && last.last >= place.first; last = places.at(-1)) {
      places.pop();
      if (last.first < place.first) places.push({ ...last, last: place.first - 1 });
    }
    places.push(place);
  }

  /** Forgets the frames that hold nothing behind `index`. */
  trim(index: number): void {
    let count = 0;
    while (count < this.#places.length && this.#places[count]!.last <= index) count++;
    if (count > 0) this.#places = this.#places.slice(count);
  }

  clear(): void {
    this.#places = [];
  }

  /** The frame that holds an entry; undefined where there is none. */
  find(index: number): EntryPlace | undefined {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]!.last < index) low = middle + 1;
      else high = middle;
    }
    const place = this.#places[low];
    return place && place.first <= index ? place : undefined;
  }
}
