/**
 * One open watch: pulls events from its cursor as fast as its client reads, and not a moment faster. Nothing
 * is queued for a slow client: it stalls where it is, and costs the others nothing.
 */
import type { ObjectWatch, WatchEvent } from "@quorate/registry";
import type { AnswerSink } from "../connection/request-stream.ts";
import { joinFrames } from "./join-frames.ts";
import type { TrackedWatch } from "./watch-tracker.ts";

/** Bound: events that are taken from the cursor at a time. */
const BATCH_EVENTS_MAX = 64;
/** Frames up to this size are sent together as one write. */
const JOINED_BYTES_MAX = 128 * 1024;

/** The encoded form of an event, shared between watchers wherever it can be. */
export type FrameEncoder = (event: WatchEvent) => Buffer;

/** Who is told what a stream sends and when it is over. */
export interface WatchObserver {
  sent(events: number, bytes: number): void;
  closed(): void;
}

/** Owns its cursor: closed with the stream. */
export class WatchStream implements TrackedWatch {
  readonly #watch: ObjectWatch;
  readonly #sink: AnswerSink;
  readonly #encode: FrameEncoder;
  readonly #observer: WatchObserver;
  readonly #events: WatchEvent[] = [];
  readonly #frames: Buffer[] = [];
  #isOver = false;

  constructor(watch: ObjectWatch, sink: AnswerSink, encode: FrameEncoder, observer: WatchObserver) {
    this.#watch = watch;
    this.#sink = sink;
    this.#encode = encode;
    this.#observer = observer;
    sink.on("drain", this.#pump);
    sink.on("close", this.#close);
  }

  start(): void {
    this.#pump();
  }

  requestBookmark(): void {
    this.#watch.requestBookmark();
  }

  end(): void {
    if (this.#isOver) return;
    this.#close();
    this.#sink.end();
  }

  readonly #pump = (): void => {
    // A stalled client: the drain of its sink comes back here.
    if (this.#isOver || this.#sink.writableNeedDrain) return;
    const events = this.#events;
    while (!this.#isOver) {
      const count = this.#watch.next(events, BATCH_EVENTS_MAX);
      let goesOn = true;
      if (count > 0) {
        const isLast = events[count - 1]!.type === "ERROR";
        goesOn = this.#send(events);
        events.length = 0;
        if (isLast) this.end();
      }
      if (!goesOn) return;
      // Fewer than asked for: there is no more now, or the watch calls back in a moment.
      if (count < BATCH_EVENTS_MAX) {
        this.#watch.onReady(this.#pump);
        return;
      }
    }
  };

  /** False where the client is to catch up first. */
  #send(events: readonly WatchEvent[]): boolean {
    const frames = this.#frames;
    let bytes = 0;
    for (const event of events) {
      const frame = this.#encode(event);
      bytes += frame.length;
      frames.push(frame);
    }
    let goesOn = true;
    if (frames.length === 1) goesOn = this.#sink.write(frames[0]!);
    else if (bytes <= JOINED_BYTES_MAX) goesOn = this.#sink.write(joinFrames(frames, bytes));
    else for (const frame of frames) goesOn = this.#sink.write(frame);
    frames.length = 0;
    this.#observer.sent(events.length, bytes);
    return goesOn;
  }

  readonly #close = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.close();
    this.#observer.closed();
  };
}
