/**
 * The faults, each a small recipe against a live cluster. `inject` returns once the fault is over from the
 * injector's side: a frozen member is thawed, a killed one is left to its supervisor.
 */

import { pause } from "../pause.ts";
import type { FaultCluster } from "./fault-cluster.ts";
import { replaceMember } from "./member-replacement.ts";

/** Tells what is done to the cluster at this moment. */
export type Mark = (what: string) => void;

/** A named fault. */
export interface Fault {
  readonly name: string;
  title(cluster: FaultCluster): string;
  /** Part of `--smoke`. */
  readonly smoke?: boolean;
  inject(cluster: FaultCluster, mark: Mark): Promise<void>;
}

type Role = "leader" | "follower";

const LAST_MS = 4_000;
const READY_LIMIT_MS = 60_000;

const who = (role: Role) => (role === "leader" ? "the leader" : "a follower");

/** The leader's place, or the next one. */
async function pick(cluster: FaultCluster, role: Role): Promise<number> {
  const leader = await cluster.getLeader();
  return role === "leader" ? leader : (leader + 1) % cluster.endpoints.length;
}

function killing(role: Role): Fault {
  return {
    name: `kill-${role}`,
    title: () => `kill -9 of ${who(role)}`,
    smoke: role === "leader",
    async inject(cluster, mark) {
      const member = await pick(cluster, role);
      mark(`kill -9 member ${member + 1}`);
      cluster.signal(member, "SIGKILL");
    },
  };
}

/** A fault that begins and ends. */
function lasting(
  name: string,
  role: Role,
  title: (cluster: FaultCluster) => string,
  steps: {
    begin(cluster: FaultCluster, member: number): Promise<void> | void;
    end(cluster: FaultCluster, member: number): Promise<void> | void;
    readonly words: readonly [string, string];
  },
): Fault {
  return {
    name: `${name}-${role}`,
    title,
    async inject(cluster, mark) {
      const member = await pick(cluster, role);
      mark(`member ${member + 1} ${steps.words[0]}`);
      await steps.begin(cluster, member);
      await pause(LAST_MS);
      mark(`member ${member + 1} ${steps.words[1]}`);
      await steps.end(cluster, member);
    },
  };
}

const SECONDS = `for ${LAST_MS / 1000} s`;

function freezing(role: Role): Fault {
  return lasting("freeze", role, () => `SIGSTOP of ${who(role)} ${SECONDS}`, {
    begin: (cluster, member) => cluster.signal(member, "SIGSTOP"),
    end: (cluster, member) => cluster.signal(member, "SIGCONT"),
    words: ["frozen", "thawed"],
  });
}

function partitioning(role: Role): Fault {
  const title = (cluster: FaultCluster) =>
    `${who(role)} cut off from its peers ${SECONDS} (${cluster.network.kind})`;
  return lasting("partition", role, title, {
    begin: (cluster, member) => cluster.network.isolate(member),
    end: (cluster, member) => cluster.network.heal(member),
    words: ["cut off", "connected again"],
  });
}

function stalling(role: Role): Fault {
  const title = (cluster: FaultCluster) =>
    `the disk of ${who(role)} stalls ${SECONDS} (${cluster.disks.kind})`;
  return lasting("disk-stall", role, title, {
    begin: (cluster, member) => cluster.disks.stall(member),
    end: (cluster, member) => cluster.disks.goOn(member),
    words: ["disk stalls", "disk goes on"],
  });
}

const rollingRestart: Fault = {
  name: "rolling-restart",
  title: () => "SIGTERM of one member after the other, each ready again before the next",
  async inject(cluster, mark) {
    for (let member = 0; member < cluster.endpoints.length; member++) {
      mark(`SIGTERM member ${member + 1}`);
      const before = cluster.getPid(member);
      cluster.signal(member, "SIGTERM");
      await cluster.untilRestarted(member, before, READY_LIMIT_MS);
      await cluster.untilAllReady(READY_LIMIT_MS);
    }
  },
};

const replacement: Fault = {
  name: "replace-member",
  title: () => "a follower lost for good and replaced by a new member without data",
  inject: async (cluster, mark) => replaceMember(cluster, await pick(cluster, "follower"), mark),
};

const killAll: Fault = {
  name: "kill-all",
  title: () => "kill -9 of all members at once",
  async inject(cluster, mark) {
    const members = cluster.endpoints.map((_, member) => member);
    mark("kill -9 all members");
    for (const member of members) cluster.signal(member, "SIGKILL");
  },
};

/** In the order in which they are run and shown. */
export const faults: readonly Fault[] = [
  killing("leader"),
  killing("follower"),
  freezing("leader"),
  freezing("follower"),
  partitioning("leader"),
  partitioning("follower"),
  stalling("leader"),
  stalling("follower"),
  rollingRestart,
  replacement,
  killAll,
];
