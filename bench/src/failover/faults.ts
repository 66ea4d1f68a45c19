/**
 * The faults, each a small recipe against a live cluster. `inject` returns once the fault is in place and
 * over from the injector's side (a frozen member is thawed, a killed one is left to the cluster command).
 */
import type { ClusterControl } from "./cluster-control.ts";

export interface Fault {
  readonly name: string;
  readonly title: string;
  /** Whether the cluster can go on writing meanwhile: then the gap is bounded by the target. */
  readonly keepsQuorum: boolean;
  inject(cluster: ClusterControl, mark: (what: string) => void): Promise<void>;
}

const FREEZE_MS = 4_000;
const READY_LIMIT_MS = 30_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The leader's place, or the first other one. */
async function pick(cluster: ClusterControl, who: "leader" | "follower"): Promise<number> {
  const leader = await cluster.getLeader();
  return who === "leader" ? leader : (leader + 1) % cluster.target.endpoints.length;
}

function killing(who: "leader" | "follower"): Fault {
  return {
    name: `kill-${who}`,
    title: `kill -9 of ${who === "leader" ? "the leader" : "a follower"}`,
    keepsQuorum: true,
    async inject(cluster, mark) {
      const { member, pid } = cluster.getProcess(await pick(cluster, who));
      mark(`kill -9 member ${member + 1} (${who})`);
      process.kill(pid, "SIGKILL");
    },
  };
}

function freezing(who: "leader" | "follower"): Fault {
  return {
    name: `freeze-${who}`,
    title: `SIGSTOP of ${who === "leader" ? "the leader" : "a follower"} for ${FREEZE_MS / 1000} s`,
    keepsQuorum: true,
    async inject(cluster, mark) {
      const { member, pid } = cluster.getProcess(await pick(cluster, who));
      mark(`SIGSTOP member ${member + 1} (${who})`);
      process.kill(pid, "SIGSTOP");
      await pause(FREEZE_MS);
      mark(`SIGCONT member ${member + 1}`);
      process.kill(pid, "SIGCONT");
    },
  };
}

const rollingRestart: Fault = {
  name: "rolling-restart",
  title: "SIGTERM of one member after the other, each ready again before the next",
  keepsQuorum: true,
  async inject(cluster, mark) {
    for (let member = 0; member < cluster.target.endpoints.length; member++) {
      mark(`SIGTERM member ${member + 1}`);
      process.kill(cluster.getProcess(member).pid, "SIGTERM");
      await pause(300);
      await cluster.untilAllReady(READY_LIMIT_MS);
    }
  },
};

const killAll: Fault = {
  name: "kill-all",
  title: "kill -9 of all members at once",
  keepsQuorum: false,
  async inject(cluster, mark) {
    mark("kill -9 all members");
    for (const { pid } of cluster.processes()) process.kill(pid, "SIGKILL");
  },
};

export const faults: readonly Fault[] = [
  killing("leader"),
  killing("follower"),
  freezing("leader"),
  freezing("follower"),
  rollingRestart,
  killAll,
];
