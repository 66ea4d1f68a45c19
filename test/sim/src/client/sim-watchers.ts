/**
 * The watches of a run: from now on or from the past, of one key or of many, resumed on one member after
 * another.
 */
import type { WatchLog } from "../check/watch-guarantees.ts";
import type { SimCluster } from "../world/sim-cluster.ts";
import type { SimMember } from "../world/sim-member.ts";
import { KEYS, KEYS_END } from "./calls.ts";
import { WatchRecorder } from "./watch-recorder.ts";

const LOOK_MS = 40;

interface Watcher {
  readonly recorder: WatchRecorder;
  member: SimMember | undefined;
  release: () => void;
}

/** Keeps its watches going. */
export class SimWatchers {
  readonly #cluster: SimCluster;
  readonly #watchers: Watcher[] = [];

  constructor(cluster: SimCluster) {
    this.#cluster = cluster;
  }

  get logs(): readonly WatchLog[] {
    return this.#watchers.map(({ recorder }) => recorder.log);
  }

  start(): void {
    const { profile, loop } = this.#cluster;
    for (let number = 0; number < profile.watchers; number++) this.#add(number);
    const look = (): void => {
      for (const watcher of this.#watchers) this.#look(watcher);
      loop.after(LOOK_MS, look);
    };
    loop.after(LOOK_MS, look);
  }

  /** Asks every watch how far it is. */
  hurry(): void {
    const { history } = this.#cluster;
    for (const { recorder, member } of this.#watchers) {
      if (recorder.isOver || recorder.reached >= history.lastRevision || !member?.replica) continue;
      recorder.requestProgress();
      member.replica.wake();
    }
  }

  /** The watch that is not at the newest revision, in words; empty where all are. */
  lagging(): string {
    const { history } = this.#cluster;
    const behind = this.#watchers.find(({ recorder }) => recorder.reached < history.lastRevision);
    return behind ? `watch ${behind.recorder.scope.name} has reached ${behind.recorder.reached}` : "";
  }

  #add(number: number): void {
    const { random, profile } = this.#cluster;
    const one = `${KEYS}${random.int(profile.keys)}`;
    const kind = random.int(4);
    const [start, end] =
      kind === 0
        ? [one, `${one}\0`]
        : kind === 1
          ? ["", undefined]
          : kind === 2
            ? [KEYS, KEYS_END]
            : [one, KEYS_END];
    const scope = {
      name: `w${number}`,
      start: start === "" ? "\0" : start,
      end,
      noPut: random.int(6) === 0,
      noDelete: random.int(6) === 0,
      prevKv: random.int(2) === 0,
    };
    const from = random.int(2) === 0 ? undefined : 1 + random.int(3);
    this.#watchers.push({ recorder: new WatchRecorder(scope, from), member: undefined, release: () => {} });
  }

  #look(watcher: Watcher): void {
    const { random, history, serving } = this.#cluster;
    const { recorder } = watcher;
    // By whim, as a client that moves to another member.
    if (!recorder.isOver && random.int(150) === 0) {
      watcher.release();
      recorder.cut();
    }
    if (!recorder.isOver && random.int(50) === 0 && watcher.member?.replica) {
      recorder.requestProgress();
      watcher.member.replica.wake();
    }
    if (!recorder.isOver) return;
    const member = serving[random.int(Math.max(1, serving.length))];
    if (!member?.kv || !member.life) return;
    watcher.member = member;
    watcher.release = member.life.onEnd(() => recorder.lose());
    recorder.resume(member.kv, history.lastRevision);
    // At once, while it still catches up.
    if (random.int(2) === 0) recorder.requestProgress();
  }
}
