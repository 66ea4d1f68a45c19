/**
 * etcd's Maintenance service: status, alarms, hashes, backups, leader transfer, and what has nothing to do
 * here.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { KvHash } from "@quorate/mvcc";
import { type AccessCheck, timeoutOf } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import { CLUSTER_VERSION, STORAGE_VERSION, VERSION } from "./etcd-version.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { type MessageStream, type RpcCall, type ServiceHandlers, streaming, unary } from "./rpc-call.ts";
import { rpcError } from "./rpc-error.ts";

const ACTION = { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 } as const;
const DOWNGRADE = { VALIDATE: 0, ENABLE: 1, CANCEL: 2 } as const;
/** etcd's alarm types in the order of their numbers, none first. */
const ALARMS = ["", "no-space", "corrupt"] as const;
const ALARM_NAMES = ["NONE", "NOSPACE", "CORRUPT"] as const;
/** The key of the state that says a downgrade is wanted. */
const DOWNGRADE_TARGET = "downgrade-target";
const CHUNK_BYTES = 32 * 1024;

/** The handlers of etcdserverpb.Maintenance. */
export class MaintenanceService {
  readonly #backend: EtcdBackend;
  readonly #access: AccessCheck;

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#backend = backend;
    this.#access = access;
  }

  handlers(): ServiceHandlers {
    return {
      Alarm: unary((message: pb.AlarmRequest, call) => this.#alarm(message, call)),
      Status: unary((_message: pb.StatusRequest, call) => this.#status(call)),
      Defragment: unary((_message: pb.DefragmentRequest, call) => this.#defragment(call)),
      Hash: unary((_message: pb.HashRequest, call) => this.#hash(call)),
      HashKV: unary((message: pb.HashKVRequest, call) => this.#hashKv(message, call)),
      Snapshot: streaming((stream: MessageStream<pb.SnapshotRequest, Partially<pb.SnapshotResponse>>, call) =>
        this.#snapshot(stream, call),
      ),
      MoveLeader: unary((message: pb.MoveLeaderRequest, call) => this.#moveLeader(message, call)),
      Downgrade: unary((message: pb.DowngradeRequest, call) => this.#downgrade(message, call)),
    };
  }

  /** Alarms that stand, as etcd's messages. */
  alarms(): pb.AlarmMember[] {
    return [...this.#backend.store().alarms].map((alarm) => {
      const [type, member] = alarm.split("/");
      return { memberID: BigInt(member!), alarm: ALARMS.indexOf(type as "corrupt") };
    });
  }

  async #alarm(message: pb.AlarmRequest, call: RpcCall): Promise<Partially<pb.AlarmResponse>> {
    const type = ALARMS[message.alarm];
    if (message.action === ACTION.GET) {
      this.#access.checkKnown(call);
      await this.#backend.kv.barrier(timeoutOf(call));
      const alarms = this.alarms().filter((one) => matches(one, message));
      return { header: this.#header(), alarms };
    }
    this.#access.checkAdmin(call);
    const raised = message.action === ACTION.ACTIVATE;
    const member = message.memberID || (await this.#backend.kv.status()).header.memberId;
    if (raised ? !type : !this.alarms().some((one) => matches(one, message))) {
      return { header: this.#header() };
    }
    const changed = raised
      ? [{ memberID: member, alarm: message.alarm }]
      : this.alarms().filter((one) => matches(one, message));
    for (const { memberID, alarm } of changed) {
      const name = ALARMS[alarm];
      if (!name) continue;
      await this.#access.propose({ op: "alarm", alarm: name, member: memberID, raised }, call);
    }
    return { header: this.#header(), alarms: changed };
  }

  async #status(call: RpcCall): Promise<Partially<pb.StatusResponse>> {
    this.#access.checkKnown(call);
    const { kv } = this.#backend;
    const [status, size] = await Promise.all([kv.status(), this.#backend.dbSize()]);
    const store = this.#backend.store();
    const errors = status.leader === 0n ? ["etcdserver: no leader"] : [];
    for (const { memberID, alarm } of this.alarms()) {
      errors.push(`memberID:${memberID} alarm:${ALARM_NAMES[alarm]} `);
    }
    const target = store.meta.get(DOWNGRADE_TARGET);
    return {
      header: headerMessage(status.header),
      version: VERSION,
      dbSize: size.bytes,
      leader: status.leader,
      raftIndex: status.raftIndex,
      raftTerm: status.header.raftTerm,
      raftAppliedIndex: status.raftAppliedIndex,
      errors,
      // An empty store's few bytes are its own records.
      dbSizeInUse: Math.min(store.valueBytes, size.bytes) || size.bytes,
      isLearner: status.isLearner,
      storageVersion: STORAGE_VERSION,
      dbSizeQuota: size.quotaBytes,
      downgradeInfo: target ? { enabled: true, targetVersion: Buffer.from(target).toString() } : {},
    };
  }

  async #defragment(call: RpcCall): Promise<Partially<pb.DefragmentResponse>> {
    // Compat: space is given back as it becomes free, so there is nothing to do; the command succeeds as it
    // would.
    this.#access.checkAdmin(call);
    return {};
  }

  async #hash(call: RpcCall): Promise<Partially<pb.HashResponse>> {
    this.#access.checkAdmin(call);
    const { hash } = await this.#walk(0, call);
    return { header: this.#header(), hash };
  }

  async #hashKv(message: pb.HashKVRequest, call: RpcCall): Promise<Partially<pb.HashKVResponse>> {
    this.#access.checkAdmin(call);
    const found = await this.#walk(Math.max(0, message.revision), call);
    return {
      header: this.#header(),
      hash: found.hash,
      // Compat: etcd says -1 where nothing was compacted yet.
      compact_revision: found.compactRevision || -1,
      hash_revision: found.hashRevision,
    };
  }

  async #walk(revision: number, call: RpcCall): Promise<KvHash> {
    const walk = this.#backend.store().hashKv(revision);
    try {
      for (;;) {
        const step = walk.next();
        if (step.done) return step.value;
        if (call.signal.aborted) throw rpcError("CANCELLED");
        await nextTurn();
      }
    } finally {
      walk.return({ hash: 0, hashRevision: 0, compactRevision: 0 });
    }
  }

  async #snapshot(
    stream: MessageStream<pb.SnapshotRequest, Partially<pb.SnapshotResponse>>,
    call: RpcCall,
  ): Promise<void> {
    this.#access.checkAdmin(call);
    const { bytes, chunks } = await this.#backend.snapshot();
    let left = bytes;
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
        const blob = chunk.subarray(at, at + CHUNK_BYTES);
        left -= blob.length;
        const isTaken = stream.send({ remaining_bytes: left, blob, version: STORAGE_VERSION });
        if (!isTaken) await stream.drained();
        if (call.signal.aborted) return;
      }
    }
  }

  async #moveLeader(message: pb.MoveLeaderRequest, call: RpcCall): Promise<Partially<pb.MoveLeaderResponse>> {
    this.#access.checkAdmin(call);
    if (!this.#backend.isLeader()) throw rpcError("NOT_LEADER");
    await this.#backend.membership.moveLeader(message.targetID, timeoutOf(call));
    return {};
  }

  async #downgrade(message: pb.DowngradeRequest, call: RpcCall): Promise<Partially<pb.DowngradeResponse>> {
    this.#access.checkAdmin(call);
    const { meta } = this.#backend.store();
    if (message.action === DOWNGRADE.CANCEL) {
      // Compat: as etcd, also where there is none under way.
      if (meta.has(DOWNGRADE_TARGET)) {
        await this.#access.propose({ op: "meta-delete", key: DOWNGRADE_TARGET }, call);
      }
      return { header: this.#header(), version: CLUSTER_VERSION };
    }
    const version = downgradeTarget(message.version);
    if (message.action === DOWNGRADE.ENABLE) {
      await this.#access.propose(
        { op: "meta-put", key: DOWNGRADE_TARGET, value: Buffer.from(version) },
        call,
      );
    }
    return { header: this.#header(), version: CLUSTER_VERSION };
  }

  #header(): Partially<pb.ResponseHeader> {
    return headerMessage(this.#backend.store().header());
  }
}

function matches(alarm: pb.AlarmMember, wanted: pb.AlarmRequest): boolean {
  if (wanted.memberID !== 0n && alarm.memberID !== wanted.memberID) return false;
  return wanted.alarm === 0 || alarm.alarm === wanted.alarm;
}

/** One minor below ours is the only one that etcd accepts. */
function downgradeTarget(text: string): string {
  const match = /^(\d+)\.(\d+)(?:\.\d+)?$/.exec(text);
  if (!match) throw rpcError("WRONG_DOWNGRADE_VERSION");
  const [major, minor] = STORAGE_VERSION.split(".").map(Number);
  if (Number(match[1]) !== major || Number(match[2]) !== minor! - 1)
    throw rpcError("INVALID_DOWNGRADE_TARGET");
  return `${match[1]}.${match[2]}.0`;
}
