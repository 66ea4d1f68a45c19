/** The bugs that replicated stores have had, each of which the simulator must find. */
import type { Edit, Mutant } from "./mutant.ts";

const edit = (file: string, find: string, replace: string): Edit => ({
  file: `packages/${file}`,
  find,
  replace,
});

const CONSENSUS: readonly Mutant[] = [
  {
    name: "vote-before-disk",
    faults: ["shifting-majority"],
    about: "a vote is sent before it is on disk",
    edits: [edit("raft/src/core.ts", 'draft.type === "vote-resp" ||', 'draft.type === "app-resp" ||')],
  },
  {
    name: "vote-forgotten",
    faults: ["shifting-majority"],
    about: "a restarted member has forgotten whom it voted for",
    edits: [
      edit(
        "replica/src/recover-replica.ts",
        "return { hardState: { term, vote, commit: known }",
        "return { hardState: { term, vote: vote && 0n, commit: known }",
      ),
    ],
  },
  {
    name: "vote-for-shorter-log",
    faults: ["shifting-majority"],
    about: "a vote is given without comparing the logs",
    edits: [
      edit(
        "raft/src/election.ts",
        "core.log.isUpToDate(message.index ?? 0, message.logTerm ?? 0)",
        "core.log.lastIndex >= 0",
      ),
    ],
  },
  {
    name: "commit-older-term",
    faults: ["figure-8"],
    about: "an entry of an earlier term is committed by counting",
    edits: [edit("raft/src/replication.ts", "if (core.log.term(index) !== core.term) return false;", "")],
  },
  {
    name: "leader-counts-itself-early",
    faults: ["shifting-majority"],
    about: "the leader counts its own log before it is on disk",
    edits: [
      edit(
        "raft/src/core.ts",
        'this.send({ type: "app-resp", to: this.id, index });',
        'this.messages.push({ type: "app-resp", to: this.id, from: this.id, term: this.term, index });',
      ),
    ],
  },
  {
    name: "append-unchecked",
    faults: ["figure-8"],
    about: "a follower appends without comparing the entry before",
    edits: [
      edit(
        "raft/src/log-view.ts",
        "if (!this.matches(index, term)) return undefined;",
        "if (index > this.lastIndex || (index > 0 && term < 0)) return undefined;",
      ),
    ],
  },
  {
    name: "learner-counted",
    faults: ["membership", "partition", "power-loss"],
    about: "a learner's answer counts for the quorum",
    edits: [
      edit(
        "raft/src/quorum.ts",
        "return Math.min(majorityIndex(conf.voters, reachedBy),",
        "const values = [...conf.voters, ...conf.learners].map(reachedBy).sort((a, b) => a - b);\n" +
          "  const needed = Math.floor(conf.voters.length / 2) + 1;\n" +
          "  if (values.length > 0) return values[values.length - needed]!;\n" +
          "  return Math.min(majorityIndex(conf.voters, reachedBy),",
      ),
    ],
  },
  {
    name: "two-changes-at-once",
    faults: ["membership", "partition", "reorder"],
    about: "a membership change is begun while another is under way",
    edits: [
      edit("raft/src/step-leader.ts", "if (core.pendingConfIndex > core.log.applied) return false;", ""),
      edit("replica/src/member-changes.ts", "if (this.#pending) throw", "if (this.#pending === null) throw"),
    ],
  },
  {
    name: "snapshot-without-configuration",
    faults: ["membership", "late-snapshot"],
    about: "a member that takes a snapshot keeps its old configuration",
    edits: [edit("raft/src/step-follower.ts", "  core.conf = snapshot.conf;\n", "")],
  },
];

const READS: readonly Mutant[] = [
  {
    name: "read-without-index",
    faults: ["loss"],
    about: "a linearizable read is answered from the member's own memory",
    edits: [
      edit(
        "replica/src/replica-kv.ts",
        "if (!request.serializable) await this.#replica.barrier(options);\n    return",
        "return",
      ),
    ],
  },
  {
    name: "stale-leader-answers",
    faults: ["frozen-leader"],
    about: "a leader confirms a read without asking whether it still leads",
    edits: [
      edit(
        "raft/src/replication.ts",
        "  core.reads.add(request, core.log.committed);\n  broadcastHeartbeat(core);",
        "  answerRead(core, request, core.log.committed);",
      ),
    ],
  },
  {
    name: "lease-read-by-ticks",
    faults: ["frozen-leader"],
    about: "a leader trusts a lease that it counts in ticks, which stand still while its process does",
    edits: [
      edit(
        "raft/src/replication.ts",
        "  core.reads.add(request, core.log.committed);\n  broadcastHeartbeat(core);",
        "  const isActive = (id: MemberId) => id === core.id || core.progress.get(id)?.recentActive;\n" +
          "  const active = (id: MemberId) => (isActive(id) ? 1 : 0);\n" +
          "  if (quorumIndex(core.conf, active) >= 1)\n" +
          "    return answerRead(core, request, core.log.committed);\n" +
          "  core.reads.add(request, core.log.committed);\n  broadcastHeartbeat(core);",
      ),
    ],
  },
  {
    name: "read-before-own-commit",
    faults: ["figure-8"],
    about: "a new leader answers reads before it has committed in its own term",
    edits: [
      edit(
        "raft/src/replication.ts",
        "  if (!hasCommittedInTerm(core)) {\n    core.reads.postpone(request);\n    return;\n  }\n",
        "",
      ),
    ],
  },
];

const DISK: readonly Mutant[] = [
  {
    name: "acknowledge-before-sync",
    about: "the log acknowledges a write that is not synced",
    edits: [
      edit(
        "disk/src/write-ahead-log.ts",
        "    await file.datasync();\n    this.#position = end;",
        "    file.datasync().catch(() => {});\n    this.#position = end;",
      ),
    ],
  },
  {
    name: "sync-error-ignored",
    faults: ["sync-error", "power-loss"],
    about: "a failed sync of the log is taken for done",
    edits: [
      edit(
        "disk/src/write-ahead-log.ts",
        "    await file.datasync();\n    this.#position = end;",
        "    await file.datasync().catch(() => {});\n    this.#position = end;",
      ),
    ],
  },
  {
    name: "torn-tail-taken",
    about: "a record that a crash cut short is taken for whole",
    edits: [
      edit(
        "disk/src/log-frame.ts",
        "  const payloadEnd = at + FRAME_HEADER_BYTES + length;\n  if (bytes[end - 1]",
        "  if (at >= 0) return true;\n" +
          "  const payloadEnd = at + FRAME_HEADER_BYTES + length;\n  if (bytes[end - 1]",
      ),
    ],
  },
  {
    name: "damage-cut-as-tail",
    about: "a record that does not match its checksum is cut as if a crash had torn it, whatever follows",
    edits: [
      edit("disk/src/log-frame.ts", '  if (!torn) return { kind: "damaged", reason };\n', "  void reason;\n"),
      edit("disk/src/log-frame.ts", "  if (hasLaterFrame(bytes, at + 8, link))\n", "  if (at < 0)\n"),
    ],
  },
  {
    name: "zeros-taken-for-missing",
    faults: ["rot", "loss", "full-disk"],
    about: "a last record with zeros in it is cut as torn when a bit of it has rotted",
    edits: [edit("disk/src/log-frame.ts", " > bytes.readUInt32LE(at + 20);", " > 0;")],
  },
  {
    name: "trim-above-durable",
    about: "the log is trimmed below what only memory holds of the state",
    edits: [
      edit(
        "replica/src/log-trimmer.ts",
        "      await disk.write([], { sync: true });\n",
        "      void disk;\n",
      ),
    ],
  },
  {
    name: "unsynced-at-open",
    faults: ["crash-in-io", "power-loss"],
    about: "what a killed process left unsynced in the log counts as logged",
    edits: [
      edit(
        "disk/src/write-ahead-log.ts",
        "    await this.#file.write(0, bytes.subarray(0, position));\n    await this.#file.datasync();\n",
        "    if (torn) await this.#file.datasync();\n",
      ),
    ],
  },
  {
    name: "failed-sync-trusted",
    faults: ["sync-error", "power-loss"],
    about: "what a failed sync left in the cache is not written again by the next process",
    edits: [
      edit(
        "disk/src/write-ahead-log.ts",
        "    await this.#file.write(0, bytes.subarray(0, position));\n",
        "",
      ),
    ],
  },
  {
    name: "zeros-over-record",
    about: "zeros that are written ahead land on a record that was acknowledged",
    edits: [
      edit(
        "disk/src/write-ahead-log.ts",
        "    const start = this.#allocated;\n",
        "    const start = this.#allocated;\n    this.#allocated += this.#preallocateBytes;\n",
      ),
    ],
  },
  {
    name: "install-thrown-away",
    faults: ["late-snapshot"],
    about: "a state that is being installed is thrown away when the member stops",
    edits: [
      edit(
        "replica/src/snapshot-receiver.ts",
        "      if (this.#arrived === undefined) staged = undefined;\n",
        "      if (wanted) staged = undefined;\n",
      ),
    ],
  },
];

const STATE: readonly Mutant[] = [
  {
    name: "apply-twice",
    about: "a restarted member applies its last entry again",
    edits: [
      edit(
        "mvcc/src/load-state.ts",
        "appliedIndex: applied ? readUint64(applied, 0) : 0,",
        "appliedIndex: applied ? Math.max(1, readUint64(applied, 0) - 1) : 0,",
      ),
    ],
  },
  {
    name: "revision-reused",
    about: "a restarted member gives its last revision again",
    edits: [
      edit(
        "mvcc/src/load-state.ts",
        'revision: Math.max(lastRevision, number("revision")),',
        'revision: Math.max(1, Math.max(lastRevision, number("revision")) - 1),',
      ),
    ],
  },
  {
    name: "proposal-appended-twice",
    faults: ["reorder"],
    about: "a proposal that arrives twice is appended twice",
    edits: [edit("replica/src/proposal-attempts.ts", "sequence <= ", "sequence < 0 && sequence <= ")],
  },
  {
    name: "attempt-in-any-term",
    faults: ["stall"],
    about: "a leader takes proposals that were meant for another term, which their member tries again",
    edits: [
      edit(
        "replica/src/proposal-attempts.ts",
        'const isOurs = role === "leader" && term === attempt.term;',
        'const isOurs = role === "leader" && term > 0;',
      ),
    ],
  },
  {
    name: "removed-refused-for-good",
    faults: ["membership"],
    about: "a write pending on a member that is removed is refused for good, and carried out",
    edits: [
      edit(
        "replica/src/replica.ts",
        'this.#end(kvError("STOPPED", ',
        'this.#end(kvError(hasCode(error, "MEMBER_REMOVED") ? "CORRUPT" : "STOPPED", ',
      ),
    ],
  },
  {
    name: "compaction-drops-live",
    about: "a compaction drops the newest version of keys that exist",
    edits: [
      edit(
        "mvcc/src/key-history.ts",
        "return (code & 1) === 1 && main < compacted ? last + 2 : last;",
        "return (code & 1) <= 1 && main < compacted ? last + 2 : last;",
      ),
    ],
  },
  {
    name: "watch-loses-event-at-resume",
    about: "a resumed watch begins one revision late",
    edits: [edit("mvcc/src/watch-hub.ts", "next: start > 0 ? start :", "next: start > 0 ? start + 1 :")],
  },
  {
    name: "watch-wrong-prev",
    about: "a watch that catches up shows the change itself as the state before it",
    edits: [
      edit(
        "mvcc/src/watch-hub.ts",
        "wantsBefore ? history.before(main) : undefined",
        "wantsBefore ? history.at(main) : undefined",
      ),
    ],
  },
  {
    name: "progress-too-far",
    about: "a watch that still catches up tells of progress to the newest revision",
    edits: [
      edit(
        "mvcc/src/watch-hub.ts",
        "    if (watcher.next <= this.#history.revision && !watcher.group) {\n",
        "    const { revision } = this.#history;\n" +
          "    if (watcher.progressAsked) watcher.sink.batch({ revision, changes: [] });\n" +
          "    if (watcher.next <= this.#history.revision && !watcher.group) {\n",
      ),
    ],
  },
  {
    name: "lease-by-wall-clock",
    about: "leases end by the wall clock, which jumps",
    edits: [
      edit(
        "replica/src/replica.ts",
        "new LeaseKeeper(recovered.state.store, {\n      now,",
        "new LeaseKeeper(recovered.state.store, {\n      now: () => clock.wallMs(),",
      ),
    ],
  },
  {
    name: "lease-not-extended",
    faults: ["crash", "transfer"],
    about: "a new leader gives leases only the election timeout",
    edits: [
      edit(
        "mvcc/src/lease-expiry.ts",
        "this.#set(lease, now, extendMs + (lease.remainingSeconds || lease.ttlSeconds) * 1000);",
        "this.#set(lease, now, extendMs);",
      ),
    ],
  },
];

/** All of them. */
export const CLASSIC_MUTANTS: readonly Mutant[] = [...CONSENSUS, ...READS, ...DISK, ...STATE];
