/** Messages of a client on their way to a handler that reads them one by one. */

/** Bound: messages that wait; beyond it the source is paused. */
const HIGH_MARK = 64;

/** An async iterable that is fed from events. */
export class MessageQueue<Message> implements AsyncIterable<Message> {
  readonly #pause: (paused: boolean) => void;
  #messages: Message[] = [];
  #paused = false;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(pause: (paused: boolean) => void = () => {}) {
    this.#pause = pause;
  }

  push(message: Message): void {
    if (this.#ended) return;
    this.#messages.push(message);
    if (this.#messages.length >= HIGH_MARK && !this.#paused) this.#setPaused(true);
    this.#wake?.();
  }

  /** No more come; with an error, reading rejects with it, what waits is dropped. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (error) this.#messages = [];
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    for (;;) {
      while (this.#messages.length > 0) yield this.#messages.shift()!;
      if (this.#error) throw this.#error;
      if (this.#ended) return;
      if (this.#paused) this.#setPaused(false);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#pause(paused);
  }
}
