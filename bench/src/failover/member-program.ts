/** How a member is started: `quorate serve`, `quorate store`, or etcd itself. */
import type { Side } from "../target.ts";
import type { Certificates } from "../targets/certificates.ts";
import { QUORATE_STORE, serveCommand } from "../targets/quorate-target.ts";
import type { ReferenceBinaries } from "../targets/reference-binaries.ts";
import { etcdCommand } from "../targets/reference-target.ts";
import { type StoreCommand, storeFlags } from "../targets/store-target.ts";

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

/** A store may be filled beyond the 2 GiB that it has by default. */
const QUOTA = ["--quota-backend-bytes", String(16 * 2 ** 30)];

function storeProgram(title: string, command: StoreCommand): MemberProgram {
  return {
    title,
    side: command.side,
    surface: "store",
    command: (plan) => [
      command.program,
      ...command.args,
      ...storeFlags({ ...plan, clientUrl: `https://${plan.host}:${plan.clientPort}` }),
      ...QUOTA,
    ],
  };
}

/** `quorate serve`: API server and store in one. */
export const QUORATE_SERVE: MemberProgram = {
  title: "Quorate",
  side: "quorate",
  surface: "api",
  command: (plan) => [
    ...serveCommand({ ...plan, securePort: plan.clientPort }),
    // Changes of the membership are asked for over etcd's calls, as an operator's tools do.
    ...["--listen-client-urls", `https://${plan.host}:${plan.storePort}`],
    ...["--cert-file", plan.files.cert, "--key-file", plan.files.key],
    ...["--trusted-ca-file", plan.files.ca],
    ...QUOTA,
  ],
};

/** `quorate store`. */
export const QUORATE_STORE_PROGRAM = storeProgram("Quorate's store", QUORATE_STORE);

/** etcd 3.6. */
export function etcdProgram(binaries: ReferenceBinaries): MemberProgram {
  return storeProgram("etcd", etcdCommand(binaries));
}
