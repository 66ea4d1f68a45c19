/** Collects what goes to each peer, so that the messages of a turn travel in one frame. */
import type { MemberId } from "@quorate/raft";
import type { PeerMessage, PeerTransport } from "./peer-transport.ts";

/** What waits to be sent, by peer. */
export class PeerOutbox {
  readonly #transport: PeerTransport;
  readonly #pending = new Map<MemberId, PeerMessage[]>();

  constructor(transport: PeerTransport) {
    this.#transport = transport;
  }

  add(to: MemberId, message: PeerMessage): void {
    const pending = this.#pending.get(to);
    if (pending) pending.push(message);
    else this.#pending.set(to, [message]);
  }

  flush(): void {
    if (this.#pending.size === 0) return;
    // Taken out first: a transport may say at once that a member is unreachable, and that may cause messages.
    const all = [...this.#pending];
    this.#pending.clear();
    for (const [to, messages] of all) this.#transport.send(to, messages);
  }
}
