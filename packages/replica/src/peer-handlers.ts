/** What a replica's transport calls: each call guarded, and its work done with the rest of the turn. */
import type { MemberId } from "@quorate/raft";
import type { Membership } from "./membership.ts";
import type { PeerInbox } from "./peer-inbox.ts";
import type { PeerHandlers } from "./peer-transport.ts";
import type { ReplicaOptions } from "./replica-options.ts";
import type { SnapshotExchange } from "./snapshot-exchange.ts";

/** The parts of the replica that peers reach. */
export interface PeerHandlersOptions {
  readonly options: ReplicaOptions;
  readonly inbox: PeerInbox;
  readonly snapshots: SnapshotExchange;
  readonly membership: () => Membership;
  readonly leader: () => MemberId;
  /** Runs what may break an invariant. */
  readonly guard: (run: () => void) => void;
  readonly wake: () => void;
  readonly failed: (error: Error) => void;
}

/** The handlers of one replica. */
export function peerHandlers(parts: PeerHandlersOptions): PeerHandlers {
  const { options, inbox, snapshots, membership, leader, guard, wake, failed } = parts;
  return {
    receive: (from, messages) =>
      guard(() => {
        inbox.receive(from, messages);
        wake();
      }),
    lost: (member) =>
      guard(() => {
        inbox.lost(member, leader());
        wake();
      }),
    unreachable: (member) => guard(() => inbox.unreachable(member)),
    snapshot: (from, head, chunks) => snapshots.receive(from, head, chunks),
    describe: () => ({ clusterId: options.clusterId, members: membership().list() }),
    isRemoved: (member) => membership().isRemoved(member),
    isReplaced: (member, directoryId) => membership().isReplaced(member, directoryId),
    ...(options.control ? { control: options.control } : undefined),
    refused: (by, refusal, reason) => {
      const fatal = inbox.fatalRefusal(by, refusal, reason);
      if (fatal) failed(fatal);
    },
  };
}
