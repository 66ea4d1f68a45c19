/**
 * The outgoing connection to one peer for small messages: kept open, opened again with back-off and jitter,
 * also where the peer falls silent. While it is down messages are dropped, as raft expects of a network.
 *
 * Bound: bytes that the socket has not taken yet; beyond `BACKLOG_BYTES_MAX` messages are dropped.
 */
import type { Socket } from "node:net";
import type { Clock, Random, Timer } from "@quorate/base";
import { messageOf } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import { writePeerMessages } from "./peer-codec.ts";
import { encodeFrame, encodeHello, FRAME, FrameParser, type Hello, readRefusal } from "./peer-frame.ts";
import { PeerPulse } from "./peer-pulse.ts";
import { CONNECT_TIMEOUT_MS, connectPeer, type PeerTls, parsePeerUrl } from "./peer-socket.ts";
import type { PeerMessage, PeerRefusal } from "./peer-transport.ts";

const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;
const BACK_OFF_MIN_MS = 20;
const BACK_OFF_MAX_MS = 1000;
/**
 * Bound: the wait for the first answer of the peer's machine. The system would ask again after a second, then
 * after ever longer times: a way that is free again meanwhile is found sooner by asking anew.
 */
const ANSWER_TIMEOUT_MS = 1000;
/** A connection attempt this old is made again when the peer shows that it can be reached. */
const OLD_ATTEMPT_MS = 100;

/** How the connection is made and who hears of it. */
export interface PeerLinkOptions {
  readonly hello: Hello;
  /** Asked with each attempt. */
  readonly tls: () => PeerTls | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** After so long without an answer the connection is made anew. */
  readonly silenceMs: number;
  /** So many bytes of messages were handed to the connection. */
  readonly sent: (bytes: number) => void;
  /** A question had its answer after so long. */
  readonly roundTrip: (ms: number) => void;
  /** An established connection broke. */
  readonly lost: () => void;
  readonly refused: (refusal: PeerRefusal, reason: string) => void;
  /** For the log: why the peer can't be reached, once per change of reason. */
  readonly note: (reason: string) => void;
}

/** A frame takes further messages up to this size, far below what the other side accepts. */
const FRAME_BYTES = 4 * 1024 * 1024;

function roughBytes(one: PeerMessage): number {
  if (one.kind === "propose") return one.data.length;
  if (one.kind !== "raft") return 100;
  let bytes = 100;
  for (const entry of one.message.entries ?? []) bytes += 30 + entry.data.length;
  return bytes;
}

/** The messages in groups, none of them too large for a frame. */
function inFrames(messages: readonly PeerMessage[]): readonly (readonly PeerMessage[])[] {
  const frames: PeerMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of messages) {
    const size = roughBytes(one);
    if (bytes + size > FRAME_BYTES) {
      frames.push([]);
      bytes = 0;
    }
    bytes += size;
    frames.at(-1)!.push(one);
  }
  return frames;
}

/** One peer's outgoing connection. */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  #urls: readonly string[];
  #nextUrl = 0;
  #socket: Socket | undefined;
  #connected = false;
  #pulse: PeerPulse | undefined;
  #attemptedAt = 0;
  #backOffMs = BACK_OFF_MIN_MS;
  #retry: Timer | undefined;
  #closed = false;
  #question = 0;
  #questionAt: number | undefined;
  #lastReason = "";

  constructor(urls: readonly string[], options: PeerLinkOptions) {
    this.#urls = urls;
    this.#options = options;
    this.#connect();
  }

  get connected(): boolean {
    return this.#connected;
  }

  get urls(): readonly string[] {
    return this.#urls;
  }

  setUrls(urls: readonly string[]): void {
    if (urls.join() === this.#urls.join()) return;
    this.#urls = urls;
    this.#nextUrl = 0;
    if (!this.#connected) this.wake();
    else this.#socket?.destroy();
  }

  /**
   * The peer is known to be up: try now instead of at the end of the back-off, or of an attempt or a
   * connection that gets no answer.
   */
  wake(): void {
    if (this.#closed) return;
    this.#backOffMs = BACK_OFF_MIN_MS;
    if (this.#retry) {
      this.#retry.cancel();
      this.#connect();
      return;
    }
    const isOld = this.#options.clock.now() - this.#attemptedAt >= OLD_ATTEMPT_MS;
    const isInVain = this.#connected ? this.#pulse?.isDoubtful : this.#socket?.connecting && isOld;
    if (isInVain) this.#socket?.destroy();
  }

  /** False where the messages were dropped. */
  send(messages: readonly PeerMessage[]): boolean {
    const socket = this.#socket;
    if (!this.#connected || !socket || socket.writableLength > BACKLOG_BYTES_MAX) return false;
    for (const part of inFrames(messages)) {
      const frame = encodeFrame(FRAME.messages, (w) => writePeerMessages(w, part));
      socket.write(frame);
      this.#options.sent(frame.length);
    }
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#pulse?.stop();
    this.#connected = false;
    // What was sent last (a hand-over of the leadership) should arrive.
    this.#socket?.end();
    this.#socket?.unref();
    this.#socket = undefined;
  }

  #connect(): void {
    this.#retry = undefined;
    const url = this.#urls[this.#nextUrl++ % Math.max(1, this.#urls.length)];
    if (url === undefined) return;
    let socket: Socket;
    try {
      const address = parsePeerUrl(url);
      socket = connectPeer(address, this.#options.tls(), () =>
        socket.write(encodeHello(this.#options.hello)),
      );
    } catch (error) {
      this.#note(messageOf(error));
      this.#retryLater();
      return;
    }
    const { clock } = this.#options;
    this.#socket = socket;
    this.#attemptedAt = clock.now();
    const parser = new FrameParser();
    const giveUp = (isDone: () => boolean) => (): void => {
      if (this.#socket === socket && !isDone()) socket.destroy(new Error(`no answer from ${url}`));
    };
    const timeouts = [
      clock.setTimer(
        ANSWER_TIMEOUT_MS,
        giveUp(() => !socket.connecting),
      ),
      clock.setTimer(
        CONNECT_TIMEOUT_MS,
        giveUp(() => this.#connected),
      ),
    ];
    socket.on("data", (chunk: Buffer) => {
      try {
        parser.push(chunk, (kind, body) => {
          if (kind === FRAME.welcome) this.#welcomed(socket);
          else if (kind === FRAME.pong) this.#answered(body);
          else if (kind === FRAME.refuse) {
            const { refusal, reason } = readRefusal(body);
            this.#note(reason);
            this.#options.refused(refusal, reason);
          }
        });
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("error", (error) => this.#note(messageOf(error)));
    socket.on("close", () => {
      for (const timeout of timeouts) timeout.cancel();
      this.#ended(socket);
    });
  }

  #welcomed(socket: Socket): void {
    if (this.#socket !== socket || this.#connected) return;
    this.#connected = true;
    this.#backOffMs = BACK_OFF_MIN_MS;
    this.#lastReason = "";
    const { clock, silenceMs } = this.#options;
    this.#pulse = new PeerPulse({
      clock,
      silenceMs,
      ask: () => {
        this.#questionAt = clock.now();
        const question = ++this.#question;
        socket.write(encodeFrame(FRAME.ping, (w) => w.uint32(question)));
      },
      silent: () => socket.destroy(new Error(`it has not answered for ${silenceMs / 1000} s`)),
    });
  }

  /** Of answers that the peer gives unasked, as a sign of life, the time says nothing. */
  #answered(body: ByteReader): void {
    this.#pulse?.answered();
    if (body.done || body.uint32() !== this.#question || this.#questionAt === undefined) return;
    this.#options.roundTrip(this.#options.clock.now() - this.#questionAt);
    this.#questionAt = undefined;
  }

  #ended(socket: Socket): void {
    if (this.#socket !== socket || this.#closed) return;
    const wasConnected = this.#connected;
    this.#socket = undefined;
    this.#connected = false;
    this.#pulse?.stop();
    this.#pulse = undefined;
    this.#retryLater();
    if (wasConnected) this.#options.lost();
    else if (this.#lastReason === "") {
      this.#note(
        "it closed the connection before the handshake was done: does it trust this member's certificate?",
      );
    }
  }

  #retryLater(): void {
    if (this.#closed) return;
    const { clock, random } = this.#options;
    const delayMs = this.#backOffMs * (0.5 + random.next());
    this.#backOffMs = Math.min(BACK_OFF_MAX_MS, this.#backOffMs * 2);
    // Counted from the attempt: one that waited in vain has been a pause itself.
    const leftMs = delayMs - (clock.now() - this.#attemptedAt);
    this.#retry = clock.setTimer(Math.max(BACK_OFF_MIN_MS, leftMs), () => this.#connect());
  }

  #note(reason: string): void {
    if (reason === this.#lastReason) return;
    this.#lastReason = reason;
    this.#options.note(reason);
  }
}
