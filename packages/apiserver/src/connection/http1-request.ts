/** A request over HTTP/1.1: Node's. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { BodyListener, RequestStream } from "./request-stream.ts";

/** Made for each request that Node's parser has read the head of. */
export class Http1Request implements RequestStream {
  readonly #request: IncomingMessage;
  readonly sink: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.sink = response;
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get url(): string {
    return this.#request.url ?? "/";
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers;
  }

  get socket(): Socket {
    return this.#request.socket;
  }

  get isBodyPending(): boolean {
    return !this.#request.complete;
  }

  readBody(listener: BodyListener): void {
    const request = this.#request;
    if (request.readableEnded) {
      listener.end();
      return;
    }
    let isEnded = false;
    // Listeners that stay cost less than `once`.
    request.on("data", (chunk: Buffer) => listener.data(chunk));
    request.on("end", () => {
      isEnded = true;
      listener.end();
    });
    // Whatever breaks a body, an error too, closes its source.
    request.on("close", () => {
      if (!isEnded) listener.broken();
    });
  }

  refuseBody(): void {
    if (!this.isBodyPending) return;
    if (this.sink.writableFinished) this.#closeSocket();
    else this.sink.once("finish", () => this.#closeSocket());
  }

  respond(status: number, headers: OutgoingHttpHeaders, isWhole: boolean): boolean {
    const response = this.sink;
    if (response.destroyed || response.headersSent) return false;
    response.writeHead(status, headers);
    if (isWhole) response.end();
    else response.flushHeaders();
    return true;
  }

  abort(): void {
    this.sink.destroy();
  }

  closeConnection(): void {}

  /**
   * Node tells a request that has been answered nothing of its socket's end: whoever reads its body has to be
   * told.
   */
  #closeSocket(): void {
    const request = this.#request;
    request.socket.once("close", () => request.destroy());
    request.socket.destroySoon();
  }
}
