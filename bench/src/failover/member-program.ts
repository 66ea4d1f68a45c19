/** How a member is started: `quorate serve`, `quorate store`, or etcd itself. */
import { fileURLToPath } from "node:url";
import type { Side } from "../target.ts";
import type { Certificates } from "../targets/certificates.ts";
import { QUORATE_STORE } from "../targets/quorate-target.ts";
import type { ReferenceBinaries } from "../targets/reference-binaries.ts";
import { etcdCommand } from "../targets/reference-target.ts";
import { type StoreCommand, storeFlags } from "../targets/store-target.ts";

const COMMAND = fileURLToPath(new URL("../../../packages/quorate/bin/quorate.mjs", import.meta.url));

/** One start of one member. */
export interface MemberPlan {
  readonly name: string;
  readonly dataDirectory: string;
  readonly files: Certificates;
  readonly host: string;
  /** Of the API, or of the store where that is what clients reach. */
  readonly clientPort: number;
  /** Of etcd's surface beside the API. */
  readonly storePort: number;
  readonly peerListenUrl: string;
  readonly peerUrl: string;
  readonly initialCluster: string;
  readonly state: "new" | "existing";
}

/** A program that members are made of. */
export interface MemberProgram {
  readonly title: string;
  readonly side: Side;
  readonly surface: "api" | "store";
  command(plan: MemberPlan): readonly string[];
}

function storeProgram(title: string, command: StoreCommand): MemberProgram {
  return {
    title,
    side: command.side,
    surface: "store",
    command: (plan) => [
      command.program,
      ...command.args,
      ...storeFlags({ ...plan, clientUrl: `https://${plan.host}:${plan.clientPort}` }),
    ],
  };
}

/** `quorate serve`: API server and store in one. */
export const QUORATE_SERVE: MemberProgram = {
  title: "Quorate",
  side: "quorate",
  surface: "api",
  command: (plan) => [
    process.execPath,
    COMMAND,
    "serve",
    ...["--name", plan.name, "--data-dir", plan.dataDirectory],
    ...["--bind-address", plan.host, "--advertise-address", plan.host],
    ...["--secure-port", String(plan.clientPort)],
    ...["--tls-cert-file", plan.files.cert, "--tls-private-key-file", plan.files.key],
    ...["--client-ca-file", plan.files.ca],
    ...["--service-account-key-file", plan.files.serviceAccountPublicKey],
    ...["--service-account-signing-key-file", plan.files.serviceAccountKey],
    ...["--listen-peer-urls", plan.peerListenUrl, "--initial-advertise-peer-urls", plan.peerUrl],
    ...["--initial-cluster", plan.initialCluster, "--initial-cluster-state", plan.state],
    ...["--peer-cert-file", plan.files.cert, "--peer-key-file", plan.files.key],
    ...["--peer-trusted-ca-file", plan.files.ca],
    // Changes of the membership are asked for over etcd's calls, as an operator's tools do.
    ...["--listen-client-urls", `https://${plan.host}:${plan.storePort}`],
    ...["--cert-file", plan.files.cert, "--key-file", plan.files.key],
    ...["--trusted-ca-file", plan.files.ca],
  ],
};

/** `quorate store`. */
export const QUORATE_STORE_PROGRAM = storeProgram("Quorate's store", QUORATE_STORE);

/** etcd 3.6. */
export function etcdProgram(binaries: ReferenceBinaries): MemberProgram {
  return storeProgram("etcd", etcdCommand(binaries));
}
