/**
 * One accepted connection of a peer: checks its `hello`, then hands on its messages or its snapshot. Whatever
 * is malformed or out of place closes the connection.
 */
import type { Socket } from "node:net";
import { type Clock, CodedError, messageOf } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import type { ByteReader } from "./byte-reader.ts";
import { writeDescription } from "./cluster-description.ts";
import { ControlServer } from "./control-server.ts";
import { type IncomingSnapshot, snapshotBroken } from "./incoming-snapshot.ts";
import { readPeerMessages, readSnapshotHead } from "./peer-codec.ts";
import {
  encodeFrame,
  encodeRefusal,
  FRAME,
  FrameParser,
  type Hello,
  PEER_PROTOCOL_VERSION,
  readHello,
} from "./peer-frame.ts";
import type { PeerHandlers, PeerRefusal, SnapshotHead } from "./peer-transport.ts";

const HELLO_TIMEOUT_MS = 5000;
/**
 * Between answers that nobody asked for: while much is on its way, the sender's question is far behind in it.
 */
const SIGN_OF_LIFE_MS = 250;

/** Who the connection is accepted by. */
export interface PeerInboundOptions {
  readonly self: MemberId;
  readonly clusterId: bigint;
  readonly clock: Clock;
  readonly handlers: PeerHandlers;
  /** A peer has introduced itself. */
  readonly greeted: (hello: Hello) => void;
  /** The transfer that the peer's head begins or goes on with. */
  readonly snapshot: (from: MemberId, transferId: bigint, head: SnapshotHead) => IncomingSnapshot;
  /** Bytes came from a peer that has introduced itself. */
  readonly received: (from: MemberId, bytes: number) => void;
  readonly closed: (hello: Hello | undefined) => void;
  readonly note: (reason: string) => void;
}

/** Serves one accepted socket. */
export class PeerInbound {
  readonly #socket: Socket;
  readonly #options: PeerInboundOptions;
  readonly #parser = new FrameParser();
  #hello: Hello | undefined;
  #snapshot: IncomingSnapshot | undefined;
  #control: ControlServer | undefined;
  #answeredAt = 0;

  constructor(socket: Socket, options: PeerInboundOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setTimeout(HELLO_TIMEOUT_MS, () => {
      if (!this.#hello) socket.destroy();
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#snapshot?.detach(socket);
      options.closed(this.#hello);
    });
  }

  /** Undefined before the peer has introduced itself. */
  get from(): MemberId | undefined {
    return this.#hello?.from;
  }

  /** The member whose messages it carries; undefined where it carries something else, or nothing yet. */
  get messagesFrom(): MemberId | undefined {
    return this.#hello?.purpose === "messages" ? this.#hello.from : undefined;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#hello) this.#options.received(this.#hello.from, chunk.length);
    if (this.messagesFrom !== undefined) this.#showLife();
    try {
      this.#parser.push(chunk, (kind, body) => this.#frame(kind, body));
    } catch (error) {
      this.#options.note(
        `a peer connection from ${this.#socket.remoteAddress} was closed: ${messageOf(error)}`,
      );
      this.#socket.destroy();
    }
  }

  #frame(kind: number, body: ByteReader): void {
    if (this.#socket.destroyed) return;
    const hello = this.#hello;
    if (!hello) {
      if (kind === FRAME.describe) {
        const description = this.#options.handlers.describe();
        this.#socket.end(encodeFrame(FRAME.description, (w) => writeDescription(w, description)));
        return;
      }
      if (kind !== FRAME.hello)
        throw new CodedError("MALFORMED_FRAME", "malformed frame: a hello was expected");
      this.#greet(readHello(body));
    } else if (kind === FRAME.ping) this.#answer(body.done ? undefined : body.uint32());
    else if (kind === FRAME.controlAsk && this.#control) this.#control.ask(body);
    else if (kind === FRAME.messages && hello.purpose === "messages") {
      this.#options.handlers.receive(hello.from, readPeerMessages(body));
    } else if (kind === FRAME.snapshotHead && hello.purpose === "snapshot" && !this.#snapshot) {
      const transferId = body.id();
      this.#snapshot = this.#options.snapshot(hello.from, transferId, readSnapshotHead(body));
      this.#snapshot.attach(this.#socket);
    } else if (kind === FRAME.snapshotChunk && this.#snapshot) this.#snapshot.chunk(body);
    else if (kind === FRAME.snapshotEnd && this.#snapshot) this.#snapshot.end(body);
    else if (kind === FRAME.snapshotFailed && this.#snapshot) {
      this.#snapshot.fail(snapshotBroken(`the sender says: ${body.text()}`));
    } else
      throw new CodedError("MALFORMED_FRAME", `malformed frame: a frame of kind ${kind} is out of place`);
  }

  #showLife(): void {
    if (this.#options.clock.now() - this.#answeredAt >= SIGN_OF_LIFE_MS) this.#answer();
  }

  /** With the number of the question, where there was one. */
  #answer(question?: number): void {
    this.#answeredAt = this.#options.clock.now();
    const frame =
      question === undefined ? encodeFrame(FRAME.pong) : encodeFrame(FRAME.pong, (w) => w.uint32(question));
    this.#socket.write(frame);
  }

  #greet(hello: Hello): void {
    const refusal = this.#refusalOf(hello);
    if (refusal) {
      const [code, reason] = refusal;
      this.#options.note(`refused member ${hello.from.toString(16)}: ${reason}`);
      this.#socket.end(encodeRefusal(code, reason));
      return;
    }
    this.#hello = hello;
    this.#socket.setTimeout(0);
    this.#socket.write(encodeFrame(FRAME.welcome));
    const { handlers, greeted } = this.#options;
    if (hello.purpose === "control") {
      this.#control = new ControlServer(this.#socket, (request) => handlers.control!(request));
    } else greeted(hello);
  }

  #refusalOf(hello: Hello): readonly [PeerRefusal, string] | undefined {
    const { self, clusterId, handlers } = this.#options;
    if (hello.protocol !== PEER_PROTOCOL_VERSION) {
      return [
        "PROTOCOL_MISMATCH",
        `it speaks peer protocol ${hello.protocol}, this member ${PEER_PROTOCOL_VERSION}`,
      ];
    }
    if (hello.purpose === "control") {
      return handlers.control ? undefined : ["PROTOCOL_MISMATCH", "this member serves no operators here"];
    }
    if (hello.clusterId !== clusterId) {
      const theirs = hello.clusterId.toString(16);
      return [
        "CLUSTER_MISMATCH",
        `it belongs to cluster ${theirs}, this member to cluster ${clusterId.toString(16)}`,
      ];
    }
    if (handlers.isRemoved(hello.from)) {
      return ["MEMBER_REMOVED", `member ${hello.from.toString(16)} was removed from the cluster`];
    }
    if (handlers.isReplaced?.(hello.from, hello.directoryId)) {
      const reason =
        `member ${hello.from.toString(16)} was started before with another data directory: ` +
        "remove it from the cluster and add it again as a new member";
      return ["DIRECTORY_REPLACED", reason];
    }
    if (hello.to !== self) {
      return [
        "MEMBER_MISMATCH",
        `it looks for member ${hello.to.toString(16)}, this is member ${self.toString(16)}`,
      ];
    }
    return undefined;
  }
}
