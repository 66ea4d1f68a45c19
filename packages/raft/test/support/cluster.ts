/**
 * A cluster of rafts in one thread: a bag of messages that the test delivers, drops or holds, and a disk for
 * each member that keeps only what was written. `run` delivers everything until nothing moves.
 */
import { seededRandom } from "@quorate/base";
import {
  type ConfState,
  decodeConfChange,
  type Entry,
  type HardState,
  type MemberId,
  MemoryRaftLog,
  type Message,
  NO_CONF,
  Raft,
  type ReadState,
  type Ready,
} from "../../src/index.ts";

interface Write {
  readonly ready: Ready;
}

export class Member {
  readonly id: MemberId;
  readonly log: MemoryRaftLog;
  hardState: HardState;
  conf: ConfState;
  raft: Raft;
  readonly applied: Entry[] = [];
  appliedIndex: number;
  readonly reads: ReadState[] = [];
  /** Writes that were handed out and are not durable yet. */
  writes: Write[] = [];
  up = true;
  readonly #seed: number;
  readonly #entryBytesMax: number;

  /** Founders begin at index 1, so that whoever joins later gets the configuration with a snapshot. */
  constructor(id: MemberId, conf: ConfState, seed: number, entryBytesMax = 1 << 20) {
    const start = conf.voters.length ? 1 : 0;
    this.id = id;
    this.conf = conf;
    this.#seed = seed;
    this.#entryBytesMax = entryBytesMax;
    this.hardState = { term: start, vote: 0n, commit: start };
    this.appliedIndex = start;
    this.log = new MemoryRaftLog({ index: start, term: start, conf });
    this.raft = this.#make();
  }

  #make(): Raft {
    return new Raft(
      {
        id: this.id,
        hardState: this.hardState,
        conf: this.conf,
        applied: this.appliedIndex,
        electionTicks: 10,
        heartbeatTicks: 1,
        entryBytesMax: this.#entryBytesMax,
      },
      this.log,
      seededRandom(this.#seed + Number(this.id)),
    );
  }

  /** Loses what was not durable, and the memory; the state machine's applied entries count as durable. */
  restart(): void {
    this.writes = [];
    this.up = true;
    this.raft = this.#make();
  }
}

export class Cluster {
  readonly members = new Map<MemberId, Member>();
  inFlight: Message[] = [];
  /** Whether a message is lost on its way. */
  drop: (message: Message) => boolean = () => false;
  /** Holds all disk writes back while true. */
  holdWrites = false;

  constructor(voters: number, seed = 1, learners: MemberId[] = [], entryBytesMax?: number) {
    const ids = Array.from({ length: voters }, (_, i) => BigInt(i + 1));
    const conf = { ...NO_CONF, voters: ids, learners };
    for (const id of [...ids, ...learners]) this.members.set(id, new Member(id, conf, seed, entryBytesMax));
  }

  get(id: number | bigint): Member {
    return this.members.get(BigInt(id))!;
  }

  add(id: bigint, seed = 1): Member {
    const member = new Member(id, NO_CONF, seed);
    this.members.set(id, member);
    return member;
  }

  /** Carries out one member's Ready up to, and not with, the durability of its write. */
  take(member: Member): boolean {
    const ready = member.raft.take();
    if (!ready) return false;
    this.inFlight.push(...ready.messages);
    member.writes.push({ ready });
    for (const entry of ready.committed) this.#apply(member, entry);
    member.reads.push(...ready.readStates);
    return true;
  }

  #apply(member: Member, entry: Entry): void {
    if (entry.index !== member.appliedIndex + 1) {
      throw new Error(`member ${member.id} applies ${entry.index} after ${member.appliedIndex}`);
    }
    member.appliedIndex = entry.index;
    member.applied.push(entry);
    if (entry.type === "conf") member.conf = member.raft.applyConfChange(decodeConfChange(entry.data));
    const { index, term } = entry;
    member.log.setSnapshotPoint({ index, term, conf: member.conf });
    member.raft.applied(index);
  }

  /** Makes the oldest write of a member durable and delivers what it promised. */
  persist(member: Member): boolean {
    const write = member.writes.shift();
    if (!write) return false;
    const { ready } = write;
    if (ready.snapshot) {
      member.log.installSnapshot(ready.snapshot);
      member.appliedIndex = ready.snapshot.index;
      member.conf = ready.snapshot.conf;
    }
    member.log.append(ready.entries);
    if (ready.hardState) member.hardState = ready.hardState;
    for (const message of ready.afterPersist) {
      if (message.to === member.id) member.raft.step(message);
      else this.inFlight.push(message);
    }
    return true;
  }

  deliver(message: Message): void {
    const to = this.members.get(message.to);
    if (to?.up && !this.drop(message)) to.raft.step(message);
  }

  /** Until nothing moves. Throws after far too many steps. */
  run(): void {
    for (let steps = 0; steps < 100_000; steps++) {
      let moved = false;
      for (const member of this.members.values()) {
        if (!member.up) continue;
        while (this.take(member)) moved = true;
        while (!this.holdWrites && this.persist(member)) moved = true;
      }
      const messages = this.inFlight;
      this.inFlight = [];
      for (const message of messages) {
        this.deliver(message);
        moved = true;
      }
      if (!moved) return;
    }
    throw new Error("the cluster does not come to rest");
  }

  tick(id?: number): void {
    for (const member of this.members.values()) {
      if (member.up && (id === undefined || member.id === BigInt(id))) member.raft.tick();
    }
    this.run();
  }

  /** Makes a member the leader by letting only it campaign. */
  elect(id: number): void {
    this.get(id).raft.campaign();
    this.run();
    if (this.get(id).raft.status().role !== "leader") throw new Error(`member ${id} did not become leader`);
  }

  propose(id: number, ...texts: string[]): void {
    this.get(id).raft.propose(texts.map((text) => Buffer.from(text)));
    this.run();
  }

  /** What a member applied, as text, without the empty entries. */
  texts(id: number): string[] {
    return this.get(id)
      .applied.filter((entry) => entry.type === "normal" && entry.data.length > 0)
      .map((entry) => Buffer.from(entry.data).toString());
  }

  leaders(): bigint[] {
    return [...this.members.values()]
      .filter((m) => m.up && m.raft.status().role === "leader")
      .map((m) => m.id);
  }
}
