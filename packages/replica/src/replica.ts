/**
 * One member of the cluster: drives raft with the tick, the peers, the log and the applied state. Everything
 * outside is a port, so that a simulator runs this same loop. Work of an event-loop turn is done together in
 * `#pump`: proposals and reads go to raft, its Readies to the peers and the log, committed entries to the
 * state, a slice at a time.
 *
 * Safety: messages that promise durability leave only after the log's write; answers only after the apply;
 * the log is trimmed only below what a synced write of the state covers.
 */
import { type Clock, CodedError, hasCode, type Timer } from "@quorate/base";
import { type CommandResponse, kvError, type Store } from "@quorate/mvcc";
import { type Entry, type MemberId, type MemoryRaftLog, type Message, Raft, type Ready } from "@quorate/raft";
import { type AppliedState, Applier } from "./applier.ts";
import { BackgroundWork } from "./background-work.ts";
import { encodeCommand, type LogCommand } from "./command-codec.ts";
import { ConnectionAges } from "./connection-ages.ts";
import type { MemberHash } from "./corruption-check.ts";
import { type LeaderCall, LeaderCalls } from "./leader-calls.ts";
import { LeaderDuties } from "./leader-duties.ts";
import { Leadership } from "./leadership.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { DEFAULT_TRIM, LogTrimmer } from "./log-trimmer.ts";
import { LogWriter } from "./log-writer.ts";
import { MemberChanges } from "./member-changes.ts";
import { peerHandlers } from "./peer-handlers.ts";
import { PeerInbox } from "./peer-inbox.ts";
import { PeerOutbox } from "./peer-outbox.ts";
import { ProposalAttempts } from "./proposal-attempts.ts";
import { ProposalQueue } from "./proposal-queue.ts";
import { ReadBarrier } from "./read-barrier.ts";
import { type RecoveredReplica, raftConfigOf, recoverReplica } from "./recover-replica.ts";
import { ReplicaCounts } from "./replica-counts.ts";
import type { ReplicaOptions, ReplicaStatus, RequestOptions } from "./replica-options.ts";
import { progressOf, statusOf } from "./replica-status.ts";
import { timesOf } from "./replica-times.ts";
import { SnapshotExchange } from "./snapshot-exchange.ts";
import type { ArrivedSnapshot } from "./snapshot-receiver.ts";
import { storeOptionsOf } from "./store-options.ts";
import { Upkeep } from "./upkeep.ts";

/** A member that runs from `open` to `stop`. */
export class Replica {
  readonly id: MemberId;
  readonly options: ReplicaOptions;
  readonly #clock: Clock;
  readonly #raft: Raft;
  readonly #raftLog: MemoryRaftLog;
  readonly #writer: LogWriter;
  readonly #applier: Applier;
  readonly #proposals: ProposalQueue;
  readonly #reads: ReadBarrier;
  readonly #calls: LeaderCalls;
  readonly #changes: MemberChanges;
  readonly #duties: LeaderDuties;
  readonly #attempts: ProposalAttempts;
  readonly #upkeep: Upkeep;
  readonly #leases: LeaseKeeper;
  readonly #leadership: Leadership;
  readonly #background: BackgroundWork;
  readonly #inbox: PeerInbox;
  readonly #outbox: PeerOutbox;
  readonly #ages: ConnectionAges;
  readonly #snapshots: SnapshotExchange;
  readonly #trimmer: LogTrimmer;
  readonly #counts = new ReplicaCounts();
  readonly #heartbeatMs: number;
  readonly requestTimeoutMs: number;
  #timer: Timer | undefined;
  #pumping = false;
  #stopping = false;
  #stopped = false;
  #lastTick = 0;

  private constructor(options: ReplicaOptions, recovered: RecoveredReplica) {
    const { id, clock, random, transport } = options;
    this.id = id;
    this.options = options;
    this.#clock = clock;
    const { heartbeatMs, electionMs, electionTicks, requestTimeoutMs, transferMs } = timesOf(options);
    this.#heartbeatMs = heartbeatMs;
    this.requestTimeoutMs = requestTimeoutMs;
    const session = random.int(2 ** 20) * 2 ** 32 + random.int(2 ** 32);
    const now = (): number => clock.now();
    this.#raftLog = recovered.raftLog;
    this.#raft = new Raft(raftConfigOf(id, recovered, electionTicks), recovered.raftLog, random);
    this.#proposals = new ProposalQueue(id, session);
    this.#reads = new ReadBarrier(BigInt(session) << 11n, (context) => this.#raft.readIndex(context));
    this.#applier = new Applier(
      recovered.state,
      { self: id, proposals: this.#proposals, now, written: (ms) => this.#counts.stateWrite.add(ms) },
      {
        conf: (entry, state) => this.#applyConf(entry, state),
        command: (command, result) => {
          const plain = command.op === "as-user" ? command.command : command;
          if (plain.op === "lease-grant" && result.ok) this.#leases.granted(plain.id);
        },
        membershipChanged: () => this.#connectPeers(),
        applied: (index) => this.#applied(index),
        failed: (error) => this.#fail(error),
        wake: () => this.wake(),
      },
    );
    this.#background = new BackgroundWork(this.#applier, clock.now(), options.progressNotifyMs);
    this.#writer = new LogWriter(options.log, now, {
      persisted: (entries, messages) => this.#guard(() => this.#persisted(entries, messages)),
      failed: (error) => this.#fail(error),
      measured: (ms) => this.#counts.logWrite.add(ms),
    });
    this.#leases = new LeaseKeeper(recovered.state.store, {
      now,
      extendMs: electionMs,
      revoke: (lease, onlyTerm) => this.propose({ op: "lease-revoke", id: lease }, { onlyTerm }),
      checkpoint: (leases, onlyTerm) => this.propose({ op: "lease-checkpoint", leases }, { onlyTerm }),
    });
    this.#outbox = new PeerOutbox(transport);
    this.#ages = new ConnectionAges((member) => transport.isConnected(member), clock.now());
    this.#changes = new MemberChanges({
      raft: this.#raft,
      membership: () => this.state.membership,
      self: id,
      strict: options.strictReconfigCheck ?? true,
      isConnected: (member) => transport.isConnected(member),
      isStable: (member) => this.#ages.isConnectedFor(member, options.healthIntervalMs ?? 0),
      wake: () => this.wake(),
    });
    this.#leadership = new Leadership({
      self: id,
      leases: this.#leases,
      changes: this.#changes,
      reads: this.#reads,
      now,
      note: (line) => this.note(line),
      leaderChanged: (leader) => this.options.leaderChanged?.(leader),
    });
    this.#duties = new LeaderDuties({
      self: id,
      clock,
      transferMs,
      leases: this.#leases,
      changes: this.#changes,
      membership: () => this.state.membership,
      leader: () => this.leader,
      barrier: () => this.barrier(),
      hash: (revision) => this.#upkeep.hash(revision),
      transfer: (to) => {
        this.#raft.transferLeadership(to);
        this.wake();
      },
    });
    this.#attempts = new ProposalAttempts({
      self: id,
      session,
      queue: this.#proposals,
      raft: () => this.#raft.head,
      append: (entries) => this.#raft.propose(entries) === "accepted",
      isConnected: (member) => transport.isConnected(member),
      send: (to, message) => transport.send(to, [message]),
    });
    this.#upkeep = new Upkeep({
      options,
      state: () => this.state,
      propose: (command) => this.propose(command),
      ask: (call, target) => this.askLeader(call, target === undefined ? {} : { target }),
      note: (line) => this.note(line),
      writtenBytes: () => this.#writer.writtenBytes,
      now: clock.now(),
    });
    this.#calls = new LeaderCalls({
      clock,
      session,
      self: id,
      leader: () => this.leader,
      carryOut: (call) => this.#duties.carryOut(call),
      send: (to, message) => this.#outbox.add(to, message),
    });
    this.#inbox = new PeerInbox({
      self: id,
      raft: this.#raft,
      attempts: this.#attempts,
      calls: this.#calls,
      isRemoved: (member) => this.state.membership.isRemoved(member),
      note: (line) => this.note(line),
    });
    this.#snapshots = new SnapshotExchange({
      self: id,
      raft: this.#raft,
      raftLog: this.#raftLog,
      writer: this.#writer,
      transport,
      ...{ storage: options.state, counts: this.#counts, now },
      storeOptions: storeOptionsOf(options),
      takeReadies: () => {
        this.#takeReadies();
        this.#outbox.flush();
      },
      replaceState: (arrived) => this.#replaceState(arrived),
      applied: (index) => this.#applied(index),
      guard: (run) => this.#guard(run),
      wake: () => this.wake(),
      note: (line) => this.note(line),
      failed: (error) => this.#fail(error),
    });
    this.#trimmer = new LogTrimmer(options.trim ?? DEFAULT_TRIM, {
      log: this.#raftLog,
      writer: this.#writer,
      snapshots: this.#snapshots,
      isShort: () => this.#upkeep.isShortOfSpace,
    });
  }

  /** Rebuilds the member from its log and state, connects to the peers and starts to tick. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const recovered = await recoverReplica(options, storeOptionsOf(options));
    const replica = new Replica({ ...options, recovered: { ...options.recovered, entries: [] } }, recovered);
    replica.#start();
    return replica;
  }

  /** The applied state: replaced as a whole when a snapshot is installed. */
  get state(): AppliedState {
    return this.#applier.state;
  }

  /** The state machine of `state`. */
  get store(): Store {
    return this.#applier.state.store;
  }

  /** 0n where none is known. */
  get leader(): MemberId {
    return this.#leadership.leader;
  }

  /**
   * Writes a command to the log; resolves with what applying it here gave, undefined for a command of the
   * driver. Rejects with the store's error, NO_LEADER (nothing was written), TIMEOUT or LEADER_CHANGED (it
   * may have been).
   */
  async propose(
    command: LogCommand,
    options: RequestOptions & { readonly onlyTerm?: number } = {},
  ): Promise<CommandResponse | undefined> {
    const answer = this.#proposals.add(encodeCommand(command), command, {
      deadline: this.deadline(options),
      signal: options.signal,
      ...(options.onlyTerm === undefined ? undefined : { onlyTerm: options.onlyTerm }),
    });
    this.wake();
    return (await answer) as CommandResponse | undefined;
  }

  /** Resolves when this member has applied every write that any member acknowledged before the call. */
  barrier(options: RequestOptions = {}): Promise<void> {
    const read = this.#reads.add({ deadline: this.deadline(options), signal: options.signal });
    this.wake();
    return read;
  }

  /** Asks the leader, wherever it is, or `target` where the call is one for any member. */
  askLeader(
    call: LeaderCall,
    options: RequestOptions & { readonly target?: MemberId } = {},
  ): Promise<unknown> {
    const answer = this.#calls.ask(call, this.deadline(options), options.target);
    this.wake();
    return answer;
  }

  /** The hash of every member's data at this one's newest revision, where it can be had. */
  compareMembers(): Promise<readonly MemberHash[]> {
    return this.#upkeep.compare();
  }

  /** Resolves when no compacted history is left to be dropped. */
  compactionDone(): Promise<void> {
    return this.#background.compactionDone();
  }

  /** When a request must be answered, by the replica's clock. */
  deadline(options: RequestOptions): number {
    return this.#clock.now() + (options.timeoutMs ?? this.requestTimeoutMs);
  }

  /** What this member knows, from its own memory. */
  status(): ReplicaStatus {
    return {
      ...statusOf(this.options, this.#raft.status(), { ...this.state, log: this.#raftLog }),
      pendingProposals: this.#proposals.size,
      ...this.#counts.view(this.#proposals, this.#reads, this.#writer, this.#snapshots),
      ...this.#leadership.counts,
    };
  }

  /** Does the pending work of this turn soon. */
  wake(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    this.options.scheduler.soon(() => this.#pump());
  }

  note(line: string): void {
    this.options.note?.(line);
  }

  /**
   * Stops cleanly: hands the leadership over where asked, fails what is pending with STOPPED, and closes log,
   * state and transport.
   */
  async stop(options: { readonly transferLeadership?: boolean } = {}): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (options.transferLeadership && this.#leadership.leading && !this.#stopped) {
      const candidates = progressOf(this.#raft.status()).filter(({ id }) =>
        this.options.transport.isConnected(id),
      );
      await this.#duties.handOver(candidates, (line) => this.note(line));
    }
    this.#end(kvError("STOPPED"));
    await this.#writer.drained();
    await this.options.transport.close();
    await this.options.log.close().catch(() => {});
    await this.options.state.close().catch(() => {});
  }

  #start(): void {
    const handlers = peerHandlers({
      options: this.options,
      inbox: this.#inbox,
      snapshots: this.#snapshots,
      membership: () => this.state.membership,
      leader: () => this.leader,
      guard: (run) => this.#guard(run),
      wake: () => this.wake(),
      failed: (error) => this.#fail(error),
    });
    this.options.transport.start(handlers);
    this.#connectPeers();
    this.#moveSnapshotPoint();
    this.#lastTick = this.#clock.now();
    const { voters } = this.state.membership.conf;
    // Nobody else could win: no need to wait for silence.
    if (voters.length === 1 && voters[0] === this.id) this.#raft.campaign();
    this.#scheduleTick();
    this.wake();
  }

  #connectPeers(): void {
    const peers = this.state.membership.peers() ?? this.options.seeds ?? [];
    this.options.transport.setPeers(peers.filter((peer) => peer.id !== this.id));
  }

  #scheduleTick(): void {
    const due = this.#lastTick + this.#heartbeatMs;
    this.#timer = this.#clock.setTimer(Math.max(1, due - this.#clock.now()), () =>
      this.#guard(() => this.#tick()),
    );
  }

  #tick(): void {
    if (this.#stopped) return;
    const now = this.#clock.now();
    // After a stall one tick is enough: the missed ones would only start needless elections.
    this.#lastTick = Math.max(this.#lastTick + this.#heartbeatMs, now - this.#heartbeatMs);
    this.#leadership.tick(this.#heartbeatMs, this.state.membership.list().length - 1);
    this.#raft.tick();
    this.#proposals.expire(now);
    this.#reads.tick(now);
    this.#calls.tick(now);
    this.#ages.tick(this.state.membership.ids(), now);
    this.#leases.tick();
    this.#background.tick(now);
    this.#upkeep.tick(now, this.leader !== 0n, this.#leadership.leading);
    const { membership, disk } = this.state;
    this.#trimmer.check(this.store.appliedIndex, membership.conf, disk).catch((error: Error) => {
      if (!this.#snapshots.isInstalling) this.#fail(error);
    });
    this.#scheduleTick();
    this.wake();
  }

  #pump(): void {
    this.#pumping = false;
    this.#guard(() => {
      if (!this.#snapshots.isInstalling) this.#attempts.flush();
      this.#reads.flush(this.#clock.now());
      this.#takeReadies();
      // Followers write while this member does.
      this.#outbox.flush();
      // The state that is being replaced takes nothing more.
      if (!this.#snapshots.isInstalling) {
        this.#applier.run();
        this.#background.pump();
      }
      // Applying may have let raft go on, a configuration change most of all.
      this.#takeReadies();
      this.#outbox.flush();
      const hasWork = this.#applier.canRun || this.#background.hasWork;
      if (hasWork && !this.#snapshots.isInstalling) this.wake();
    });
  }

  #takeReadies(): void {
    // While a snapshot is being installed nothing may overtake it.
    while (!this.#snapshots.isInstalling) {
      const ready = this.#raft.take();
      if (!ready) return;
      this.#handle(ready);
    }
  }

  #handle(ready: Ready): void {
    if (ready.softState) this.#leadership.changed(ready.softState, this.#raft.head.term);
    for (const message of ready.messages) this.#send(message);
    for (const readState of ready.readStates) this.#reads.confirmed(readState);
    const { snapshot } = ready;
    if (snapshot) {
      this.#snapshots.install({ ...ready, snapshot });
      return;
    }
    this.#writer.write(ready);
    if (ready.committed.length > 0) this.#applier.push(ready.committed);
    if (ready.readStates.length > 0) this.#reads.applied(this.store.appliedIndex);
  }

  #send(message: Message): void {
    if (message.to === this.id) this.#raft.step(message);
    else if (message.type === "snap") this.#snapshots.send(message, this.state);
    else this.#outbox.add(message.to, { kind: "raft", message });
  }

  #persisted(entries: readonly Entry[], messages: readonly Message[]): void {
    if (this.#stopped) return;
    this.#raftLog.append(entries);
    for (const message of messages) this.#send(message);
    this.wake();
  }

  /** An invariant that does not hold stops the member: it must not go on half changed. */
  #guard(run: () => void): void {
    if (this.#stopped) return;
    try {
      run();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #applied(index: number): void {
    this.#raft.applied(index);
    this.#moveSnapshotPoint();
    this.#reads.applied(index);
  }

  #moveSnapshotPoint(): void {
    const { appliedIndex: index, appliedTerm: term } = this.store;
    this.#raftLog.setSnapshotPoint({ index, term, conf: this.state.membership.conf });
  }

  #applyConf(entry: Entry, { membership }: AppliedState): void {
    const isGone = this.#changes.apply(entry, membership);
    this.#connectPeers();
    if (!isGone) return;
    // The others learn of it from this member's last messages, where it led.
    this.#clock.setTimer(this.#heartbeatMs, () => {
      this.#fail(new CodedError("MEMBER_REMOVED", "this member was removed from the cluster"));
    });
  }

  #replaceState({ store, membership, disk, meta }: ArrivedSnapshot): void {
    const before = this.store;
    this.#applier.replace({ store, membership, disk });
    this.#leases.replace(store);
    this.#proposals.skippedTo(meta.term);
    this.#connectPeers();
    before.watches.closeAll(kvError("UNAVAILABLE", { message: "the state was replaced by a snapshot" }));
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    // An error of the Kv port, of those whose outcome is open: what was proposed may still be carried out.
    this.#end(kvError("STOPPED", hasCode(error, "MEMBER_REMOVED") ? { message: error.message } : {}));
    this.options.failed(error);
  }

  #end(error: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#applier.stop();
    this.#outbox.flush();
    this.#proposals.close(error);
    this.#reads.close(error);
    this.#calls.close(error);
    this.#changes.close(error);
    this.#snapshots.close();
    this.store.watches.closeAll(error);
    this.#background.close();
  }
}
