/**
 * The port to whoever knows which member runs the loops that should run once in a cluster: the store's own
 * leadership where the store is ours, a Lease otherwise.
 */
export interface Leadership {
  readonly isLeader: boolean;
  /** Calls back with every change; the result ends that. */
  onChange(changed: () => void): () => void;
}
