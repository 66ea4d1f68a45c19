/**
 * One torture: real members under concurrent clients and harm; afterwards everything is healed and the
 * histories go through the simulator's checkers. The truth is what a watch from the first revision tells,
 * alike on every member.
 */
import { seededRandom } from "@quorate/base";
import { checkAnswers } from "../check/answers.ts";
import type { Operation } from "../check/history.ts";
import { checkLinearizable } from "../check/linearizable.ts";
import { TrueHistory } from "../check/true-history.ts";
import { checkWatch } from "../check/watch-guarantees.ts";
import { KEYS, KEYS_END } from "../client/calls.ts";
import { Recorder } from "../client/recorder.ts";
import { keysOf } from "../client/sim-client.ts";
import { WatchRecorder } from "../client/watch-recorder.ts";
import { HARMS, type Harm, type HarmDone, Mayhem } from "./mayhem.ts";
import { StoreCluster } from "./store-cluster.ts";
import { openMember, TortureClient } from "./torture-client.ts";

/** How large a torture is. */
export interface TortureOptions {
  readonly seed: number;
  readonly members: number;
  readonly clients: number;
  /** How long harm is done. */
  readonly durationMs: number;
  /** What is done, in this order; drawn at random where absent. */
  readonly harms?: readonly Harm[];
  readonly note?: (line: string) => void;
}

/** What it came to. */
export interface TortureSummary {
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly harms: readonly HarmDone[];
  /** Milliseconds without an acknowledged write around each harm. */
  readonly gaps: readonly { readonly harm: Harm; readonly ms: number }[];
  readonly watchedRevisions: number;
  readonly violations: readonly string[];
  readonly undecided: number;
}

const KEY_COUNT = 8;
const BETWEEN_HARMS_MS = 1500;
/** Healed members have that long to agree. */
const SETTLE_MS = 60_000;
/** A gap is looked for that long behind the harm, up to the next one. */
const GAP_WINDOW_MS = 8000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function scopeOf(name: string) {
  return { name, start: KEYS, end: KEYS_END, noPut: false, noDelete: false, prevKv: true };
}

class Torture {
  readonly #options: TortureOptions;
  readonly #cluster: StoreCluster;
  readonly #recorder = new Recorder(() => performance.now());
  readonly #random;
  readonly #watches: WatchRecorder[] = [];
  readonly #violations: string[] = [];
  readonly #mayhem: Mayhem;
  #isOver = false;

  constructor(options: TortureOptions, cluster: StoreCluster) {
    this.#options = options;
    this.#cluster = cluster;
    this.#random = seededRandom(options.seed);
    this.#mayhem = new Mayhem(cluster, this.#random);
  }

  async run(): Promise<TortureSummary> {
    const { clients } = this.#options;
    const running = Array.from({ length: clients }, (_, number) =>
      new TortureClient({
        cluster: this.#cluster,
        recorder: this.#recorder,
        random: seededRandom(this.#options.seed * 1000 + number),
        number,
        keys: keysOf(KEY_COUNT),
        isOver: () => this.#isOver,
      }).run(),
    );
    const watching = [this.#watch("w0"), this.#watch("w1")];
    await this.#harm();
    this.#cluster.links.heal(true);
    for (const member of this.#cluster.current) member.signal("SIGCONT");
    await this.#cluster.startAll();
    await pause(BETWEEN_HARMS_MS);
    this.#isOver = true;
    await Promise.all([...running, ...watching]);
    return this.#judge();
  }

  async #harm(): Promise<void> {
    const { durationMs, harms, note } = this.#options;
    const end = performance.now() + durationMs;
    await pause(BETWEEN_HARMS_MS);
    for (let number = 0; harms ? number < harms.length : performance.now() < end; number++) {
      const harm = harms?.[number] ?? HARMS[this.#random.int(HARMS.length)]!;
      note?.(`${harm} (${this.#recorder.acknowledged} writes acknowledged so far)`);
      await this.#mayhem.do(harm);
      await Promise.all(this.#cluster.current.map((member) => member.ready()));
      await pause(BETWEEN_HARMS_MS);
    }
  }

  /** A watch that is resumed on one member after the other. */
  async #watch(name: string): Promise<void> {
    const recorder = new WatchRecorder(scopeOf(name), 1);
    this.#watches.push(recorder);
    while (!this.#isOver) {
      const { current } = this.#cluster;
      const kv = openMember(current[this.#random.int(current.length)]!);
      recorder.resume(kv, 1);
      const end = performance.now() + 1000 + this.#random.int(8000);
      while (!this.#isOver && !recorder.isOver && performance.now() < end) await pause(20);
      recorder.cut();
      await kv.close();
    }
  }

  async #judge(): Promise<TortureSummary> {
    const operations = this.#recorder.end();
    const report = (checker: string, message: string): void => {
      this.#violations.push(`${checker}: ${message}`);
    };
    const history = new TrueHistory(report);
    const revision = await this.#newest();
    for (const member of this.#cluster.current) await this.#readAll(member.id, history, revision);
    checkAnswers(operations, history, report);
    const { undecided } = checkLinearizable(operations, report);
    for (const watch of this.#watches) checkWatch(watch.log, history, report);
    return {
      operations: operations.length,
      acknowledged: this.#recorder.acknowledged,
      unknown: operations.filter(({ outcome }) => outcome === "unknown").length,
      harms: this.#mayhem.done,
      gaps: this.#mayhem.done.map(({ harm, at }, number, all) => ({
        harm,
        ms: longestGap(
          operations,
          at,
          Math.min(at + GAP_WINDOW_MS, all[number + 1]?.at ?? Number.POSITIVE_INFINITY),
        ),
      })),
      watchedRevisions: revision,
      violations: this.#violations,
      undecided,
    };
  }

  async #newest(): Promise<number> {
    const kv = openMember(this.#cluster.current[0]!);
    try {
      return await kv.barrier({ timeoutMs: SETTLE_MS });
    } finally {
      await kv.close();
    }
  }

  /** Every change that a member holds, up to `revision`. */
  async #readAll(id: bigint, history: TrueHistory, revision: number): Promise<void> {
    const member = this.#cluster.current.find((one) => one.id === id)!;
    const kv = openMember(member);
    const recorder = new WatchRecorder(scopeOf(`all of ${member.options.name}`), 1);
    recorder.resume(kv, 1);
    const end = performance.now() + SETTLE_MS;
    while (recorder.reached < revision && performance.now() < end) {
      if (recorder.isOver) recorder.resume(kv, 1);
      await pause(20);
      recorder.requestProgress();
    }
    recorder.cut();
    await kv.close();
    if (recorder.reached < revision)
      this.#violations.push(
        `progress: member ${member.options.name} stands at ${recorder.reached} of ${revision}`,
      );
    for (const { batches } of recorder.log.stretches)
      for (const batch of batches)
        if (batch.changes.length > 0) history.committed(id, batch.revision, batch.changes);
  }
}

/** The longest stretch without an acknowledged write that begins between `from` and `to`. */
function longestGap(operations: readonly Operation[], from: number, to: number): number {
  const acknowledged = operations
    .filter(({ outcome, isWrite }) => outcome === "ok" && isWrite)
    .map(({ returnedAt }) => returnedAt)
    .sort((a, b) => a - b);
  let before = from;
  let longest = 0;
  for (const time of acknowledged) {
    if (time < from) continue;
    longest = Math.max(longest, time - before);
    before = time;
    if (time > to) break;
  }
  return longest;
}

/** Starts a cluster, tortures it, takes it away, and tells. */
export async function runTorture(options: TortureOptions): Promise<TortureSummary> {
  const cluster = await StoreCluster.start(options.members);
  try {
    return await new Torture(options, cluster).run();
  } finally {
    await cluster.stop();
  }
}
