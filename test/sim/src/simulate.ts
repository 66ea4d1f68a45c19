/**
 * One run: a seed, its cluster, its clients, its faults. First everything goes wrong and nothing unsafe may
 * happen; then all is healed, and the cluster must go on: everybody comes to the same state and every watch
 * to its end.
 */
import { seededRandom } from "@quorate/base";
import { RAFT_DEFAULTS } from "@quorate/raft";
import { checkAnswers } from "./check/answers.ts";
import type { Operation } from "./check/history.ts";
import { checkLinearizable } from "./check/linearizable.ts";
import { checkWatch } from "./check/watch-guarantees.ts";
import { Recorder } from "./client/recorder.ts";
import { SimClient } from "./client/sim-client.ts";
import { SimWatchers } from "./client/sim-watchers.ts";
import { type Profile, type ProfileOverrides, profileOf } from "./profile.ts";
import { observeApplies } from "./world/apply-probe.ts";
import { Nemesis } from "./world/nemesis.ts";
import { SimCluster, type Violation } from "./world/sim-cluster.ts";

/** What a run came to. */
export interface RunResult {
  readonly seed: number;
  readonly profile: Profile;
  readonly violations: readonly Violation[];
  readonly operations: number;
  readonly acknowledged: number;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly codes: ReadonlyMap<string, number>;
  /** Equal for equal runs: what reproducing a seed is measured by. */
  readonly fingerprint: string;
  /** The last that was noted. */
  readonly notes: readonly string[];
}

/** Simulated milliseconds: the phase of faults ends at the latest then. */
const FAULTS_MS_MAX = 120_000;
/** A healed cluster has that long to be well again. */
const HEALED_MS_MAX = 90_000;
/** Share of the calls that are made while things go wrong. */
const FAULTY_SHARE = 0.85;

class Run {
  readonly seed: number;
  readonly profile: Profile;
  readonly cluster: SimCluster;
  readonly recorder: Recorder;
  readonly nemesis: Nemesis;
  readonly watchers: SimWatchers;
  #turns = 0;
  #phaseTurns: number;
  #clientsOver = 0;

  constructor(seed: number, overrides: ProfileOverrides) {
    const random = seededRandom(seed);
    this.seed = seed;
    this.profile = profileOf(random, overrides);
    // The driver uses raft's defaults: here they are the run's.
    Object.assign(RAFT_DEFAULTS, this.profile.raft);
    this.cluster = new SimCluster(this.profile, random);
    this.recorder = new Recorder(() => this.cluster.loop.now);
    this.nemesis = new Nemesis(this.cluster);
    this.watchers = new SimWatchers(this.cluster);
    this.#phaseTurns = Math.ceil(this.profile.operations * FAULTY_SHARE);
  }

  get #isBroken(): boolean {
    return this.cluster.violations.length > 0;
  }

  async run(): Promise<RunResult> {
    const { cluster, profile } = this;
    for (let number = 0; number < profile.clients; number++) this.#startClient(number);
    this.nemesis.start();
    this.watchers.start();
    const { loop } = cluster;
    await loop.run(() => this.#isBroken || this.#turns >= this.#phaseTurns || loop.now > FAULTS_MS_MAX);
    if (!this.#isBroken) await this.#heal();
    observeApplies(undefined);
    const operations = this.recorder.end();
    if (!this.#isBroken) this.#check(operations);
    return this.#result(operations);
  }

  #startClient(number: number): void {
    const { cluster, recorder } = this;
    const client = new SimClient({ cluster, recorder, number, takeTurn: () => this.#takeTurn() });
    client.run().then(
      () => this.#clientsOver++,
      (error: Error) => cluster.report("a client gets an answer or an error of the store", error.stack ?? ""),
    );
  }

  #takeTurn(): boolean {
    if (this.#turns >= this.profile.operations || this.#isBroken) return false;
    this.#turns++;
    return true;
  }

  async #heal(): Promise<void> {
    const { cluster, nemesis, profile } = this;
    const { loop } = cluster;
    cluster.note("healed");
    nemesis.heal();
    this.#phaseTurns = profile.operations;
    const end = loop.now + HEALED_MS_MAX;
    const isOver = (): boolean => this.#isBroken || loop.now > end;
    let isRepaired = false;
    const repair = (): void => {
      isRepaired = !nemesis.plan.repair();
      loop.after(300, repair);
    };
    loop.after(300, repair);
    await loop.run(() => isOver() || (this.#clientsOver === profile.clients && isRepaired));
    if (this.#isBroken) return;
    if (loop.now > end) {
      const left = profile.clients - this.#clientsOver;
      cluster.report("progress", `healed, but ${left} clients still wait, repaired: ${isRepaired}`);
      return;
    }
    await this.#settle(isOver, end);
  }

  /** Everybody must come to the same state, leases must end, watches must reach the newest revision. */
  async #settle(isOver: () => boolean, end: number): Promise<void> {
    const { cluster, watchers } = this;
    const { loop, history } = cluster;
    // Longer than any lease lives, a new leader's generosity included.
    const leasesOver = loop.now + 30_000;
    let lagging = "";
    await loop.run(() => {
      if (isOver()) return true;
      if (loop.now < leasesOver) return false;
      watchers.hurry();
      lagging = this.#lagging();
      return lagging === "";
    });
    if (this.#isBroken) return;
    const overdue = cluster.leases.overdue(loop.now, 25_000);
    if (overdue.length > 0) cluster.report("progress", `leases ${overdue.join()} never ended`);
    if (loop.now > end || lagging !== "")
      cluster.report("progress", `healed, but ${lagging} at revision ${history.lastRevision}`);
  }

  /** What has not come to its end. */
  #lagging(): string {
    const { cluster, watchers } = this;
    const { history, members } = cluster;
    for (const member of members.values()) {
      if (member.isGone || member.starts === 0) continue;
      const store = member.replica?.store;
      if (!store) return `member ${member.id} does not serve`;
      if (store.revision < history.lastRevision)
        return `member ${member.id} stands at revision ${store.revision}`;
    }
    return watchers.lagging();
  }

  #check(operations: readonly Operation[]): void {
    const { cluster, watchers } = this;
    const { history, report } = cluster;
    checkAnswers(operations, history, report);
    const { undecided } = checkLinearizable(operations, report);
    cluster.count("undecided keys", undecided);
    for (const log of watchers.logs) checkWatch(log, history, report);
  }

  #result(operations: readonly Operation[]): RunResult {
    const { seed, profile, cluster, recorder } = this;
    const { loop, violations, counts, notes, history } = cluster;
    return {
      seed,
      profile,
      violations,
      operations: operations.length,
      acknowledged: recorder.acknowledged,
      steps: loop.steps,
      simulatedMs: loop.now,
      counts,
      codes: recorder.codes,
      fingerprint: [
        loop.steps,
        loop.now,
        history.lastIndex,
        history.lastRevision,
        cluster.random.next(),
      ].join(),
      notes,
    };
  }
}

/** Runs one seed. One run at a time in a thread. */
export async function simulate(seed: number, overrides: ProfileOverrides = {}): Promise<RunResult> {
  return new Run(seed, overrides).run();
}
