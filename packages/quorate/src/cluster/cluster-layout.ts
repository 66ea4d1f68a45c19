/**
 * Where the members of a local cluster listen and lie: names, ports and folders follow from the data
 * directory, the number of members and the base port, and nothing else.
 *
 *   --base-port 6443, 3 members:  API on 6443 6444 6445, peers on 6453 6454 6455
 *   .quorate/  kubeconfig  cluster.json  pki/  logs/  m1/  m2/  m3/
 */
import { join } from "node:path";

/** Members of a local cluster at most. */
export const MEMBERS_MAX = 9;
/** kube-apiserver's port. */
export const DEFAULT_BASE_PORT = 6443;

/** The peer ports stand above the API ports, whatever the number of members. */
const PEER_PORT_OFFSET = 10;
const HOST = "127.0.0.1";

/** What a layout follows from. */
export interface ClusterShape {
  readonly dataDirectory: string;
  readonly members: number;
  readonly basePort: number;
}

/** One member's name, places and ports. */
export interface MemberLayout {
  readonly name: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly host: string;
  readonly securePort: number;
  readonly peerPort: number;
  readonly endpoint: string;
  readonly peerUrl: string;
}

/** Everything's place. */
export interface ClusterLayout {
  readonly kubeconfigFile: string;
  readonly clusterFile: string;
  readonly certificateFolder: string;
  readonly members: readonly MemberLayout[];
  /** etcd's `--initial-cluster`. */
  readonly initialCluster: string;
}

/** How many ports in a row from the base port a cluster may use. */
export const PORTS_OF_A_CLUSTER = PEER_PORT_OFFSET + MEMBERS_MAX;

/** The same shape always gives the same layout. */
export function layOut({ dataDirectory, members: count, basePort }: ClusterShape): ClusterLayout {
  const members = Array.from({ length: count }, (_, index): MemberLayout => {
    const name = `m${index + 1}`;
    const securePort = basePort + index;
    const peerPort = basePort + PEER_PORT_OFFSET + index;
    return {
      name,
      dataDirectory: join(dataDirectory, name),
      logFile: join(dataDirectory, "logs", `${name}.log`),
      host: HOST,
      securePort,
      peerPort,
      endpoint: `https://${HOST}:${securePort}`,
      peerUrl: `https://${HOST}:${peerPort}`,
    };
  });
  return {
    kubeconfigFile: join(dataDirectory, "kubeconfig"),
    clusterFile: join(dataDirectory, "cluster.json"),
    certificateFolder: join(dataDirectory, "pki"),
    members,
    initialCluster: members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(","),
  };
}
