/**
 * ClusterAdmin over the members' peer ports: works for every cluster whose member certificates are at hand.
 */
import { CodedError, messageOf } from "@quorate/base";
import { ControlClient, type MemberView, type PeerTls, type ReplicaStatus } from "@quorate/replica";
import type { OperatorRequest } from "../answer-operator.ts";
import type { AdminMember, AdminStatus, ClusterAdmin } from "./cluster-admin.ts";

/** Where members listen for each other, and with what certificate they are spoken to. */
export interface PeerAdminOptions {
  readonly peerUrls: readonly string[];
  readonly tls: PeerTls | undefined;
}

/** Asks whichever member answers first, in the order of the URLs. */
export class PeerAdmin implements ClusterAdmin {
  readonly #options: PeerAdminOptions;
  #client: ControlClient | undefined;

  constructor(options: PeerAdminOptions) {
    this.#options = options;
  }

  async members(): Promise<readonly AdminMember[]> {
    const linearizable = await this.#members(true).catch((error: unknown) => error as Error);
    if (!(linearizable instanceof Error)) return linearizable;
    // Without a majority what one member knows is better than nothing.
    return this.#members(false);
  }

  async status(): Promise<readonly AdminStatus[]> {
    const members = await this.#members(false);
    return Promise.all(members.map((member) => this.#statusOf(member)));
  }

  add(peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember> {
    return this.#added({ op: "member-add", peerUrls, learner: isLearner });
  }

  replace(id: bigint, peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember> {
    return this.#added({ op: "member-replace", id, peerUrls, learner: isLearner });
  }

  async remove(id: bigint): Promise<void> {
    await this.#ask({ op: "member-remove", id });
  }

  async promote(id: bigint): Promise<void> {
    await this.#ask({ op: "member-promote", id });
  }

  async update(id: bigint, peerUrls: readonly string[]): Promise<void> {
    await this.#ask({ op: "member-update", id, peerUrls });
  }

  async moveLeader(to: bigint): Promise<void> {
    await this.#ask({ op: "move-leader", id: to });
  }

  async *backup(): AsyncGenerator<Uint8Array> {
    const request: OperatorRequest = { op: "backup" };
    yield* (await this.#connected()).chunks(request);
  }

  close(): void {
    this.#client?.close();
  }

  #members(linearizable: boolean): Promise<readonly MemberView[]> {
    return this.#ask({ op: "members", linearizable });
  }

  /** The member that is there after the request and was not before. */
  async #added(request: OperatorRequest): Promise<AdminMember> {
    const before = new Set((await this.#members(true)).map(({ id }) => id));
    const after = await this.#ask<readonly MemberView[]>(request);
    const added = after.find(({ id }) => !before.has(id));
    if (!added) throw new CodedError("MEMBER_NOT_FOUND", "the member was added and is gone already");
    return added;
  }

  async #ask<Answer>(request: OperatorRequest): Promise<Answer> {
    return (await (await this.#connected()).ask(request)) as Answer;
  }

  async #connected(): Promise<ControlClient> {
    if (this.#client) return this.#client;
    const reasons: string[] = [];
    for (const url of this.#options.peerUrls) {
      try {
        this.#client = await ControlClient.open(url, this.#options.tls);
        return this.#client;
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    throw new CodedError("UNAVAILABLE", `no member answers: ${reasons.join("; ") || "no peer URL is known"}`);
  }

  async #statusOf(member: MemberView): Promise<AdminStatus> {
    const { id, name, peerUrls } = member;
    const endpoint = peerUrls[0] ?? "";
    let client: ControlClient | undefined;
    try {
      client = await ControlClient.open(endpoint, this.#options.tls);
      const request: OperatorRequest = { op: "status" };
      const status = (await client.ask(request)) as ReplicaStatus;
      const { term, lastIndex, appliedIndex, revision, dbSizeBytes, logWrite } = status;
      const role = status.isLearner
        ? "learner"
        : status.role.endsWith("candidate")
          ? "candidate"
          : status.role;
      return {
        ...{ id, name, endpoint, role: role as AdminStatus["role"] },
        ...{ term, lastIndex, appliedIndex, revision, dbSizeBytes },
        alarms: status.alarms,
        diskMsP99: logWrite.p99Ms,
        ...(status.leader === 0n ? { problem: "it knows no leader" } : undefined),
      };
    } catch (error) {
      return { id, name, endpoint, role: "unknown", alarms: [], problem: messageOf(error) };
    } finally {
      client?.close();
    }
  }
}
