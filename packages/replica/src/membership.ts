/**
 * Who is in the cluster, as of the applied index: raft's configuration, the members' names and addresses, and
 * the ids that were removed and must never come back. Kept in the applied state, written in the same batch as
 * what changed it.
 */
import type { StoreWrite } from "@quorate/mvcc";
import { allMembers, type ConfChange, type ConfState, type MemberId } from "@quorate/raft";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type MemberAttributes, readAttributes, writeAttributes } from "./member-attributes.ts";
import { readConf, writeConf } from "./peer-codec.ts";
import type { Peer } from "./peer-transport.ts";

/** Where in the ordered store it lies; the store's own keys start with other bytes. */
const MEMBERSHIP_KEY = Buffer.from("d/membership");

/** The configuration of a member that has not heard of its cluster yet. */
export const EMPTY_CONF: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** A member as a surface shows it. */
export interface MemberView extends MemberAttributes {
  readonly isLearner: boolean;
}

/** Mutable; changed only by applying the log. */
export class Membership {
  #conf: ConfState = EMPTY_CONF;
  readonly #members = new Map<MemberId, MemberAttributes>();
  readonly #removed = new Set<MemberId>();
  #dirty = false;

  /** The first configuration of a cluster. */
  static initial(members: readonly MemberAttributes[]): Membership {
    const membership = new Membership();
    membership.#conf = { ...EMPTY_CONF, voters: members.map((member) => member.id) };
    for (const member of members) membership.#members.set(member.id, member);
    membership.#dirty = true;
    return membership;
  }

  /** That of a cluster which was described elsewhere. */
  static of(conf: ConfState, members: readonly MemberAttributes[], removed: Iterable<MemberId>): Membership {
    const membership = Membership.initial(members);
    membership.#conf = conf;
    for (const id of removed) membership.#removed.add(id);
    return membership;
  }

  /** What the applied state holds; undefined where it holds none yet. */
  static read(get: (key: Uint8Array) => Uint8Array | undefined): Membership | undefined {
    const bytes = get(MEMBERSHIP_KEY);
    if (!bytes) return undefined;
    const membership = new Membership();
    const r = new ByteReader(bytes);
    membership.#conf = readConf(r);
    for (let left = r.count(20); left > 0; left--) {
      const member = readAttributes(r);
      membership.#members.set(member.id, member);
    }
    for (let left = r.count(8); left > 0; left--) membership.#removed.add(r.id());
    return membership;
  }

  /** Counts all members of `before` that are not here as removed. */
  removing(before: Membership): this {
    for (const id of [...before.#removed, ...before.#members.keys()]) {
      if (!this.#members.has(id)) this.#removed.add(id);
    }
    return this;
  }

  get conf(): ConfState {
    return this.#conf;
  }

  ids(): Iterable<MemberId> {
    return this.#members.keys();
  }

  find(id: MemberId): MemberAttributes | undefined {
    return this.#members.get(id);
  }

  /** Ids that must not come back. */
  removed(): Iterable<MemberId> {
    return this.#removed;
  }

  isRemoved(id: MemberId): boolean {
    return this.#removed.has(id);
  }

  /** Whether the member is known to have another data directory than this. */
  isReplaced(id: MemberId, directoryId: bigint): boolean {
    const known = this.#members.get(id)?.directoryId ?? 0n;
    return known !== 0n && known !== directoryId;
  }

  isLearner(id: MemberId): boolean {
    return this.#conf.learners.includes(id) || this.#conf.learnersNext.includes(id);
  }

  /** Where each member is reached; undefined while none is known. */
  peers(): readonly Peer[] | undefined {
    if (this.#members.size === 0) return undefined;
    return [...this.#members.values()].map(({ id, peerUrls }) => ({ id, urls: peerUrls }));
  }

  /** In the order of their ids. */
  list(): readonly MemberView[] {
    return [...this.#members.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((member) => ({ ...member, isLearner: this.isLearner(member.id) }));
  }

  /**
   * A configuration change was applied; `context` are the attributes of a member that came. Who goes is still
   * needed, and so still connected, until a joint configuration is left.
   */
  applyChange(change: ConfChange, conf: ConfState): void {
    this.#conf = conf;
    this.#dirty = true;
    const staying = new Set(allMembers(conf));
    for (const member of staying) {
      if (!this.#members.has(member)) {
        this.#members.set(member, { id: member, name: "", peerUrls: [], clientUrls: [] });
      }
    }
    for (const member of [...this.#members.keys()]) {
      if (staying.has(member)) continue;
      this.#members.delete(member);
      this.#removed.add(member);
    }
    if (change.context.length === 0) return;
    const attributes = readAttributes(new ByteReader(change.context));
    if (!this.#removed.has(attributes.id)) this.#members.set(attributes.id, attributes);
  }

  /** A member told its name or addresses. Those of a removed member are ignored. */
  update(member: MemberAttributes): void {
    if (!this.#members.has(member.id)) return;
    this.#members.set(member.id, member);
    this.#dirty = true;
  }

  /**
   * The record to be written with the batch being applied; undefined where nothing changed since the last.
   */
  takeWrite(): StoreWrite | undefined {
    if (!this.#dirty) return undefined;
    this.#dirty = false;
    const w = new ByteWriter();
    writeConf(w, this.#conf);
    w.uint32(this.#members.size);
    for (const member of this.#members.values()) writeAttributes(w, member);
    w.uint32(this.#removed.size);
    for (const id of this.#removed) w.id(id);
    return { type: "put", key: MEMBERSHIP_KEY, value: w.take() };
  }
}

/** The context of a change that adds a member. */
export function encodeMemberContext(member: MemberAttributes): Uint8Array {
  const w = new ByteWriter();
  writeAttributes(w, member);
  return w.takeCopy();
}
