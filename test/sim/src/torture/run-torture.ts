/**
 * One torture: real members under concurrent clients and harm, round after round, judged by the simulator's
 * checkers after each.
 */
import { seededRandom } from "@quorate/base";
import { TrueHistory } from "../check/true-history.ts";
import { DiskWatch } from "./disk-watch.ts";
import type { HarmDone } from "./harm.ts";
import { needsDisks } from "./harm.ts";
import type { HarmPlan } from "./harm-plan.ts";
import { Mayhem } from "./mayhem.ts";
import { StallWatch } from "./stall-watch.ts";
import { StoreCluster, type StoreClusterOptions } from "./store-cluster.ts";
import { openMember } from "./torture-client.ts";
import { newestRevision, type RoundResult, runRound } from "./torture-round.ts";
import { type Election, type GapEvidence, type WriteGap, writeGaps } from "./write-gaps.ts";

/** How large a torture is. */
export interface TortureOptions {
  readonly seed: number;
  readonly members: number;
  readonly clients: number;
  readonly network?: StoreClusterOptions["network"];
  /** A bug that is put into the members, so that the torture can be seen to fail. */
  readonly mutant?: string;
  readonly plan: HarmPlan;
  /** No harm is begun later. */
  readonly durationMs: number;
  /** Ends it early; what was done until then is judged. */
  readonly signal?: AbortSignal;
  readonly note?: (line: string) => void;
}

/** A property that does not hold, and what shows it. */
export interface Violation {
  readonly checker: string;
  readonly message: string;
}

/** What it came to. */
export interface TortureSummary {
  readonly seed: number;
  readonly members: number;
  readonly network: string;
  readonly seconds: number;
  /** False where time, a signal or a violation ended it before all that was planned was done. */
  readonly isComplete: boolean;
  readonly rounds: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly revisions: number;
  /** Keys of a round whose histories were too large to be decided. */
  readonly undecided: number;
  /** One a harm, in the order in which they were done. */
  readonly gaps: readonly WriteGap[];
  /** What members wrote around gaps above a second after the leader was hurt. */
  readonly evidence: readonly string[];
  readonly violations: readonly Violation[];
}

const HARMS_PER_ROUND = 8;
const BETWEEN_HARMS_MS = 1000;
const NOTABLE_MS = 1000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

class Torture {
  readonly #options: TortureOptions;
  readonly #cluster: StoreCluster;
  readonly #mayhem: Mayhem;
  readonly #startedAt = performance.now();
  readonly #violations: Violation[] = [];
  readonly #gaps: WriteGap[] = [];
  readonly #evidence: string[] = [];
  readonly #totals = { rounds: 0, operations: 0, acknowledged: 0, unknown: 0, undecided: 0 };
  #history: TrueHistory;
  #revision = 0;

  constructor(options: TortureOptions, cluster: StoreCluster) {
    this.#options = options;
    this.#cluster = cluster;
    this.#mayhem = new Mayhem(cluster, seededRandom(options.seed));
    this.#history = new TrueHistory(this.#report);
    cluster.onFailure = (text) => this.#report("a member never fails by itself", text);
  }

  async run(): Promise<TortureSummary> {
    const { plan, seed, members } = this.#options;
    try {
      this.#revision = await newestRevision(this.#cluster.current[0]!);
      do await this.#round();
      while (!this.#isOver);
    } catch (error) {
      this.#report("progress", (error as Error).message);
    }
    return {
      seed,
      members,
      network: this.#cluster.network.kind,
      seconds: (performance.now() - this.#startedAt) / 1000,
      isComplete: plan.isDone || plan.total === Number.POSITIVE_INFINITY,
      ...this.#totals,
      revisions: this.#revision,
      gaps: this.#gaps,
      evidence: this.#evidence,
      violations: this.#violations,
    };
  }

  get #isOver(): boolean {
    const { plan, durationMs, signal } = this.#options;
    const isLate = performance.now() - this.#startedAt >= durationMs;
    return plan.isDone || isLate || signal?.aborted === true || this.#violations.length > 0;
  }

  readonly #report = (checker: string, message: string): void => {
    this.#violations.push({ checker, message });
  };

  async #round(): Promise<void> {
    const { seed, clients } = this.#options;
    const number = ++this.#totals.rounds;
    const before = this.#revision;
    this.#history = this.#history.successor();
    const harms: HarmDone[] = [];
    const stalls = new StallWatch();
    const disk = await DiskWatch.start(this.#cluster.folder);
    const options = {
      ...{ cluster: this.#cluster, number, clients, seed: seed * 1000 + number },
      ...{ history: this.#history, revision: before, report: this.#report },
    };
    const result = await runRound(options, async () => {
      if (number > 1) await this.#compact(before);
      await this.#harm(harms);
    }).finally(() => {
      stalls.stop();
      return disk.stop();
    });
    this.#add(result, harms, { stalls: stalls.stalls, syncs: disk.stalls });
  }

  async #harm(harms: HarmDone[]): Promise<void> {
    const { plan, note } = this.#options;
    await pause(BETWEEN_HARMS_MS);
    while (harms.length < HARMS_PER_ROUND && !this.#isOver) {
      const done = await this.#mayhem.do(plan.next());
      harms.push(done);
      note?.(`${done.harm}: ${done.victim}`);
      await Promise.all(this.#cluster.current.map((member) => member.ready()));
      await pause(BETWEEN_HARMS_MS);
    }
  }

  /** What earlier rounds left is compacted, so that neither members nor snapshots grow with the torture. */
  async #compact(revision: number): Promise<void> {
    const kv = openMember(this.#cluster.current[0]!);
    try {
      await kv.compact({ revision });
    } finally {
      await kv.close();
    }
  }

  #add(
    result: RoundResult,
    harms: readonly HarmDone[],
    machine: Pick<GapEvidence, "stalls" | "syncs">,
  ): void {
    const { operations, acknowledged, unknown, undecided, endedAt, revision } = result;
    this.#totals.operations += operations;
    this.#totals.acknowledged += acknowledged.length;
    this.#totals.unknown += unknown;
    this.#totals.undecided += undecided;
    this.#revision = revision;
    const evidence = { harms, acknowledged, elections: this.#elections(), ...machine, end: endedAt };
    for (const [number, gap] of writeGaps(evidence).entries()) {
      this.#gaps.push(gap);
      if (gap.hitLeader && gap.ms > NOTABLE_MS) this.#explain(gap, harms[number]!.at);
    }
  }

  #elections(): Election[] {
    return this.#cluster.members
      .flatMap(({ led, options }) => led.map(({ term, at }) => ({ term, at, member: options.name })))
      .sort((a, b) => a.at - b.at);
  }

  #explain(gap: WriteGap, at: number): void {
    const { beganMs, stalledMs, syncMs } = gap;
    const [ms, began, stalled, sync] = [gap.ms, beganMs, stalledMs, syncMs].map((time) => time.toFixed(0));
    this.#evidence.push(
      `${gap.harm} (${gap.victim}): ${ms} ms without a write from ${began} ms on, ` +
        `the machine stood still for ${stalled} ms of it, a sync took up to ${sync} ms`,
    );
    const end = at + gap.beganMs + gap.ms + 100;
    const lines = this.#cluster.members.flatMap(({ lines: own, options }) =>
      own.filter((line) => line.at >= at && line.at <= end).map((line) => ({ ...line, name: options.name })),
    );
    for (const line of lines.sort((a, b) => a.at - b.at))
      this.#evidence.push(`  +${(line.at - at).toFixed(0)} ms ${line.name}: ${line.text}`);
  }
}

/** Starts a cluster, tortures it, takes it away, and tells. */
export async function runTorture(options: TortureOptions): Promise<TortureSummary> {
  const { members, network = "auto", plan, mutant } = options;
  const withDisks = [...plan.kinds].some(needsDisks);
  const cluster = await StoreCluster.start({
    ...{ members, network, withDisks },
    ...(mutant === undefined ? undefined : { mutant }),
  });
  try {
    return await new Torture(options, cluster).run();
  } finally {
    await cluster.stop();
  }
}
