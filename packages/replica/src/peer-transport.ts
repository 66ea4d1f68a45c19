/**
 * The PeerTransport port: messages between the members of a cluster, unreliable as raft expects it (dropped,
 * never changed; those of one connection in order), and streams of state for a member that fell behind.
 * `TlsPeerTransport` is the real one, `MemoryPeerNetwork` its twin.
 */
import type { MemberId, Message, SnapshotMeta } from "@quorate/raft";
import type { MemberAttributes } from "./member-attributes.ts";
import type { PeerTrafficCounts } from "./peer-traffic.ts";

/** What members send each other between snapshots. */
export type PeerMessage =
  | { readonly kind: "raft"; readonly message: Message }
  /** Proposals for the leader of exactly this term, in the form that an entry has. */
  | {
      readonly kind: "propose";
      readonly term: number;
      /** Differs between the lives of a member. */
      readonly session: number;
      /** Ascends within a session. */
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  /** The proposals of that `propose` were not appended and never will be. */
  | { readonly kind: "refused"; readonly session: number; readonly sequence: number }
  /** A call that only the leader can answer; `body` is packed data. */
  | { readonly kind: "ask"; readonly session: number; readonly sequence: number; readonly body: Uint8Array }
  | {
      readonly kind: "answer";
      readonly session: number;
      readonly sequence: number;
      readonly body: Uint8Array;
    };

/** Another member, as the configuration names it. */
export interface Peer {
  readonly id: MemberId;
  /** `https://host:port`; tried in order. */
  readonly urls: readonly string[];
}

/** What travels before the state of a snapshot. */
export interface SnapshotHead {
  /** The raft message that announces it; stepped into raft once the state has arrived. */
  readonly message: Message;
  readonly meta: SnapshotMeta;
}

/** The cluster, as one of its members sees it. */
export interface ClusterDescription {
  readonly clusterId: bigint;
  readonly members: readonly MemberAttributes[];
}

/** Why a member refused a connection. */
export type PeerRefusal =
  | "CLUSTER_MISMATCH"
  | "MEMBER_MISMATCH"
  | "MEMBER_REMOVED"
  | "PROTOCOL_MISMATCH"
  /** It lost its data directory: what it voted and stored is forgotten, so it can't go on under its id. */
  | "DIRECTORY_REPLACED";

/** What an operator's call gives. */
export interface ControlAnswer {
  readonly result: unknown;
  /** Sent before the result. */
  readonly chunks?: AsyncIterable<Uint8Array>;
}

/** What a transport calls; never within a call of its own user. */
export interface PeerHandlers {
  receive(from: MemberId, messages: readonly PeerMessage[]): void;
  /** The connection from or to the member was reset or closed: its process is likely gone. */
  lost(member: MemberId): void;
  /** Messages for the member were dropped. */
  unreachable(member: MemberId): void;
  /**
   * Consumes the state; resolves when all of it is durable beside the state in use. Rejecting ends the
   * stream.
   */
  snapshot(from: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** What this member tells one that wants to join. */
  describe(): ClusterDescription;
  /** Whether this member was removed from the cluster: its connections are refused. */
  isRemoved(member: MemberId): boolean;
  /** Whether the member was known with another data directory: its connections are refused. */
  isReplaced?(member: MemberId, directoryId: bigint): boolean;
  /** Answers an operator; absent where none is served. */
  control?(request: unknown): Promise<ControlAnswer>;
  /** A peer refuses this member for good. */
  refused(by: MemberId, refusal: PeerRefusal, reason: string): void;
}

/** The connections of one member with the others. */
export interface PeerTransport {
  /** Called once, before anything else. */
  start(handlers: PeerHandlers): void;
  /** The members to be connected with from now on, without this one. */
  setPeers(peers: readonly Peer[]): void;
  /**
   * Sends in order; false, after calling `unreachable`, where all of it was dropped. Never blocks, never
   * throws. What was sent may still be lost.
   */
  send(to: MemberId, messages: readonly PeerMessage[]): boolean;
  /** Sends a state with back-pressure; resolves when the other side has all of it and says so. */
  sendSnapshot(to: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Whether messages to the member are likely to arrive. */
  isConnected(member: MemberId): boolean;
  /** What its connections have carried, one for each peer; absent where nothing is counted. */
  traffic?(): readonly PeerTrafficCounts[];
  close(): Promise<void>;
}
