/**
 * The bugs of consistency that etcd has had, by the numbers of their issues (the track record of its
 * robustness tests), as tests of ours. What needs a cluster runs in the simulator with the faults that
 * showed it.
 */

import { seededRandom } from "@quorate/base";
import {
  type AuthRequest,
  type Change,
  type Command,
  type PlainCommand,
  type Revision,
  Store,
  type WatchBatch,
} from "@quorate/mvcc";
import test from "ava";
import type { Fault, ProfileOverrides } from "../src/profile.ts";
import { simulate } from "../src/simulate.ts";
import { StateImage } from "../src/world/state-image.ts";

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string): PlainCommand => ({
  op: "put",
  request: { key: bytes(key), value: bytes(value) },
});
const del = (key: string): PlainCommand => ({ op: "delete-range", request: { key: bytes(key) } });

/** A state machine on a disk that can lose what was not synced. */
class Member {
  readonly image = new StateImage();
  store!: Store;
  #index = 0;

  static async open(): Promise<Member> {
    const member = new Member();
    await member.reopen();
    return member;
  }

  async reopen(): Promise<void> {
    this.store = await Store.open(this.image.values, { clusterId: 1n, memberId: 1n });
    this.#index = this.store.appliedIndex;
  }

  apply(...commands: Command[]) {
    const results = commands.map((command) => this.store.apply(command, { index: ++this.#index, term: 1 }));
    return results.at(-1)!;
  }

  write(): void {
    this.image.apply(this.store.takeBatch().writes);
  }

  sync(): void {
    this.write();
    this.image.synced(Number.MAX_SAFE_INTEGER);
  }

  watch(startRevision: Revision, range: [string, string?] = ["a", "z"]) {
    const batches: WatchBatch[] = [];
    const [key, end] = range;
    const watch = this.store.watch(
      { key: bytes(key), ...(end ? { rangeEnd: bytes(end) } : undefined), startRevision, prevKv: true },
      { batch: (batch) => batches.push(batch), closed: () => {} },
    );
    return { watch, batches };
  }

  settle(): void {
    while (this.store.watches.pump());
  }
}

function changesOf(batches: readonly WatchBatch[]): string[] {
  const text = ({ type, kv }: Change): string => `${type} ${Buffer.from(kv.key)}@${kv.modRevision}`;
  return batches.flatMap(({ changes }) => changes.map(text));
}

/** Small runs with just these faults. */
async function survives(faults: readonly Fault[], overrides: ProfileOverrides, seeds: number) {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await simulate(seed, { operations: 300, faultEveryMs: 250, faults, ...overrides });
    if (violations.length > 0) return `seed ${seed}: ${violations[0]!.checker}: ${violations[0]!.message}`;
  }
  return undefined;
}

test.serial("etcd#13766: a crash under high load leaves no member with another revision", async (t) => {
  const load = { clients: 8, restMs: 0, members: 3 };
  t.is(await survives(["crash", "power-loss", "crash-in-io"], load, 3), undefined);
});

test.serial("etcd#14370: a cluster of one member loses no acknowledged write in a crash", async (t) => {
  const single = { members: 1, clients: 3, restMs: 10 };
  t.is(await survives(["crash", "power-loss", "crash-in-io"], single, 3), undefined);
});

test.serial("etcd#15271: no watch travels back in time after a partition", async (t) => {
  const watched = { watchers: 3, members: 3, clients: 4, restMs: 10, trimEntries: 20, keptEntries: 5 };
  t.is(await survives(["partition", "one-way"], watched, 3), undefined);
});

test("etcd#15271: a watch of the future gets nothing of before, on a member that is behind", async (t) => {
  const member = await Member.open();
  member.apply(put("a", "1"));
  const { batches } = member.watch(4);
  member.apply(put("a", "2"), put("b", "1"), put("c", "1"));
  member.settle();
  t.deepEqual(changesOf(batches), ["put b@4", "put c@5"]);
});

test("etcd#14571: a restart after auth was enabled refuses what the others refuse", async (t) => {
  const [a, b] = [await Member.open(), await Member.open()];
  const auth = (request: AuthRequest): Command => ({ op: "auth", request });
  const add = (name: string) => auth({ type: "user-add", name, passwordHash: "", noPassword: true });
  const commands: Command[] = [
    auth({ type: "role-add", role: "root" }),
    add("root"),
    add("guest"),
    auth({ type: "user-grant-role", name: "root", role: "root" }),
    auth({ type: "enable" }),
  ];
  const outcome = (member: Member): string[] => {
    const caller = { user: "guest", authRevision: member.store.auth.revision };
    const result = member.apply({ op: "as-user", caller, command: put("a", "1") });
    return [result.ok ? "ok" : result.error.code, String(member.store.revision)];
  };
  for (const member of [a, b]) for (const command of commands) t.true(member.apply(command).ok);
  b.sync();
  await b.reopen();
  t.deepEqual(outcome(a), outcome(b));
  t.is(outcome(a)[0], "PERMISSION_DENIED");
});

for (const [issue, what] of [
  ["14685", "there is nothing to defragment: a crash while space is given back"],
  ["17780", "a crash in the middle of a compaction"],
] as const) {
  test(`etcd#${issue}: ${what} does not make the revision go back`, async (t) => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const member = await Member.open();
      for (let i = 0; i < 20; i++) member.apply(put(`a${i % 5}`, `${i}`));
      for (let i = 0; i < 5; i++) member.apply(del(`a${i}`));
      member.sync();
      const { revision } = member.store;
      member.apply({ op: "compact", revision });
      // Slice by slice, each a batch that may be lost.
      while (member.store.pumpCompaction(1)) member.write();
      member.write();
      member.image.crash(random, true);
      await member.reopen();
      t.true(member.store.revision === revision, `seed ${seed}: ${member.store.revision}`);
    }
  });
}

test("etcd#15220: progress is never told ahead of the changes that it covers", async (t) => {
  const member = await Member.open();
  for (let i = 0; i < 50; i++) member.apply(put("a", `${i}`));
  const { watch, batches } = member.watch(2);
  watch.requestProgress();
  member.settle();
  const progress = batches.findIndex(({ changes }) => changes.length === 0);
  t.is(progress, 50);
  t.is(batches[progress]!.revision, 51);
});

test("etcd#17247: a transaction gives each of its changes once", async (t) => {
  const member = await Member.open();
  const { batches } = member.watch(0);
  member.apply({
    op: "txn",
    request: {
      compare: [{ key: bytes("a"), target: "version", version: 0, result: "equal" }],
      success: [
        { op: "range", request: { key: bytes("a") } },
        { op: "put", request: { key: bytes("a"), value: bytes("1") } },
        { op: "range", request: { key: bytes("a") } },
        { op: "put", request: { key: bytes("b"), value: bytes("1") } },
      ],
      failure: [],
    },
  });
  t.deepEqual(
    batches.map(({ revision, changes }) => [revision, changes.length]),
    [[2, 2]],
  );
});

test("etcd#17529: watches that starve each other lose nothing", async (t) => {
  const member = await Member.open();
  for (let i = 0; i < 300; i++) member.apply(put(`a${i % 7}`, "x".repeat(2000)));
  const watches = Array.from({ length: 40 }, () => member.watch(2));
  for (let i = 0; i < 50; i++) {
    member.apply(put("b", `${i}`));
    member.store.watches.pump();
  }
  member.settle();
  for (const { batches } of watches) t.is(changesOf(batches).length, 350);
});

for (const issue of ["18089", "19179"]) {
  test(`etcd#${issue}: a watch from a delete that is also the compaction gets the delete`, async (t) => {
    const member = await Member.open();
    member.apply(put("a", "1"), put("b", "1"), del("a"), put("b", "2"));
    member.apply({ op: "compact", revision: 4 });
    while (member.store.pumpCompaction(1));
    const { batches } = member.watch(4);
    member.settle();
    t.deepEqual(changesOf(batches), ["delete a@4", "put b@5"]);
    // And the same on one that has restarted meanwhile.
    member.sync();
    await member.reopen();
    const again = member.watch(4);
    member.settle();
    t.deepEqual(changesOf(again.batches), ["delete a@4", "put b@5"]);
  });
}

test("etcd#18667: a transaction at a compacted revision fails alike, and writes nothing", async (t) => {
  const [a, b] = [await Member.open(), await Member.open()];
  const read: Command = {
    op: "txn",
    request: {
      compare: [],
      success: [
        { op: "put", request: { key: bytes("a"), value: bytes("2") } },
        { op: "range", request: { key: bytes("a"), revision: 2 } },
      ],
      failure: [],
    },
  };
  for (const member of [a, b]) {
    member.apply(put("a", "1"), put("a", "1"), put("b", "1"), { op: "compact", revision: 4 });
  }
  // One has given the space back and restarted, the other has not begun.
  while (b.store.pumpCompaction(1));
  b.sync();
  await b.reopen();
  for (const member of [a, b]) {
    const result = member.apply(read);
    t.is(result.ok ? "ok" : result.error.code, "COMPACTED");
    t.is(member.store.revision, 4);
  }
});
