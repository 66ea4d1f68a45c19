/**
 * Faults of several steps, each of which makes the narrow window of a famous bug likely: Raft's figure 8,
 * two majorities that have only one member in common, frames that arrive terms after they were sent. One at
 * a time, and nothing else is done to the network meanwhile.
 */
import type { Random } from "@quorate/base";
import type { Fault } from "../profile.ts";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimMember } from "./sim-member.ts";

/** The kinds of plots; each is a fault that a profile turns on or off. */
export type Plot = Extract<
  Fault,
  "figure-8" | "shifting-majority" | "frozen-leader" | "stall" | "late-snapshot"
>;

const LOOK_MS = 2;
/** How long a plot waits for a leader: an election, and time to notice that connections are back. */
const LEADER_MS = 5000;

/** A member that lacks more entries than this would need too long to be late for all of them. */
const SNAPSHOT_ENTRIES = 100;

/** The plots of one run. */
export class Plots {
  readonly #cluster: SimCluster;
  readonly #random: Random;
  #underWay: Plot | undefined;
  #isOver = false;

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
    this.#random = cluster.random;
  }

  /** Whether the network belongs to a plot. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** No plot goes on, and none begins any more. */
  end(): void {
    this.#isOver = true;
    this.#underWay = undefined;
  }

  /** False where the plot lacks what it takes. */
  start(plot: Plot): boolean {
    const { leader, serving, profile } = this.#cluster;
    if (this.#isOver || this.isUnderWay || !leader || serving.length < 3) return false;
    if (plot === "late-snapshot" && profile.trimEntries > SNAPSHOT_ENTRIES) return false;
    this.#underWay = plot;
    this.#cluster.network.heal();
    this.#run(plot, leader).catch((error: Error) =>
      this.#cluster.report("a plot is carried out", error.stack ?? error.message),
    );
    return true;
  }

  async #run(plot: Plot, leader: SimMember): Promise<void> {
    const { network } = this.#cluster;
    if (plot === "figure-8") await this.#figureEight(leader);
    else if (plot === "shifting-majority") await this.#shiftingMajority(leader);
    else if (plot === "frozen-leader") await this.#frozenLeader(leader);
    else if (plot === "stall") await this.#stall(leader);
    else await this.#lateSnapshot(leader);
    if (this.#isOver) return;
    network.heal();
    network.faults.delayMs = 0.2;
    this.#underWay = undefined;
  }

  /**
   * A leader is cut off with entries that only it has; the next one as soon as it leads; the first may win
   * again and hands its old entries on; it is cut off in the midst of that, and the second may win again.
   */
  async #figureEight(first: SimMember): Promise<void> {
    const { network, loop } = this.#cluster;
    const delayMs = 10 + this.#random.int(40);
    network.faults.delayMs = delayMs;
    await loop.sleep(delayMs);
    if (this.#isOver) return;
    this.#isolate(first);
    const second = await this.#leaderAfter(first);
    if (!second) return;
    this.#isolate(second);
    const third = await this.#leaderAfter(second);
    if (!third) return;
    // Four of its messages after the election a follower has said that it has an old entry.
    await loop.sleep(delayMs * (2 + 4 * this.#random.next()));
    if (this.#isOver) return;
    this.#isolate(third);
    if (await this.#leaderAfter(third)) await loop.sleep(delayMs * 6 + 100);
  }

  /**
   * A member that has a slow disk is one of a majority; it dies; it comes back as one of another majority
   * that nobody else belongs to. At times the first majority has to elect a leader, and the former one is in
   * the second.
   */
  async #shiftingMajority(leader: SimMember): Promise<void> {
    const { network, loop, serving } = this.#cluster;
    const random = this.#random;
    const followers = serving.filter((member) => member !== leader);
    if (random.int(2) === 0) followers.reverse();
    const isElection = random.int(2) === 0;
    const pivot = isElection ? followers.pop()! : leader;
    const others = isElection ? [...followers, leader] : followers;
    const before = others.slice(0, (others.length + 1) >> 1);
    const after = others.slice(before.length);
    for (const a of before) for (const b of after) this.#cut(a, b);
    for (const b of after) this.#cut(pivot, b);
    const { disk } = pivot.machine;
    disk.slowness = 30 + random.int(400);
    if (isElection) await this.#leaderAfter(leader);
    else await loop.sleep(20 + random.int(500));
    if (this.#isOver) return;
    pivot.kill(random.int(2) === 0);
    network.heal();
    for (const a of before) for (const b of [...after, pivot]) this.#cut(a, b);
    disk.slowness = 1;
    await loop.sleep(random.int(200));
    if (!pivot.isGone) pivot.start();
    if (await this.#leaderAmong([pivot, ...after], { term: 0 })) await loop.sleep(200);
  }

  /** A leader stands still, cut off, until another has answered clients; then it goes on, still cut off. */
  async #frozenLeader(leader: SimMember): Promise<void> {
    const frozenMs = 1300 + this.#random.int(1500);
    this.#isolate(leader);
    leader.life?.pause(frozenMs);
    await this.#cluster.loop.sleep(frozenMs + this.#random.int(300));
  }

  /**
   * What a follower sends to the leader comes late, in order, as over a cable that was pulled for a moment.
   * Often the leader is another one meanwhile, and then the same again.
   */
  async #stall(leader: SimMember): Promise<void> {
    const { network, loop, serving } = this.#cluster;
    const random = this.#random;
    const others = serving.filter((member) => member !== leader);
    if (random.int(2) === 0) others.reverse();
    const [from, heir] = others;
    const stallMs = 200 + random.int(1500);
    network.hold(from!.id, leader.id, stallMs);
    const end = loop.now + stallMs;
    if (random.int(4) > 0) {
      await loop.sleep(random.next() * 0.3 * stallMs);
      await this.#handOver(leader, heir!);
      await loop.sleep(random.next() * 0.3 * stallMs);
      await this.#handOver(heir!, leader);
    }
    await loop.sleep(end - loop.now);
  }

  /** A member is cut off until it needs a snapshot, and something happens to it while it takes that in. */
  async #lateSnapshot(leader: SimMember): Promise<void> {
    const { serving, network, loop, profile } = this.#cluster;
    const random = this.#random;
    const late = serving.find((member) => member !== leader)!;
    const appliedBy = ({ replica }: SimMember): number => replica?.store.appliedIndex ?? 0;
    const needed = appliedBy(late) + profile.trimEntries + profile.keptEntries;
    this.#isolate(late);
    await this.#until(() => appliedBy(leader) > needed, LEADER_MS);
    if (this.#isOver) return;
    network.heal();
    const { states, disk } = late.machine;
    if (!(await this.#until(() => states.size > 1, LEADER_MS))) return;
    await loop.sleep(random.next() * 12);
    if (random.int(2) === 0) disk.failingSyncs = 1;
    else late.kill(random.int(2) === 0);
  }

  /** False where it does not come true in time. */
  async #until(isSo: () => boolean, waitMs: number): Promise<boolean> {
    const { loop } = this.#cluster;
    const end = loop.now + waitMs;
    while (!this.#isOver && loop.now < end) {
      if (isSo()) return true;
      await loop.sleep(LOOK_MS);
    }
    return false;
  }

  async #handOver(from: SimMember, to: SimMember): Promise<void> {
    if (this.#isOver) return;
    from.replica?.askLeader({ op: "move-leader", member: to.id }).catch(() => {});
    await this.#leaderAmong([to], { term: 0, waitMs: 500 });
  }

  /** Who leads in a later term; undefined where nobody does in time. */
  #leaderAfter({ replica }: SimMember): Promise<SimMember | undefined> {
    const term = replica?.status().term ?? 0;
    return this.#leaderAmong([...this.#cluster.members.values()], { term });
  }

  /** The first of the members that leads in a later term than this; undefined where none does in time. */
  async #leaderAmong(
    members: readonly SimMember[],
    { term, waitMs = LEADER_MS }: { readonly term: number; readonly waitMs?: number },
  ): Promise<SimMember | undefined> {
    const leads = ({ replica }: SimMember): boolean => {
      const status = replica?.status();
      return status !== undefined && status.role === "leader" && status.term > term;
    };
    await this.#until(() => members.some(leads), waitMs);
    return this.#isOver ? undefined : members.find(leads);
  }

  /** Only this member is cut off. */
  #isolate(member: SimMember): void {
    const { network, members } = this.#cluster;
    network.heal();
    for (const other of members.values()) if (other !== member) this.#cut(member, other);
  }

  #cut(a: SimMember, b: SimMember): void {
    this.#cluster.network.cut(a.id, b.id);
    this.#cluster.network.cut(b.id, a.id);
  }
}
