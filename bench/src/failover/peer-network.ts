/**
 * What lies between the members: each is told another address of its peers than the one they listen on, so
 * that traffic can be cut between them while clients still reach every member.
 */

/** One member's place in the network. */
export interface PeerPlace {
  /** Where the member itself listens for its peers. */
  readonly listenUrl: string;
  /** What the others are told. */
  readonly advertiseUrl: string;
}

/** Cuts and heals the links between members; packets vanish, no connection is reset. */
export interface PeerNetwork {
  readonly kind: "network namespaces" | "proxies";
  /** The host under which clients reach a member. */
  clientHost(member: number): string;
  place(member: number): PeerPlace;
  /** A member's command as it is started within this network. */
  wrap(member: number, command: readonly string[]): readonly string[];
  /** No peer's bytes reach the member, and none of its bytes reach a peer. */
  isolate(member: number): Promise<void>;
  heal(member: number): Promise<void>;
  close(): Promise<void>;
}
