/**
 * The PeerTransport over mutual TLS (or plain TCP where the operator chose it): one outgoing connection to
 * each peer for messages, one more for each snapshot. A connection of either direction that breaks is
 * reported at once (decision 10).
 */
import type { Server, Socket } from "node:net";
import { type Clock, CodedError, type Random } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import { IncomingSnapshot, snapshotBroken } from "./incoming-snapshot.ts";
import { OutgoingSnapshot } from "./outgoing-snapshot.ts";
import { type Hello, PEER_PROTOCOL_VERSION } from "./peer-frame.ts";
import { PeerInbound } from "./peer-inbound.ts";
import { PeerLink } from "./peer-link.ts";
import { listenForPeers, type PeerListen, type PeerTls, parsePeerUrl } from "./peer-socket.ts";
import { PeerTraffic, type PeerTrafficCounts } from "./peer-traffic.ts";
import type { Peer, PeerHandlers, PeerMessage, PeerTransport, SnapshotHead } from "./peer-transport.ts";

/** Who this member is, where it listens and with what certificate. */
export interface SocketPeerTransportOptions {
  readonly self: MemberId;
  readonly clusterId: bigint;
  readonly listen: readonly PeerListen[];
  /** Of this member's data directory. */
  readonly directoryId?: bigint;
  /** Absent: plain TCP. */
  readonly tls?: PeerTls;
  /** Asked before each handshake: other certificates than those in use, if there are any. Never rejects. */
  readonly renewTls?: () => Promise<PeerTls | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  /** A connection whose other end has not answered for so long is made anew; default 2 s. */
  readonly silenceMs?: number;
  /** One line for the log. */
  readonly note?: (line: string) => void;
}

const SILENCE_MS = 2000;

/** Members connected by sockets. */
export class SocketPeerTransport implements PeerTransport {
  readonly #options: SocketPeerTransportOptions;
  readonly #links = new Map<MemberId, PeerLink>();
  readonly #inbound = new Set<PeerInbound>();
  /** Transfers to this member, by sender and id. */
  readonly #snapshots = new Map<string, IncomingSnapshot>();
  readonly #traffic = new PeerTraffic();
  #servers: Server[] = [];
  #tls: PeerTls | undefined;
  #handlers: PeerHandlers | undefined;
  #closed = false;

  private constructor(options: SocketPeerTransportOptions) {
    this.#options = options;
    this.#tls = options.tls;
  }

  /** Listens; throws PORT_IN_USE and the like. Connections are served from `start` on. */
  static async listen(options: SocketPeerTransportOptions): Promise<SocketPeerTransport> {
    const transport = new SocketPeerTransport(options);
    try {
      for (const listen of options.listen) {
        const server = await listenForPeers(listen, options.tls, {
          accept: (socket) => transport.#accept(socket),
          ...(options.note && { note: options.note }),
          ...(options.renewTls && { renewTls: () => transport.#renewed() }),
        });
        transport.#servers.push(server);
      }
    } catch (error) {
      await transport.close();
      throw error;
    }
    return transport;
  }

  start(handlers: PeerHandlers): void {
    this.#handlers = handlers;
  }

  setPeers(peers: readonly Peer[]): void {
    if (this.#closed) return;
    const wanted = new Set(peers.map((peer) => peer.id));
    for (const [id, link] of this.#links) {
      if (wanted.has(id)) continue;
      link.close();
      this.#links.delete(id);
    }
    // A removed member is told so when it connects again.
    for (const inbound of this.#inbound) {
      if (inbound.from !== undefined && this.#handlers?.isRemoved(inbound.from)) inbound.destroy();
    }
    for (const peer of peers) {
      const link = this.#links.get(peer.id);
      if (link) link.setUrls(peer.urls);
      else this.#links.set(peer.id, this.#openLink(peer));
    }
  }

  send(to: MemberId, messages: readonly PeerMessage[]): boolean {
    const sent = this.#links.get(to)?.send(messages) === true;
    if (!sent) {
      this.#traffic.failed(to);
      this.#handlers?.unreachable(to);
    }
    return sent;
  }

  async sendSnapshot(to: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const url = this.#links.get(to)?.urls[0];
    if (url === undefined) throw new CodedError("UNAVAILABLE", `member ${to.toString(16)} is not known`);
    const hello = this.#hello(to, "snapshot");
    const { clock, random } = this.#options;
    await this.#renewed();
    const tls = this.#tls;
    const transferId = (BigInt(random.int(2 ** 31)) << 32n) | BigInt(random.int(2 ** 32));
    const target = { address: parsePeerUrl(url), tls, hello, clock, transferId };
    await new OutgoingSnapshot(target, head, chunks).run();
  }

  isConnected(member: MemberId): boolean {
    return this.#links.get(member)?.connected === true;
  }

  traffic(): readonly PeerTrafficCounts[] {
    return [...this.#links].map(([id, { connected }]) => this.#traffic.counts(id, connected));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    const closing = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const inbound of this.#inbound) inbound.destroy();
    for (const snapshot of this.#snapshots.values()) snapshot.fail(snapshotBroken("the member stops"));
    await Promise.all(closing);
  }

  /** Port numbers listened on, in the order of `listen`: for tests that ask for any free one. */
  ports(): readonly number[] {
    return this.#servers.map((server) => {
      const address = server.address();
      return typeof address === "object" && address ? address.port : 0;
    });
  }

  #hello(to: MemberId, purpose: Hello["purpose"]): Hello {
    const { self, clusterId, directoryId = 0n } = this.#options;
    return { protocol: PEER_PROTOCOL_VERSION, clusterId, from: self, to, purpose, directoryId };
  }

  /** What is in use from now on, where it is another. */
  async #renewed(): Promise<PeerTls | undefined> {
    const renewed = await this.#options.renewTls?.();
    if (renewed) this.#tls = renewed;
    return renewed;
  }

  #openLink(peer: Peer): PeerLink {
    const { clock, random, silenceMs = SILENCE_MS } = this.#options;
    return new PeerLink(peer.urls, {
      hello: this.#hello(peer.id, "messages"),
      tls: () => {
        // Where they are others by now, the next attempt has them.
        void this.#renewed();
        return this.#tls;
      },
      clock,
      random,
      silenceMs,
      sent: (bytes) => this.#traffic.sent(peer.id, bytes),
      roundTrip: (ms) => this.#traffic.roundTrip(peer.id, ms),
      lost: () => {
        this.#traffic.disconnected(peer.id);
        this.#handlers?.lost(peer.id);
      },
      refused: (refusal, reason) => this.#handlers?.refused(peer.id, refusal, reason),
      note: (reason) => this.#options.note?.(`member ${peer.id.toString(16)} can't be reached: ${reason}`),
    });
  }

  /** The transfer of that id, which a cut may have interrupted, or a new one. */
  #incoming(
    handlers: PeerHandlers,
    from: MemberId,
    { transferId, head }: { readonly transferId: bigint; readonly head: SnapshotHead },
  ): IncomingSnapshot {
    const key = `${from}/${transferId}`;
    const known = this.#snapshots.get(key);
    if (known) return known;
    // A sender that begins anew has given its last one up; a later leader overrules an earlier.
    for (const other of this.#snapshots.values()) {
      const isOverruled = other.from === from || other.head.message.term < head.message.term;
      if (isOverruled && !other.isFinished) other.fail(snapshotBroken("another one has begun"));
    }
    const snapshot = new IncomingSnapshot(from, head, this.#options.clock, () => this.#snapshots.delete(key));
    this.#snapshots.set(key, snapshot);
    handlers.snapshot(from, head, snapshot).then(
      () => snapshot.finish(undefined),
      (error: unknown) => {
        snapshot.fail(error as Error);
        snapshot.finish(error);
      },
    );
    return snapshot;
  }

  #accept(socket: Socket): void {
    const handlers = this.#handlers;
    if (!handlers || this.#closed) {
      socket.destroy();
      return;
    }
    const inbound = new PeerInbound(socket, {
      self: this.#options.self,
      clusterId: this.#options.clusterId,
      clock: this.#options.clock,
      handlers,
      snapshot: (from, transferId, head) => this.#incoming(handlers, from, { transferId, head }),
      greeted: (hello) => this.#greeted(inbound, hello.from),
      received: (from, bytes) => this.#traffic.received(from, bytes),
      closed: (hello) => {
        this.#inbound.delete(inbound);
        if (hello?.purpose !== "messages" || this.#closed) return;
        // One that a newer connection has taken the place of is missed by nobody.
        if (![...this.#inbound].some((other) => other.messagesFrom === hello.from)) handlers.lost(hello.from);
      },
      note: (reason) => this.#options.note?.(reason),
    });
    this.#inbound.add(inbound);
  }

  /** A peer has connected: the connection that it had before is over, and it can be reached again. */
  #greeted(inbound: PeerInbound, from: MemberId): void {
    if (inbound.messagesFrom !== undefined) {
      for (const other of this.#inbound)
        if (other !== inbound && other.messagesFrom === from) other.destroy();
    }
    this.#links.get(from)?.wake();
  }
}
