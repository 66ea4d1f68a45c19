/**
 * Members connected in memory: the twin of TlsPeerTransport for tests. Every frame goes through the real
 * codec. Delivery is by the Scheduler, in order; links can be cut, and a member that disappears is noticed by
 * the others as a broken connection is.
 */
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readPeerMessages, readSnapshotHead, writePeerMessages, writeSnapshotHead } from "./peer-codec.ts";
import type { Peer, PeerHandlers, PeerMessage, PeerTransport, SnapshotHead } from "./peer-transport.ts";
import type { Scheduler } from "./scheduler.ts";

/** The wires between transports in one process. */
export class MemoryPeerNetwork {
  readonly #scheduler: Scheduler;
  readonly #members = new Map<MemberId, PeerHandlers>();
  readonly #cut = new Set<string>();
  readonly #losing = new Set<string>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The transport of a member; a new one for the same id replaces one that was closed. */
  transport(id: MemberId): PeerTransport {
    return new MemoryPeerTransport(this, id);
  }

  /** From now on nothing passes between `a` and `b`; silently, as with a pulled cable. */
  cut(a: MemberId, b: MemberId): void {
    this.#cut.add(`${a}-${b}`).add(`${b}-${a}`);
  }

  /** Cuts a member off from all the others. */
  isolate(id: MemberId): void {
    for (const other of this.#members.keys()) if (other !== id) this.cut(id, other);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** What `from` sends to `to` from now on does not arrive, and neither of them knows. */
  lose(from: MemberId, to: MemberId): void {
    this.#losing.add(`${from}-${to}`);
  }

  /** The connections between `a` and `b` break, and are there again at once: what was lost stays lost. */
  reset(a: MemberId, b: MemberId): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#losing.delete(`${from}-${to}`);
      const handlers = this.#members.get(from);
      this.#scheduler.soon(() => handlers?.lost(to));
    }
  }

  attach(id: MemberId, handlers: PeerHandlers): void {
    this.#members.set(id, handlers);
  }

  /** As when the process dies: the others see their connections break. */
  detach(id: MemberId): void {
    if (!this.#members.delete(id)) return;
    for (const [other, handlers] of this.#members) {
      if (!this.#cut.has(`${id}-${other}`)) this.#scheduler.soon(() => handlers.lost(id));
    }
  }

  isUp(from: MemberId, to: MemberId): boolean {
    return this.#members.has(from) && this.#members.has(to) && !this.#cut.has(`${from}-${to}`);
  }

  deliver(from: MemberId, to: MemberId, run: (handlers: PeerHandlers) => void): boolean {
    if (!this.isUp(from, to)) return false;
    if (this.#losing.has(`${from}-${to}`)) return true;
    const handlers = this.#members.get(to)!;
    this.#scheduler.soon(() => {
      if (this.isUp(from, to) && this.#members.get(to) === handlers) run(handlers);
    });
    return true;
  }

  handlers(id: MemberId): PeerHandlers | undefined {
    return this.#members.get(id);
  }
}

class MemoryPeerTransport implements PeerTransport {
  readonly #network: MemoryPeerNetwork;
  readonly #id: MemberId;
  #handlers: PeerHandlers | undefined;

  constructor(network: MemoryPeerNetwork, id: MemberId) {
    this.#network = network;
    this.#id = id;
  }

  start(handlers: PeerHandlers): void {
    this.#handlers = handlers;
    this.#network.attach(this.#id, handlers);
  }

  setPeers(_peers: readonly Peer[]): void {}

  send(to: MemberId, messages: readonly PeerMessage[]): boolean {
    const w = new ByteWriter();
    writePeerMessages(w, messages);
    const frame = w.take();
    const sent = this.#network.deliver(this.#id, to, (handlers) => {
      if (handlers.isRemoved(this.#id)) {
        this.#handlers?.refused(to, "MEMBER_REMOVED", "this member was removed from the cluster");
      } else handlers.receive(this.#id, readPeerMessages(new ByteReader(frame)));
    });
    if (!sent) this.#handlers?.unreachable(to);
    return sent;
  }

  async sendSnapshot(to: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const target = this.#network.handlers(to);
    if (!target || !this.#network.isUp(this.#id, to)) {
      throw new CodedError("UNAVAILABLE", `member ${to.toString(16)} can't be reached`);
    }
    const w = new ByteWriter();
    writeSnapshotHead(w, head);
    const network = this.#network;
    const from = this.#id;
    async function* passing(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        if (!network.isUp(from, to)) throw new CodedError("UNAVAILABLE", "the connection broke");
        yield Buffer.from(chunk);
      }
    }
    await target.snapshot(from, readSnapshotHead(new ByteReader(w.take())), passing());
  }

  isConnected(member: MemberId): boolean {
    return this.#network.isUp(this.#id, member);
  }

  async close(): Promise<void> {
    if (this.#network.handlers(this.#id) === this.#handlers) this.#network.detach(this.#id);
  }
}
