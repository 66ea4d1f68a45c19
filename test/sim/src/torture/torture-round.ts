/**
 * One round of a torture: clients and watches on keys of its own while harm is done; then all is healed and
 * what they saw is judged. Rounds keep the memory and the search of the checkers small however long a torture
 * is. The truth of a round is what a watch over its revisions tells, alike on every member; what earlier
 * rounds left must still be there.
 */
import { type Random, seededRandom } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import { checkAnswers } from "../check/answers.ts";
import type { Operation, Report } from "../check/history.ts";
import { show } from "../check/history.ts";
import { checkLinearizable } from "../check/linearizable.ts";
import type { TrueHistory } from "../check/true-history.ts";
import { checkWatch } from "../check/watch-guarantees.ts";
import { KEYS, KEYS_END, type KeyBounds } from "../client/calls.ts";
import { held, Recorder } from "../client/recorder.ts";
import { WatchRecorder } from "../client/watch-recorder.ts";
import type { StoreCluster } from "./store-cluster.ts";
import type { StoreProcess } from "./store-process.ts";
import { openMember, TortureClient } from "./torture-client.ts";

/** What a round starts from. */
export interface RoundOptions {
  readonly cluster: StoreCluster;
  readonly number: number;
  readonly seed: number;
  readonly clients: number;
  /** Of all revisions up to `revision`; goes on with those of this round. */
  readonly history: TrueHistory;
  readonly revision: number;
  readonly report: Report;
}

/** What came of it. */
export interface RoundResult {
  readonly operations: number;
  readonly unknown: number;
  readonly undecided: number;
  /** When writes were acknowledged, ascending, and when the load ended. */
  readonly acknowledged: readonly number[];
  readonly endedAt: number;
  readonly revision: number;
}

const KEY_COUNT = 16;
/** Healed members have that long to agree. */
const SETTLE_MS = 60_000;
/** Clients go on for that long after everything is healed. */
const HEALED_MS = 1000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function scopeOf(name: string) {
  return { name, start: KEYS, end: KEYS_END, noPut: false, noDelete: false, prevKv: true };
}

/** The keys of one round: others never write them, so that its histories stay small. */
function keysOfRound(number: number): { readonly keys: readonly string[]; readonly bounds: KeyBounds } {
  const keys = Array.from({ length: KEY_COUNT }, (_, key) => `${KEYS}${number}/${key}`);
  return { keys, bounds: { start: `${KEYS}${number}/`, end: `${KEYS}${number}0` } };
}

/** The newest revision of a healed cluster. */
export async function newestRevision(member: StoreProcess): Promise<number> {
  const kv = openMember(member);
  try {
    return await kv.barrier({ timeoutMs: SETTLE_MS });
  } finally {
    await kv.close();
  }
}

class Round {
  readonly #options: RoundOptions;
  readonly #recorder = new Recorder(() => performance.now());
  readonly #random: Random;
  readonly #watches: WatchRecorder[] = [];
  #isOver = false;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(harm: () => Promise<void>): Promise<RoundResult> {
    const { cluster, number, seed, clients } = this.#options;
    const running = Array.from({ length: clients }, (_, index) =>
      new TortureClient({
        cluster,
        recorder: this.#recorder,
        random: seededRandom(seed * 1000 + index),
        name: `r${number}.c${index}`,
        ...keysOfRound(number),
        isOver: () => this.#isOver,
      }).run(),
    );
    const watching = [this.#watch("w0"), this.#watch("w1")];
    let endedAt = 0;
    try {
      await harm();
      await this.#heal();
      await pause(HEALED_MS);
    } finally {
      endedAt = performance.now();
      this.#isOver = true;
      await Promise.all([...running, ...watching]);
    }
    return this.#judge(endedAt);
  }

  async #heal(): Promise<void> {
    const { cluster } = this.#options;
    await cluster.network.heal(true);
    for (const member of cluster.current) {
      member.signal("SIGCONT");
      await cluster.quickDisk(member);
    }
    await cluster.startAll();
  }

  /** A watch that is resumed on one member after the other. */
  async #watch(name: string): Promise<void> {
    const { revision, cluster } = this.#options;
    const recorder = new WatchRecorder(scopeOf(name), revision + 1);
    this.#watches.push(recorder);
    while (!this.#isOver) {
      const { current } = cluster;
      const kv = openMember(current[this.#random.int(current.length)]!);
      recorder.resume(kv, revision);
      const end = performance.now() + 1000 + this.#random.int(8000);
      while (!this.#isOver && !recorder.isOver && performance.now() < end) await pause(20);
      recorder.cut();
      await kv.close();
    }
  }

  async #judge(endedAt: number): Promise<RoundResult> {
    const { cluster, history, report, revision: before } = this.#options;
    const operations = this.#recorder.end();
    const revision = await newestRevision(cluster.current[0]!);
    for (const member of cluster.current) {
      const kv = openMember(member);
      try {
        await this.#readChanges(kv, member, revision);
        await this.#checkState(kv, member);
      } finally {
        await kv.close();
      }
    }
    checkAnswers(operations, history, report);
    const { undecided } = checkLinearizable([seenBefore(before), ...operations], report);
    for (const watch of this.#watches) checkWatch(watch.log, history, report);
    const writes = operations.filter(({ outcome, isWrite }) => outcome === "ok" && isWrite);
    return {
      operations: operations.length,
      unknown: operations.filter(({ outcome }) => outcome === "unknown").length,
      undecided,
      acknowledged: writes.map(({ returnedAt }) => returnedAt).sort((a, b) => a - b),
      endedAt,
      revision,
    };
  }

  /** Every change of this round that a member holds, up to `revision`. */
  async #readChanges(kv: Kv, member: StoreProcess, revision: number): Promise<void> {
    const { revision: before, history, report } = this.#options;
    const { name } = member.options;
    const recorder = new WatchRecorder(scopeOf(`all of ${name}`), before + 1);
    recorder.resume(kv, before);
    const end = performance.now() + SETTLE_MS;
    while (recorder.reached < revision && performance.now() < end) {
      if (recorder.isOver) recorder.resume(kv, before);
      await pause(20);
      recorder.requestProgress();
    }
    recorder.cut();
    if (recorder.reached < revision)
      report("progress", `member ${name} stands at ${recorder.reached} of ${revision}`);
    for (const { batches } of recorder.log.stretches)
      for (const batch of batches)
        if (batch.changes.length > 0) history.committed(member.id, batch.revision, batch.changes);
  }

  /** What a member holds is what the rounds have left, those that were compacted too. */
  async #checkState(kv: Kv, member: StoreProcess): Promise<void> {
    const { history, report } = this.#options;
    const request = { key: Buffer.from(KEYS), rangeEnd: Buffer.from(KEYS_END), serializable: true };
    const { kvs } = await kv.range(request, { timeoutMs: SETTLE_MS });
    const state = new Map(kvs.map((one) => [Buffer.from(one.key).toString("latin1"), one]));
    for (const key of history.keys()) {
      const truth = history.valueAt(key, Number.MAX_SAFE_INTEGER);
      const found = state.get(key);
      state.delete(key);
      if (held(found) === truth?.value && found?.modRevision === truth?.modRevision) continue;
      report(
        "nothing acknowledged is lost",
        `${key} of member ${member.options.name} holds ${show(held(found))} of revision ` +
          `${found?.modRevision}, it was left as ${show(truth?.value)} of revision ${truth?.modRevision}`,
      );
    }
    for (const key of state.keys())
      report("same state at the same index", `${key} of member ${member.options.name} was never written`);
  }
}

/** No answer of the round may be older than what everybody has seen before it. */
function seenBefore(revision: number): Operation {
  return {
    client: "everybody",
    name: "end of the round before",
    invokedAt: 0,
    returnedAt: 0,
    outcome: "ok",
    steps: [],
    revision,
    isLinearizable: true,
    isWrite: false,
  };
}

/** Runs a round on a healthy cluster; `harm` resolves when enough was done. */
export function runRound(options: RoundOptions, harm: () => Promise<void>): Promise<RoundResult> {
  return new Round(options).run(harm);
}
