/**
 * Who makes things go wrong: one fault after the other, of the kinds that the run's profile allows, each
 * for a while. It never takes more disks away for good than the cluster can lose.
 */
import type { Random } from "@quorate/base";
import type { Fault, Profile } from "../profile.ts";
import { MemberPlan } from "./member-plan.ts";
import { Plots } from "./plots.ts";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimMember } from "./sim-member.ts";

const RESTART_MS = 3000;
const FAULT_MS = 4000;

/** The faults of one run. */
export class Nemesis {
  readonly #cluster: SimCluster;
  readonly #random: Random;
  readonly #profile: Profile;
  readonly plan: MemberPlan;
  readonly #plots: Plots;
  #isOver = false;

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
    this.#random = cluster.random;
    this.#profile = cluster.profile;
    this.plan = new MemberPlan(cluster);
    this.#plots = new Plots(cluster);
  }

  /** Starts to do harm; members whose process ended come back by themselves. */
  start(): void {
    const { loop } = this.#cluster;
    const next = (): void => {
      if (this.#isOver) return;
      this.#strike();
      loop.after(this.#profile.faultEveryMs * (0.2 + 1.6 * this.#random.next()), next);
    };
    loop.after(this.#profile.faultEveryMs, next);
    this.#supervise();
  }

  /** Takes every fault back, and starts no other. */
  heal(): void {
    this.#isOver = true;
    this.#plots.end();
    const { network, members } = this.#cluster;
    network.heal();
    Object.assign(network.faults, { dropped: 0, doubled: 0, reordered: 0, delayMs: 0.2, spreadMs: 0.5 });
    for (const { machine, life } of members.values()) {
      Object.assign(machine.disk, { slowness: 1, isFull: false, failingSyncs: 0, crashIn: 0 });
      life?.resume();
    }
  }

  /** As an init system does: a process that ended is started again. */
  #supervise(): void {
    const { members, loop } = this.#cluster;
    for (const member of members.values()) {
      if (member.isRunning || member.isGone || member.starts === 0) continue;
      const delay = this.#isOver ? 50 : this.#random.int(RESTART_MS);
      loop.after(delay, () => {
        if (!member.isGone) member.start();
      });
    }
    loop.after(RESTART_MS + 1, () => this.#supervise());
    if (this.#isOver) return;
  }

  #strike(): void {
    if (this.#plots.isUnderWay) return;
    const faults = [...this.#profile.faults];
    const fault = faults[this.#random.int(Math.max(1, faults.length))];
    if (!fault) return;
    const running = [...this.#cluster.members.values()].filter((member) => member.isRunning);
    const one = running[this.#random.int(Math.max(1, running.length))];
    // The one that hurts most.
    const member = this.#random.int(3) === 0 ? (this.#cluster.leader ?? one) : one;
    if (!member) return;
    if (this.#do(fault, member)) {
      this.#cluster.count(fault);
      this.#cluster.note(`nemesis: ${fault} at m${member.id}`);
    }
  }

  #do(fault: Fault, member: SimMember): boolean {
    const random = this.#random;
    const { disk, clock } = member.machine;
    switch (fault) {
      case "crash":
        member.kill(false);
        // Sometimes all at once.
        if (random.int(8) === 0) for (const other of this.#cluster.members.values()) other.kill(false);
        return true;
      case "power-loss":
        member.kill(true);
        if (random.int(8) === 0) for (const other of this.#cluster.members.values()) other.kill(true);
        return true;
      case "crash-in-io":
        disk.crashIn = 1 + random.int(30);
        return true;
      case "pause":
        member.life?.pause(50 + random.int([800, 2500, 6000][random.int(3)]!));
        return true;
      case "slow-disk":
        disk.slowness = 10 + random.int(200);
        this.#later(() => (disk.slowness = 1));
        return true;
      case "full-disk":
        disk.isFull = true;
        this.#later(() => (disk.isFull = false));
        return true;
      case "sync-error":
        disk.failingSyncs = 1;
        return true;
      case "rot":
        return this.#rot(member);
      case "transfer":
        return this.#transfer();
      case "membership":
        return this.#changeMembers();
      case "wall-jump":
        clock.wallOffsetMs += (random.int(2) === 0 ? -1 : 1) * random.int(7_200_000);
        return true;
      case "spoiled-snapshot":
        return false;
      case "figure-8":
      case "shifting-majority":
      case "frozen-leader":
      case "stall":
      case "late-snapshot":
        return this.#plots.start(fault);
      default:
        return this.#spoilNetwork(fault, member);
    }
  }

  #spoilNetwork(fault: Fault, member: SimMember): boolean {
    const random = this.#random;
    const { network, members } = this.#cluster;
    const others = [...members.keys()].filter((id) => id !== member.id);
    switch (fault) {
      case "partition":
        this.#partition(member, others);
        break;
      case "one-way":
        for (const other of others) {
          if (random.int(2) === 0) network.cut(member.id, other);
          else if (random.int(3) === 0) network.cut(other, member.id);
        }
        break;
      case "loss":
        network.faults.dropped = random.next() * 0.3;
        break;
      case "reorder":
        network.faults.doubled = random.next() * 0.2;
        network.faults.reordered = random.next() * 0.5;
        network.faults.spreadMs = random.int(300);
        break;
      default:
        return false;
    }
    this.#later(() => {
      if (!this.#plots.isUnderWay) network.heal();
      Object.assign(network.faults, { dropped: 0, doubled: 0, reordered: 0, spreadMs: 0.5 });
    });
    return true;
  }

  #partition(member: SimMember, others: readonly bigint[]): void {
    const { network } = this.#cluster;
    const cut = (a: bigint, b: bigint): void => {
      network.cut(a, b);
      network.cut(b, a);
    };
    const kind = this.#random.int(3);
    if (kind === 0) {
      for (const other of others) cut(member.id, other);
      return;
    }
    if (kind === 1) {
      // One pair only: both still reach the rest.
      const other = others[this.#random.int(Math.max(1, others.length))];
      if (other !== undefined) cut(member.id, other);
      return;
    }
    const side = new Set(others.filter(() => this.#random.int(2) === 0));
    side.add(member.id);
    for (const a of side) for (const b of others) if (!side.has(b)) cut(a, b);
  }

  /** A bit rots while the process is away, so that it is found, or not, by the next one. */
  #rot(member: SimMember): boolean {
    if (!this.plan.canLose(member)) return false;
    member.kill(true);
    return this.#random.int(3) > 0 ? member.machine.rotLog(this.#random) : member.machine.rotState();
  }

  /** One change or two at once, at times with a cut right behind, when not all know what is committed. */
  #changeMembers(): boolean {
    const { random, loop, members, network, leader } = this.#cluster;
    const isAsked = this.plan.change();
    if (random.int(2) === 0) this.plan.change();
    if (!isAsked || !leader || !this.#profile.faults.has("partition") || random.int(2) === 0) return isAsked;
    const side = new Set([leader.id, ...[...members.keys()].slice(-2)]);
    loop.after(random.next() * 40, () => {
      // All may have been healed since, and nobody would mend this cut.
      if (this.#isOver) return;
      for (const a of side) {
        for (const b of members.keys()) {
          if (side.has(b)) continue;
          network.cut(a, b);
          network.cut(b, a);
        }
      }
      this.#later(() => {
        if (!this.#plots.isUnderWay) network.heal();
      });
    });
    return true;
  }

  #transfer(): boolean {
    const { serving } = this.#cluster;
    const asked = serving[this.#random.int(Math.max(1, serving.length))];
    const to = serving[this.#random.int(Math.max(1, serving.length))];
    if (!asked?.replica || !to) return false;
    asked.replica.askLeader({ op: "move-leader", member: to.id }).catch(() => {});
    return true;
  }

  #later(run: () => void): void {
    this.#cluster.loop.after(200 + this.#random.int(FAULT_MS), () => {
      if (!this.#isOver) run();
    });
  }
}
