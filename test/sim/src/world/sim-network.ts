/**
 * The network between members: every frame goes through the real codec and arrives late, twice, out of
 * order or never, as the faults say. Connections are a belief of each side: a broken one is noticed soon
 * where the other process ended, late where its machine or the cable did.
 */
import { CodedError, type Random } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import {
  ByteReader,
  ByteWriter,
  type PeerHandlers,
  type PeerMessage,
  readPeerMessages,
  writePeerMessages,
} from "@quorate/replica";
import type { Life } from "./life.ts";
import type { SimLoop } from "./sim-loop.ts";

/** What is wrong with all links. Probabilities of 0 to 1. */
export interface NetworkFaults {
  dropped: number;
  doubled: number;
  /** A frame overtakes others. */
  reordered: number;
  delayMs: number;
  spreadMs: number;
}

/** The other side of a link, as a member believes. */
interface Belief {
  isUp: boolean;
  /** Since when reality differs. */
  differsSince: number;
  /** How long it takes to notice. */
  noticeMs: number;
}

/** A member that is attached. */
export interface Endpoint {
  readonly life: Life;
  readonly handlers: PeerHandlers;
}

/** Sees every message that leaves a member. */
export type MessageObserver = (from: MemberId, to: MemberId, message: PeerMessage) => void;

/** Bound of what a dead machine's silence takes to be noticed. */
const NOTICE_MS_MAX = 3000;
const LOOK_MS = 20;

/** All wires. */
export class SimNetwork {
  readonly loop: SimLoop;
  readonly faults: NetworkFaults = { dropped: 0, doubled: 0, reordered: 0, delayMs: 0.2, spreadMs: 0.5 };
  readonly #random: Random;
  readonly #observe: MessageObserver;
  readonly #endpoints = new Map<MemberId, Endpoint>();
  readonly #cut = new Set<string>();
  readonly #beliefs = new Map<MemberId, Map<MemberId, Belief>>();
  /** When the last frame of a link arrives, so that the next does not overtake it. */
  readonly #arrivals = new Map<string, number>();

  constructor(loop: SimLoop, random: Random, observe: MessageObserver) {
    this.loop = loop;
    this.#random = random;
    this.#observe = observe;
    this.#look();
  }

  attach(id: MemberId, endpoint: Endpoint): void {
    this.#endpoints.set(id, endpoint);
  }

  /** The process ended; with `isSilent` its machine did, which nobody is told. */
  detach(id: MemberId, isSilent: boolean): void {
    if (!this.#endpoints.delete(id)) return;
    for (const other of this.#endpoints.keys()) {
      const belief = this.#belief(other, id);
      belief.differsSince = this.loop.now;
      belief.noticeMs = isSilent ? this.#random.int(NOTICE_MS_MAX) : 1 + this.#random.int(5);
      this.#belief(id, other).isUp = false;
    }
  }

  /** Nothing passes from `from` to `to` any more. */
  cut(from: MemberId, to: MemberId): void {
    this.#cut.add(`${from}-${to}`);
  }

  /** What `from` sends to `to` arrives in so long at the earliest, in order. */
  hold(from: MemberId, to: MemberId, ms: number): void {
    const link = `${from}-${to}`;
    this.#arrivals.set(link, Math.max(this.loop.now + ms, this.#arrivals.get(link) ?? 0));
  }

  heal(): void {
    this.#cut.clear();
  }

  /** Whether frames from `from` would reach `to` now. */
  passes(from: MemberId, to: MemberId): boolean {
    return this.#endpoints.has(from) && this.#endpoints.has(to) && !this.#cut.has(`${from}-${to}`);
  }

  isConnected(from: MemberId, to: MemberId): boolean {
    return this.#belief(from, to).isUp;
  }

  endpoint(id: MemberId): Endpoint | undefined {
    return this.#endpoints.get(id);
  }

  /** False where it is certainly not sent. */
  send(from: MemberId, to: MemberId, messages: readonly PeerMessage[]): boolean {
    for (const message of messages) this.#observe(from, to, message);
    const sender = this.#endpoints.get(from);
    if (!sender) return true;
    if (!this.isConnected(from, to)) return false;
    const w = new ByteWriter();
    writePeerMessages(w, messages);
    const frame = w.takeCopy();
    const { faults } = this;
    if (this.#random.next() < faults.dropped) return true;
    this.#carry(from, to, frame);
    if (this.#random.next() < faults.doubled) this.#carry(from, to, frame);
    return true;
  }

  /** What one transfer over the link takes, in milliseconds. */
  delay(): number {
    return this.faults.delayMs + this.#random.next() * this.faults.spreadMs;
  }

  #carry(from: MemberId, to: MemberId, frame: Uint8Array): void {
    const link = `${from}-${to}`;
    let arrival = this.loop.now + this.delay();
    if (this.#random.next() >= this.faults.reordered) {
      arrival = Math.max(arrival, this.#arrivals.get(link) ?? 0);
      this.#arrivals.set(link, arrival);
    }
    this.loop.after(arrival - this.loop.now, () => {
      const target = this.#endpoints.get(to);
      if (!target || this.#cut.has(link)) return;
      target.life.after(0, () => this.#arrived(from, target.handlers, frame, to));
    });
  }

  #arrived(from: MemberId, handlers: PeerHandlers, frame: Uint8Array, to: MemberId): void {
    if (handlers.isRemoved(from)) this.#refuse(from, to);
    else handlers.receive(from, readPeerMessages(new ByteReader(frame)));
  }

  #refuse(from: MemberId, to: MemberId): void {
    const refused = this.#endpoints.get(from);
    refused?.life.after(this.delay(), () =>
      refused.handlers.refused(to, "MEMBER_REMOVED", "this member was removed from the cluster"),
    );
  }

  #belief(from: MemberId, to: MemberId): Belief {
    let beliefs = this.#beliefs.get(from);
    if (!beliefs) {
      beliefs = new Map();
      this.#beliefs.set(from, beliefs);
    }
    let belief = beliefs.get(to);
    if (!belief) {
      belief = { isUp: false, differsSince: -1, noticeMs: 0 };
      beliefs.set(to, belief);
    }
    return belief;
  }

  /** Lets both sides of every link notice, in time, what has become of it. */
  #look(): void {
    const ids = [...this.#endpoints.keys()];
    for (const [from, { life, handlers }] of [...this.#endpoints]) {
      for (const id of ids) if (id !== from) this.#belief(from, id);
      for (const [to, belief] of this.#beliefs.get(from) ?? []) {
        const isUp = this.passes(from, to) && this.passes(to, from);
        if (belief.isUp === isUp) belief.differsSince = -1;
        else if (belief.differsSince < 0) {
          belief.differsSince = this.loop.now;
          belief.noticeMs = this.#random.int(isUp ? 200 : NOTICE_MS_MAX);
        } else if (this.loop.now - belief.differsSince >= belief.noticeMs) {
          belief.differsSince = -1;
          // A new connection says who it is, and is refused to a member that was removed.
          if (isUp && this.#endpoints.get(to)!.handlers.isRemoved(from)) this.#refuse(from, to);
          else belief.isUp = isUp;
          if (!isUp) life.after(0, () => handlers.lost(to));
        }
      }
    }
    this.loop.after(LOOK_MS, () => this.#look());
  }
}

/** The error of a transfer that broke. */
export function brokenConnection(): CodedError<"UNAVAILABLE"> {
  return new CodedError("UNAVAILABLE", "the connection broke");
}
