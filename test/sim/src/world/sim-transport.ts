/** The PeerTransport port of one life over the simulated network. */
import { CodedError, type Random } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import {
  ByteReader,
  ByteWriter,
  type Peer,
  type PeerHandlers,
  type PeerMessage,
  type PeerTransport,
  readSnapshotHead,
  type SnapshotHead,
  writeSnapshotHead,
} from "@quorate/replica";
import type { Life } from "./life.ts";
import { brokenConnection, type SimNetwork } from "./sim-network.ts";

/** Where a transfer of state is spoiled, the real transport's checksums notice. */
function spoiled(): CodedError<"SNAPSHOT_BROKEN"> {
  return new CodedError("SNAPSHOT_BROKEN", "a chunk does not match its checksum");
}

/** Connections of one member's life. */
export class SimTransport implements PeerTransport {
  readonly #network: SimNetwork;
  readonly #id: MemberId;
  readonly #life: Life;
  readonly #random: Random;
  /** How often a chunk of a snapshot is spoiled on its way. */
  readonly #spoiled: number;
  #handlers: PeerHandlers | undefined;

  constructor(
    network: SimNetwork,
    options: {
      readonly id: MemberId;
      readonly life: Life;
      readonly random: Random;
      readonly spoiled: number;
    },
  ) {
    this.#network = network;
    this.#id = options.id;
    this.#life = options.life;
    this.#random = options.random;
    this.#spoiled = options.spoiled;
  }

  start(handlers: PeerHandlers): void {
    this.#handlers = handlers;
    if (this.#life.alive) this.#network.attach(this.#id, { life: this.#life, handlers });
  }

  setPeers(_peers: readonly Peer[]): void {}

  send(to: MemberId, messages: readonly PeerMessage[]): boolean {
    if (!this.#life.alive) return true;
    const isSent = this.#network.send(this.#id, to, messages);
    if (!isSent) this.#handlers?.unreachable(to);
    return isSent;
  }

  async sendSnapshot(to: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const network = this.#network;
    const from = this.#id;
    await this.#life.sleep(network.delay());
    const target = network.endpoint(to);
    if (!target || !network.passes(from, to)) throw brokenConnection();
    const w = new ByteWriter();
    writeSnapshotHead(w, head);
    const headBytes = w.takeCopy();
    const sender = this.#life;
    const isOpen = (): boolean =>
      sender.alive && target.life.alive && network.passes(from, to) && network.passes(to, from);
    const isSpoiled = (): boolean => this.#random.next() < this.#spoiled;
    async function* passing(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        await target!.life.sleep(network.delay());
        if (!isOpen()) throw brokenConnection();
        if (isSpoiled()) throw spoiled();
        yield Buffer.from(chunk);
      }
      await target!.life.sleep(network.delay());
      if (!isOpen()) throw brokenConnection();
    }
    // The receiver's answer, or the end of its process.
    await new Promise<void>((resolve, reject) => {
      const release = target.life.onEnd(() =>
        sender.after(network.delay(), () => reject(brokenConnection())),
      );
      const answer = (settle: () => void) => (): void => {
        release();
        sender.after(network.delay(), isOpen() ? settle : () => reject(brokenConnection()));
      };
      target.life.after(0, () => {
        target.handlers
          .snapshot(from, readSnapshotHead(new ByteReader(headBytes)), passing())
          .then(answer(resolve), (error: Error) => answer(() => reject(error))());
      });
    });
  }

  isConnected(member: MemberId): boolean {
    return this.#network.isConnected(this.#id, member);
  }

  async close(): Promise<void> {
    if (this.#life.alive) this.#network.detach(this.#id, false);
  }
}
