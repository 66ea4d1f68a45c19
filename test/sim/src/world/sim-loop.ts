/**
 * Simulated time: events in the order of their time, then of their making. After each event everything that
 * it has set going (promises that resolve promises) runs to its end before the next one, so that a run
 * depends on nothing but its seed.
 */

/** An event that can still be called off. */
export interface SimEvent {
  cancel(): void;
}

interface Scheduled extends SimEvent {
  readonly time: number;
  readonly order: number;
  run: (() => void) | undefined;
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** Bound: events between two looks at the process's real events (signals, messages of the parent thread). */
const STEPS_AT_ONCE = 4096;

/** Resolves when all microtasks are done: Node runs them to the end before the next tick. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** As `settled`, and lets real events in. */
function breathed(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The one loop that everything of a simulation runs in. Times are milliseconds. */
export class SimLoop {
  readonly #heap: Scheduled[] = [];
  #now = 0;
  #order = 0;
  /** Events carried out. */
  steps = 0;

  get now(): number {
    return this.#now;
  }

  /** Calls `run` in `delayMs`, behind what is due then already. */
  after(delayMs: number, run: () => void): SimEvent {
    const event: Scheduled = {
      time: this.#now + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancel() {
        this.run = undefined;
      },
    };
    this.#push(event);
    return event;
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Runs events until `isDone`, looked at after each of them, or until none is left. */
  async run(isDone: () => boolean): Promise<void> {
    await breathed();
    while (!isDone()) {
      const event = this.#pop();
      if (!event) return;
      if (!event.run) continue;
      this.#now = event.time;
      this.steps++;
      event.run();
      await (this.steps % STEPS_AT_ONCE === 0 ? breathed() : settled());
    }
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Scheduled | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
