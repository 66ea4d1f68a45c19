/**
 * Large answers share the event loop: of all of them together only so many bytes go out a turn, one after
 * the other in the order of asking, so that small requests wait for one piece and not for one piece of each
 * list.
 *
 *   three lists, pieces of 256 KiB:  turn 1: a  turn 2: b  turn 3: c  turn 4: a ...
 */

/** Bound: bytes of a turn; a piece that is larger has a turn of its own. */
const TURN_BYTES = 256 * 1024;

/** The lane of one event loop. */
export class BulkLane {
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  #spentBytes = 0;
  #isCounting = false;

  /** Undefined where a piece may go at once; else resolves in the turn in which it may. */
  next(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#spend(bytes);
      return undefined;
    }
    return new Promise((go) => this.#waiting.push({ bytes, go }));
  }

  #hasRoom(bytes: number): boolean {
    return this.#spentBytes === 0 || this.#spentBytes + bytes <= TURN_BYTES;
  }

  #spend(bytes: number): void {
    this.#spentBytes += bytes;
    if (this.#isCounting) return;
    this.#isCounting = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#isCounting = false;
    this.#spentBytes = 0;
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || !this.#hasRoom(first.bytes)) return;
      this.#waiting.shift();
      this.#spend(first.bytes);
      first.go();
    }
  }
}
