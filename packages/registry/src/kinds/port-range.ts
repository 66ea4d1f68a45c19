/** The range of node ports; its lower part is left for ports that are asked for by number. */
import type { Random } from "@quorate/base";

/** Bounds of the static part. */
const STATIC_MIN = 16;
const STATIC_MAX = 128;
const STATIC_PART = 32;

/** A range of ports. */
export class PortRange {
  readonly first: number;
  readonly last: number;
  readonly #upper: number;

  /** Both ends belong to it. */
  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
    this.#upper = first + staticSize(last - first + 1);
  }

  contains(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  /** A free port; undefined where all are taken. */
  findFree(isTaken: (port: number) => boolean, random: Random): number | undefined {
    return (
      search(this.#upper, this.last, isTaken, random) ?? search(this.first, this.#upper - 1, isTaken, random)
    );
  }

  toString(): string {
    return `${this.first}-${this.last}`;
  }
}

function search(
  first: number,
  last: number,
  isTaken: (port: number) => boolean,
  random: Random,
): number | undefined {
  const size = last - first + 1;
  if (size <= 0) return undefined;
  const start = random.int(size);
  for (let step = 0; step < size; step++) {
    const port = first + ((start + step) % size);
    if (!isTaken(port)) return port;
  }
  return undefined;
}

function staticSize(size: number): number {
  if (size <= STATIC_MIN) return 0;
  return Math.min(Math.max(STATIC_MIN, Math.floor(size / STATIC_PART)), STATIC_MAX);
}
