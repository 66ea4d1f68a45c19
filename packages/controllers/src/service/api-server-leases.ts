/**
 * The port to the leases under which API servers say that they are alive: an address each, gone by itself a
 * while after it was last renewed. kube-apiserver keeps them in the store under `masterleases/`, beside the
 * objects.
 */
export interface ApiServerLeases {
  /** Renews the lease of an address, making it where it is absent. */
  renew(address: string): Promise<void>;
  remove(address: string): Promise<void>;
  list(): Promise<readonly string[]>;
}
