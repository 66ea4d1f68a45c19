/** The operator's end of a control connection: see ControlServer. One call at a time. */
import type { Socket } from "node:net";
import { CodedError } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import { pack, unpack } from "./control-codec.ts";
import {
  encodeFrame,
  encodeHello,
  FRAME,
  FrameParser,
  PEER_PROTOCOL_VERSION,
  readRefusal,
} from "./peer-frame.ts";
import { CONNECT_TIMEOUT_MS, connectPeer, type PeerTls, parsePeerUrl } from "./peer-socket.ts";

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly chunk: ((bytes: Buffer) => void) | undefined;
}

/** Bound: chunks that the caller has not taken yet. */
const CHUNKS_BYTES_MAX = 8 * 1024 * 1024;

/** A connection with the member at one peer URL. */
export class ControlClient {
  readonly url: string;
  readonly #socket: Socket;
  #call: Call | undefined;
  #closed: Error | undefined;

  private constructor(url: string, socket: Socket) {
    this.url = url;
    this.#socket = socket;
  }

  /** Connects. Rejects with UNAVAILABLE naming the URL and the reason. */
  static open(url: string, tls: PeerTls | undefined): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const hello = { clusterId: 0n, from: 0n, to: 0n, directoryId: 0n } as const;
      const socket = connectPeer(parsePeerUrl(url), tls, () =>
        socket.write(encodeHello({ ...hello, protocol: PEER_PROTOCOL_VERSION, purpose: "control" })),
      );
      const client = new ControlClient(url, socket);
      const failed = (reason: string): void => {
        const error = new CodedError("UNAVAILABLE", `${url}: ${reason}`);
        reject(error);
        client.#end(error);
      };
      socket.setTimeout(CONNECT_TIMEOUT_MS, () => failed("no answer"));
      socket.on("error", (error) => failed(error.message));
      socket.on("close", () => failed("the connection was closed"));
      const parser = new FrameParser();
      socket.on("data", (bytes: Buffer) => {
        try {
          parser.push(bytes, (kind, body) => {
            if (kind === FRAME.welcome) {
              socket.setTimeout(0);
              resolve(client);
            } else if (kind === FRAME.refuse) failed(readRefusal(body).reason);
            else client.#frame(kind, body);
          });
        } catch (error) {
          failed((error as Error).message);
        }
      });
    });
  }

  /** The result of a call; rejects with the member's error, or UNAVAILABLE. */
  ask(request: unknown): Promise<unknown> {
    return this.#start(request, undefined);
  }

  /** The chunks that a call gives. */
  async *chunks(request: unknown): AsyncGenerator<Buffer> {
    const queue: Buffer[] = [];
    let queued = 0;
    let done = false;
    let wake: (() => void) | undefined;
    const outcome = this.#start(request, (bytes) => {
      queue.push(bytes);
      queued += bytes.length;
      if (queued > CHUNKS_BYTES_MAX) this.#socket.pause();
      wake?.();
    }).finally(() => {
      done = true;
      wake?.();
    });
    outcome.catch(() => {});
    while (!done || queue.length > 0) {
      const next = queue.shift();
      if (next) {
        queued -= next.length;
        if (queued < CHUNKS_BYTES_MAX / 2) this.#socket.resume();
        yield next;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await outcome;
  }

  close(): void {
    this.#closed ??= new CodedError("UNAVAILABLE", `${this.url}: closed`);
    this.#socket.destroy();
  }

  #start(request: unknown, chunk: Call["chunk"]): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#call = { resolve, reject, chunk };
      this.#socket.write(encodeFrame(FRAME.controlAsk, (w) => w.bytes(pack(request))));
    });
  }

  #frame(kind: number, body: ByteReader): void {
    if (kind === FRAME.controlChunk) this.#call?.chunk?.(Buffer.from(body.bytes()));
    if (kind !== FRAME.controlAnswer) return;
    const call = this.#call;
    this.#call = undefined;
    const outcome = unpack(Buffer.from(body.bytes())) as {
      result?: unknown;
      code?: string;
      message?: string;
    };
    if (outcome.code === undefined) call?.resolve(outcome.result);
    else call?.reject(new CodedError(outcome.code, outcome.message ?? ""));
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#socket.destroy();
    this.#call?.reject(error);
    this.#call = undefined;
  }
}
