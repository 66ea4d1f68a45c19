/**
 * ClusterAdmin over the etcd surface of the members, as etcdctl has it: `--endpoints` and its certificates.
 */
import { EtcdAdminClient, type EtcdTls } from "@quorate/etcd-api";
import type { AdminMember, AdminStatus, ClusterAdmin } from "./cluster-admin.ts";

type Member = Awaited<ReturnType<EtcdAdminClient["memberList"]>>[number];

function memberOf(member: Member): AdminMember {
  const { ID: id, name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner } = member;
  return { id, name, peerUrls, clientUrls, isLearner };
}

/** A cluster of etcd's API, ours or etcd's own. */
export class EtcdAdmin implements ClusterAdmin {
  readonly #client: EtcdAdminClient;

  constructor(options: { readonly endpoints: readonly string[]; readonly tls: EtcdTls | undefined }) {
    const { endpoints, tls } = options;
    this.#client = new EtcdAdminClient({ endpoints, ...(tls ? { tls } : undefined) });
  }

  async members(): Promise<readonly AdminMember[]> {
    return (await this.#client.memberList()).map(memberOf);
  }

  async status(): Promise<readonly AdminStatus[]> {
    const found = await this.#client.status();
    const members = await this.#client.memberList().catch(() => []);
    return found.map(({ endpoint, status, problem }): AdminStatus => {
      if (!status)
        return {
          id: undefined,
          name: "",
          endpoint,
          role: "unknown",
          alarms: [],
          ...(problem ? { problem } : {}),
        };
      const id = status.header?.member_id ?? 0n;
      const isLeader = id === status.leader;
      return {
        id,
        name: members.find((member) => member.ID === id)?.name ?? "",
        endpoint,
        role: isLeader ? "leader" : status.isLearner ? "learner" : "follower",
        term: status.raftTerm,
        lastIndex: status.raftIndex,
        appliedIndex: status.raftAppliedIndex,
        revision: status.header?.revision ?? 0,
        dbSizeBytes: status.dbSize,
        alarms: status.errors.filter((text) => text.includes("alarm:")).map((text) => text.trim()),
        ...(status.leader === 0n ? { problem: "it knows no leader" } : undefined),
      };
    });
  }

  async add(peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember> {
    return memberOf(await this.#client.memberAdd(peerUrls, isLearner));
  }

  remove(id: bigint): Promise<void> {
    return this.#client.memberRemove(id);
  }

  async replace(id: bigint, peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember> {
    // Removed first: while one is down no other is taken in.
    await this.remove(id);
    return this.add(peerUrls, isLearner);
  }

  promote(id: bigint): Promise<void> {
    return this.#client.memberPromote(id);
  }

  update(id: bigint, peerUrls: readonly string[]): Promise<void> {
    return this.#client.memberUpdate(id, peerUrls);
  }

  moveLeader(to: bigint): Promise<void> {
    return this.#client.moveLeader(to);
  }

  backup(): AsyncIterable<Uint8Array> {
    return this.#client.snapshot();
  }

  close(): void {
    this.#client.close();
  }
}
