/**
 * A simulated cluster: machines, members, wires, and those who watch that nothing goes wrong. What goes
 * wrong is gathered in `violations`; the first one ends the run.
 */
import { CodedError, type Random } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import { clusterIdOf, type MemberAttributes } from "@quorate/replica";
import { LeaseNotEarly } from "../check/lease-not-early.ts";
import { RaftSafety } from "../check/raft-safety.ts";
import { TrueHistory } from "../check/true-history.ts";
import type { Profile } from "../profile.ts";
import { describeState, observeApplies } from "./apply-probe.ts";
import { Machine } from "./machine.ts";
import { SimLoop } from "./sim-loop.ts";
import { SimMember } from "./sim-member.ts";
import { SimNetwork } from "./sim-network.ts";

/** A property that did not hold. */
export interface Violation {
  readonly checker: string;
  readonly message: string;
  /** Simulated milliseconds. */
  readonly at: number;
}

/** Whole states are compared after every so-manieth entry. */
const HASH_EVERY = 64;
const NOTES_MAX = 400;

/** Ends of a process that faults explain. */
const EXPECTED_FAILURES = new Set(["DISK_FULL", "DISK_FAILED", "MEMBER_REMOVED"]);
const ROT_FAILURES = new Set(["LOG_DAMAGED", "LOG_INCONSISTENT", "STATE_DAMAGED", "DIRECTORY_MISMATCH"]);

/** Everything that a run is about. */
export class SimCluster {
  readonly loop = new SimLoop();
  readonly random: Random;
  readonly profile: Profile;
  readonly network: SimNetwork;
  readonly members = new Map<MemberId, SimMember>();
  readonly history: TrueHistory;
  readonly safety: RaftSafety;
  readonly leases: LeaseNotEarly;
  readonly violations: Violation[] = [];
  readonly notes: string[] = [];
  /** How often each thing happened. */
  readonly counts = new Map<string, number>();
  readonly #clusterId: bigint;
  readonly #bootstrap: readonly MemberAttributes[];
  #nextId: bigint;

  constructor(profile: Profile, random: Random) {
    this.profile = profile;
    this.random = random;
    const ids = Array.from({ length: profile.members }, (_, i) => BigInt(i + 1));
    this.#nextId = BigInt(profile.members + 1);
    this.#clusterId = clusterIdOf(ids);
    this.#bootstrap = ids.map((id) => ({ id, name: "", peerUrls: [`https://m${id}:1`], clientUrls: [] }));
    this.history = new TrueHistory(this.report);
    this.safety = new RaftSafety(this.report, this.history);
    this.leases = new LeaseNotEarly(this.report, profile.drift ** 2);
    this.network = new SimNetwork(this.loop, random, (from, to, message) =>
      this.safety.sent(from, to, message),
    );
    this.#observe();
    for (const id of ids) this.#make(id, this.#bootstrap);
    for (const member of this.members.values()) member.start();
  }

  /** Gathers what a checker finds. */
  readonly report = (checker: string, message: string): void => {
    this.violations.push({ checker, message, at: this.loop.now });
  };

  readonly note = (line: string): void => {
    this.notes.push(`${this.loop.now.toFixed(3)} ${line}`);
    if (this.notes.length > NOTES_MAX) this.notes.splice(0, NOTES_MAX / 2);
  };

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  /** Those that serve. */
  get serving(): readonly SimMember[] {
    return [...this.members.values()].filter((member) => member.replica !== undefined);
  }

  /** The one that believes to lead in the highest term; undefined where none does. */
  get leader(): SimMember | undefined {
    let best: { readonly member: SimMember; readonly term: number } | undefined;
    for (const member of this.serving) {
      const { role, term } = member.replica!.status();
      if (role === "leader" && (!best || term > best.term)) best = { member, term };
    }
    return best?.member;
  }

  /** A machine for a member that joins; its process is not started. */
  addMachine(): SimMember {
    return this.#make(this.#nextId++, undefined);
  }

  #make(id: MemberId, bootstrap: readonly MemberAttributes[] | undefined): SimMember {
    const { random, profile } = this;
    const rates = [1, profile.drift, 1 / profile.drift];
    const clock = { rate: rates[random.int(3)]!, offsetMs: random.int(1e9), wallOffsetMs: 1.7e12 };
    const member = new SimMember({
      machine: new Machine(id, clock, this.report),
      clusterId: this.#clusterId,
      network: this.network,
      random,
      profile,
      bootstrap,
      seeds: this.#bootstrap.map(({ id: seed, peerUrls }) => ({ id: seed, urls: peerUrls })),
      note: this.note,
      failed: (failed, error) => this.#failed(failed, error),
    });
    this.members.set(id, member);
    return member;
  }

  #failed(member: SimMember, error: Error): void {
    const code = error instanceof CodedError ? error.code : "";
    this.count(`member failed: ${code}`);
    if (code === "MEMBER_REMOVED") member.isGone = true;
    if (EXPECTED_FAILURES.has(code)) return;
    if (member.machine.hasRotted && ROT_FAILURES.has(code)) {
      member.isGone = true;
      return;
    }
    this.report("a member never fails by itself", `member ${member.id}: ${error.stack ?? error.message}`);
  }

  #observe(): void {
    observeApplies({
      applied: (member, { index, term }, command, result, store) => {
        const outcome = result.ok ? "ok" : result.error.code;
        const text = `${command.op} ${outcome} @${store.revision} compacted ${store.compactRevision}`;
        this.history.applied(member, index, term, text);
        if (command.op === "alarm" && command.alarm === "corrupt" && command.raised)
          this.report("no false alarm", `member ${command.member} was said to hold other data`);
        if (command.op === "lease-revoke" && result.ok) this.leases.revoked(command.id, this.loop.now);
        if (index % HASH_EVERY === 0) this.history.hashed(member, index, describeState(store));
      },
      committed: (member, revision, changes) => this.history.committed(member, revision, changes),
    });
  }
}
