/**
 * What lies between members: what one sends to another can be made to vanish, as where a cable is pulled,
 * while clients still reach every member.
 */

/** Where one member stands in the network. */
export interface MemberPlace {
  /** Where the member listens to its peers, and where they reach it. */
  readonly listenPeerUrl: string;
  readonly advertisePeerUrl: string;
  /** The host under which clients reach it. */
  readonly clientHost: string;
  /** The member's command as it is started at this place. */
  wrap(command: readonly string[]): readonly string[];
}

/** Cuts and heals the links between places. */
export interface PeerNetwork {
  readonly kind: "network namespaces" | "proxies";
  add(): Promise<MemberPlace>;
  remove(place: MemberPlace): Promise<void>;
  /** The member that stands there has told its id. */
  named(place: MemberPlace, id: bigint): void;
  /** What `from` sends to `to` from now on does not arrive; no connection is closed. */
  cut(from: MemberPlace, to: MemberPlace): Promise<void>;
  /** Takes all cuts back; with `isReset` cut connections are reset, where the network can do that. */
  heal(isReset: boolean): Promise<void>;
  /** Takes away all that was made. */
  close(): Promise<void>;
}
