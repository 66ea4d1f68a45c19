/**
 * Changes of the membership: machines are added as learners or at once as voters, learners are promoted,
 * members removed, and one whose data is lost is replaced. Asked of any member, as an operator does, and
 * often in vain.
 */
import type { MemberId } from "@quorate/raft";
import type { Replica } from "@quorate/replica";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimMember } from "./sim-member.ts";

type LeaderCall = Parameters<Replica["askLeader"]>[0];

/** Bound: machines of a run. */
const MACHINES_MAX = 12;

/** Who is, is to be, and must not be lost. */
export class MemberPlan {
  readonly #cluster: SimCluster;

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  /** The configuration as the member that has applied most knows it. */
  #conf() {
    let best: SimMember | undefined;
    for (const member of this.#cluster.serving) {
      const applied = member.replica!.store.appliedIndex;
      if (!best || applied > best.replica!.store.appliedIndex) best = member;
    }
    return best?.replica?.state.membership.conf;
  }

  /** Whether the cluster goes on without the data of this member, now and when all else is healed. */
  canLose(member: SimMember): boolean {
    const { members } = this.#cluster;
    // Nobody's data may be lost while the configuration may still change under way, or is not known.
    if ([...members.values()].some((other) => other.machine.hasRotted && !this.#isOut(other))) return false;
    const conf = this.#conf();
    if (!conf || conf.votersOutgoing.length > 0) return false;
    if (!conf.voters.includes(member.id)) return true;
    return conf.voters.length >= 3 && !this.#cluster.profile.faults.has("membership");
  }

  #isOut(member: SimMember): boolean {
    return this.#conf()?.voters.includes(member.id) === false;
  }

  /** Asks for one change; false where there was none to ask for. */
  change(): boolean {
    const { random, members } = this.#cluster;
    const conf = this.#conf();
    if (!conf) return false;
    const dice = random.int(10);
    const learner = conf.learners[0];
    if (dice < 4 && members.size < MACHINES_MAX && conf.voters.length + conf.learners.length < 6) {
      this.#add(random.int(3) > 0);
      return true;
    }
    if (learner !== undefined && dice < 7) {
      this.#ask("promote", learner);
      return true;
    }
    const extra = conf.voters.length > 3 ? conf.voters : conf.learners;
    const doomed = extra[random.int(Math.max(1, extra.length))];
    if (doomed === undefined) return false;
    if (dice === 9 && members.size < MACHINES_MAX) {
      this.#replace(doomed);
      return true;
    }
    this.#ask("remove", doomed);
    return true;
  }

  /** Replaces members whose data is gone, one step a call; true while there is something to do. */
  repair(): boolean {
    const conf = this.#conf();
    if (!conf) return true;
    const { members } = this.#cluster;
    const all = [...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext];
    this.#endOthers();
    for (const id of all) {
      const member = members.get(id);
      // It was added by a call whose answer was lost.
      if (member && !member.isGone && member.starts === 0) member.start();
    }
    const lost = all.find((id) => members.get(id)?.isGone);
    if (lost !== undefined) {
      if (this.#cluster.random.int(2) === 0 && members.size < MACHINES_MAX) this.#replace(lost);
      else this.#ask("remove", lost);
      return true;
    }
    const [learner] = conf.learners;
    if (learner !== undefined) {
      this.#ask("promote", learner);
      return true;
    }
    if (conf.voters.length >= 3 || members.size >= MACHINES_MAX) return false;
    this.#add(true);
    return true;
  }

  /** What runs and is no member (any more), as of a moment that is not over, is ended by whoever runs it. */
  #endOthers(): void {
    const asked = this.#cluster.leader;
    asked?.replica?.barrier().then(
      () => {
        const conf = asked.replica?.state.membership.conf;
        if (!conf) return;
        const { voters, votersOutgoing, learners, learnersNext } = conf;
        const all = [...voters, ...votersOutgoing, ...learners, ...learnersNext];
        for (const member of this.#cluster.members.values()) {
          if (member.starts === 0 || member.isGone || all.includes(member.id)) continue;
          member.isGone = true;
          member.kill(false);
        }
      },
      () => {},
    );
  }

  #add(isLearner: boolean): void {
    const member = this.#cluster.addMachine();
    const peerUrls = [`https://m${member.id}:1`];
    const change = isLearner ? "add-learner" : "add";
    this.#call({ op: "change-members", change, member: member.id, peerUrls }, () => member.start());
  }

  #replace(leaving: MemberId): void {
    const member = this.#cluster.addMachine();
    const peerUrls = [`https://m${member.id}:1`];
    const asLearner = this.#cluster.random.int(2) === 0;
    this.#call({ op: "replace-member", leaving, member: member.id, peerUrls, asLearner }, () =>
      member.start(),
    );
  }

  #ask(change: "promote" | "remove", member: MemberId): void {
    this.#call({ op: "change-members", change, member, peerUrls: [] }, () => {});
  }

  #call(call: LeaderCall, done: () => void): void {
    const { serving, random } = this.#cluster;
    const asked = serving[random.int(Math.max(1, serving.length))];
    asked?.replica?.askLeader(call).then(
      () => {
        this.#cluster.count("membership changes");
        done();
      },
      // Refused, or nobody knows: a machine that was added all the same is started by `repair`.
      () => {},
    );
  }
}
