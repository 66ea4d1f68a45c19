/** The checkers themselves, on histories made by hand: each accepts what is right and finds what is not. */
import test from "ava";
import type { KeyStep, Operation, Outcome, SeenChange } from "../src/check/history.ts";
import { LeaseNotEarly } from "../src/check/lease-not-early.ts";
import { checkLinearizable } from "../src/check/linearizable.ts";
import { LogPromises } from "../src/check/log-promises.ts";
import { TrueHistory } from "../src/check/true-history.ts";
import { checkWatch, type WatchScope, type WatchStretch } from "../src/check/watch-guarantees.ts";

const KEY = "k/0";

function operation(
  [invokedAt, returnedAt]: [number, number],
  step: Omit<KeyStep, "key">,
  options: { outcome?: Outcome; revision?: number } = {},
): Operation {
  const { outcome = "ok", revision = 0 } = options;
  const end = outcome === "unknown" ? Number.POSITIVE_INFINITY : returnedAt;
  return {
    client: "c",
    name: "call",
    invokedAt,
    returnedAt: end,
    outcome,
    steps: [{ key: KEY, ...step }],
    revision,
    isLinearizable: true,
    isWrite: step.wrote !== undefined,
  };
}

const write = (value: string | undefined) => ({ wrote: { value } });
const read = (value: string | undefined) => ({ saw: { value } });

function linearizable(...operations: Operation[]): boolean {
  let isSound = true;
  checkLinearizable(operations, () => {
    isSound = false;
  });
  return isSound;
}

test("reads see the last write that returned, or any that overlaps", (t) => {
  t.true(linearizable(operation([0, 1], write("a")), operation([2, 3], read("a"))));
  t.true(
    linearizable(
      operation([0, 5], write("a")),
      operation([1, 2], read(undefined)),
      operation([3, 4], read("a")),
    ),
  );
  t.false(linearizable(operation([0, 1], write("a")), operation([2, 3], read(undefined))));
  t.false(
    linearizable(
      operation([0, 9], write("a")),
      operation([1, 2], read("a")),
      operation([3, 4], read(undefined)),
    ),
  );
});

test("a pending read may take effect before a write that returns first", (t) => {
  t.true(linearizable(operation([0, 9], read(undefined)), operation([1, 2], write("a"))));
  t.true(linearizable(operation([0, 9], { existed: false }), operation([1, 2], write("a"))));
});

test("a write of unknown outcome takes effect late, or never, but not before its call", (t) => {
  const unknown = operation([2, 3], write("b"), { outcome: "unknown" });
  t.true(linearizable(operation([0, 1], write("a")), unknown, operation([50, 51], read("b"))));
  t.true(linearizable(operation([0, 1], write("a")), unknown, operation([50, 51], read("a"))));
  t.false(linearizable(operation([0, 1], read("b")), unknown));
  const failed = operation([2, 3], write("b"), { outcome: "failed" });
  t.false(linearizable(operation([0, 1], write("a")), failed, operation([50, 51], read("b"))));
});

test("a swap needs the value that it compares with", (t) => {
  const swap = (from: string, to: string) => ({ saw: { value: from }, wrote: { value: to } });
  t.true(linearizable(operation([0, 1], write("a")), operation([2, 3], swap("a", "b"))));
  t.false(
    linearizable(
      operation([0, 1], write("a")),
      operation([2, 5], swap("a", "b")),
      operation([2, 5], swap("a", "c")),
    ),
  );
  const unknown = operation(
    [2, 3],
    { onlyIf: { value: "x" }, wrote: { value: "b" } },
    { outcome: "unknown" },
  );
  t.false(linearizable(operation([0, 1], write("a")), unknown, operation([9, 10], read("b"))));
});

test("answers never go back in revision, and no revision is given twice", (t) => {
  const [a, b] = [{ revision: 5 }, { revision: 4 }];
  t.false(linearizable(operation([0, 1], write("a"), a), operation([2, 3], write("b"), b)));
  t.true(linearizable(operation([0, 3], write("a"), a), operation([1, 2], write("b"), b)));
  t.false(linearizable(operation([0, 3], write("a"), a), operation([1, 2], write("b"), a)));
});

function change(key: string, modRevision: number, version = 2, prev?: SeenChange["prev"]): SeenChange {
  const base = { type: "put" as const, key, value: `v${modRevision}`, modRevision, version, lease: 0n };
  return { ...base, createRevision: version === 1 ? modRevision : 1, ...(prev ? { prev } : undefined) };
}

/** Revisions 2 to 5; 4 changes two keys at once. */
const CHANGES = new Map([
  [2, [change("a", 2, 1)]],
  [3, [change("x", 3, 1)]],
  [4, [change("a", 4, 2, { value: "v2", modRevision: 2 }), change("b", 4, 1)]],
  [5, [change("b", 5)]],
]);

type Batch = [revision: number, changes: readonly SeenChange[]];
const all = (revision: number): Batch => [revision, CHANGES.get(revision)!];

/** Where a watch began: at a revision, or at what its member had. */
type Begin = Pick<WatchStretch, "from" | "fromAtMost">;

function watchProblems(
  batches: readonly Batch[],
  scope: Partial<WatchScope> = {},
  begin: Begin = { from: 2, fromAtMost: 1 },
): string[] {
  const problems: string[] = [];
  const whole = { name: "w", start: "a", end: "c", noPut: false, noDelete: false, prevKv: true, ...scope };
  const stretch = {
    ...begin,
    batches: batches.map(([revision, changes]) => ({ revision, changes })),
  };
  const history = { lastRevision: 5, changesOf: (revision: number) => CHANGES.get(revision) ?? [] };
  checkWatch({ scope: whole, stretches: [stretch], reached: 5 }, history, (_, message) =>
    problems.push(message),
  );
  return problems.map((problem) => /watch w: ([\w, ]+):/.exec(problem)?.[1] ?? problem);
}

test("a watch of what comes begins with what its member has, and misses nothing from there on", (t) => {
  const begin = { from: undefined, fromAtMost: 4 };
  t.deepEqual(watchProblems([all(5)], {}, begin), []);
  t.deepEqual(watchProblems([all(4), all(5)], {}, begin), []);
  t.deepEqual(watchProblems([[2, []], all(4), all(5)], {}, begin), []);
  t.deepEqual(watchProblems([[2, []], all(5)], {}, begin), ["reliable"]);
});

test("each guarantee of watches is looked at", (t) => {
  t.deepEqual(watchProblems([all(2), all(4), all(5)]), []);
  t.deepEqual(watchProblems([all(2), all(5)]), ["reliable"]);
  t.deepEqual(watchProblems([all(2), all(4)]), ["reliable"]);
  t.deepEqual(watchProblems([all(2), all(4), all(4), all(5)]), ["ordered, unique"]);
  t.deepEqual(watchProblems([all(4), all(2), all(5)]), ["reliable", "ordered, unique"]);
  t.deepEqual(watchProblems([all(2), [4, [change("b", 4, 1)]], all(5)]), ["atomic, filterable"]);
  t.deepEqual(watchProblems([all(2), all(3), all(4), all(5)]), ["atomic, filterable"]);
  t.deepEqual(watchProblems([all(2), [4, []], all(5)]), ["bookmarkable"]);
  t.deepEqual(watchProblems([[2, []]], { noPut: true }), []);
  const wrong = change("a", 4, 2, { value: "other", modRevision: 2 });
  t.deepEqual(watchProblems([all(2), [4, [wrong, change("b", 4, 1)]], all(5)]), ["prevKV"]);
});

test("a lease may end after its TTL from the last renewal, or when a client asks", (t) => {
  const problems: string[] = [];
  const leases = new LeaseNotEarly((_, message) => problems.push(message), 1);
  leases.granted(1n, 10, 1000);
  leases.renewed(1n, 5000);
  leases.revoked(1n, 15_000);
  leases.granted(2n, 10, 0);
  leases.unwanted(2n);
  leases.revoked(2n, 1);
  t.deepEqual(problems, []);
  leases.granted(3n, 10, 1000);
  leases.renewed(3n, 5000);
  leases.revoked(3n, 14_999);
  t.is(problems.length, 1);
});

test("members that come to different states, or change what was committed, are found", (t) => {
  const found: string[] = [];
  const history = new TrueHistory((checker) => found.push(checker));
  history.applied(1n, 7, 2, "ok @5");
  history.applied(2n, 7, 2, "ok @5");
  history.committed(1n, 5, [change("a", 5)]);
  history.committed(2n, 5, [change("a", 5)]);
  history.hashed(1n, 7, ["x"]);
  history.hashed(2n, 7, ["x"]);
  t.deepEqual(found, []);
  history.applied(3n, 7, 3, "ok @5");
  history.applied(4n, 7, 2, "ok @6");
  history.committed(3n, 5, [change("b", 5)]);
  history.hashed(3n, 7, ["y"]);
  const same = "same state at the same index";
  t.deepEqual(found, ["committed entries never change", same, same, same]);
});

test("a value that is written twice is found, and one that a transaction writes to two keys is not", (t) => {
  const found: string[] = [];
  const history = new TrueHistory((checker) => found.push(checker));
  const put = (key: string, revision: number) => ({ ...change(key, revision), value: "c1.1" });
  history.committed(1n, 5, [put("k/0", 5), put("k/1", 5)]);
  history.committed(2n, 5, [put("k/0", 5), put("k/1", 5)]);
  t.deepEqual(found, []);
  history.committed(1n, 6, [put("k/0", 6)]);
  t.deepEqual(found, ["nothing is carried out twice"]);
});

test("a log that forgets what it acknowledged, or holds what was never written, is found", (t) => {
  const entry = (index: number, term = 1) => ({
    index,
    term,
    type: "normal" as const,
    data: Buffer.from(`${index}/${term}`),
  });
  const start = { index: 0, term: 0 };
  const hardState = { term: 1, vote: 2n, commit: 0 };
  const recover = (entries: ReturnType<typeof entry>[], found = hardState): number => {
    const problems: string[] = [];
    const log = new LogPromises(1n, (_, message) => problems.push(message));
    log.begun({ entries: [entry(1), entry(2)], hardState });
    log.done();
    log.begun({ entries: [entry(2, 2), entry(3, 2)] });
    log.recovered({ hardState: found, start, entries });
    return problems.length;
  };
  t.is(recover([entry(1), entry(2)]), 0);
  t.is(recover([entry(1), entry(2, 2), entry(3, 2)]), 0);
  t.is(recover([entry(1)]), 1);
  t.is(recover([entry(1), entry(2, 3)]), 1);
  t.is(recover([entry(1), entry(2)], { ...hardState, vote: 0n }), 1);
});

test("a history that goes on from another knows what that one left", (t) => {
  const broken: string[] = [];
  const change = (key: string, value: string, modRevision: number): SeenChange => {
    return { type: "put", key, value, createRevision: modRevision, modRevision, version: 1, lease: 0n };
  };
  const first = new TrueHistory((checker) => broken.push(checker));
  first.committed(1n, 2, [change("k/a", "old", 2)]);
  first.committed(1n, 3, [change("k/a", "kept", 3)]);
  const next = first.successor();
  t.is(next.valueAt("k/a", 9)?.value, "kept");
  t.is(next.valueAt("k/a", 2), undefined, "what came before the newest is forgotten");
  next.committed(1n, 4, [change("k/b", "new", 4)]);
  t.deepEqual(broken, []);
  next.committed(1n, 5, [change("k/b", "kept", 5)]);
  t.deepEqual(broken, ["nothing is carried out twice"]);
});
