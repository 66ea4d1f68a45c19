/** The members that an etcd database names. */
import type { BoltFile } from "@quorate/disk";
import { EMPTY_CONF, type MemberAttributes, Membership } from "@quorate/replica";
import { BUCKET, backupDamaged } from "./etcd-schema.ts";

interface MemberJson {
  readonly id: bigint;
  readonly peerURLs: readonly string[];
  readonly isLearner?: boolean;
  readonly name?: string;
  readonly clientURLs?: readonly string[];
}

/**
 * Compat: the database's own configuration is not looked at, since after a restore it is that of the cluster
 * before. Rejects with BACKUP_DAMAGED.
 */
export async function readEtcdMembers(file: BoltFile): Promise<Membership> {
  const members: (MemberAttributes & { readonly isLearner: boolean })[] = [];
  for await (const entries of file.entries(BUCKET.members)) {
    for (const [, value] of entries) members.push(memberOf(Buffer.from(value).toString()));
  }
  const removed: bigint[] = [];
  for await (const entries of file.entries(BUCKET.membersRemoved)) {
    for (const [key] of entries) removed.push(BigInt(`0x${Buffer.from(key)}`));
  }
  const idsOf = (isLearner: boolean): readonly bigint[] =>
    members.filter((member) => member.isLearner === isLearner).map(({ id }) => id);
  return Membership.of({ ...EMPTY_CONF, voters: idsOf(false), learners: idsOf(true) }, members, removed);
}

function memberOf(text: string): MemberAttributes & { readonly isLearner: boolean } {
  try {
    // Ids have 64 bits, more than a number holds.
    const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
      typeof value === "number" && context?.source ? BigInt(context.source) : value;
    const { id, name, peerURLs, clientURLs, isLearner } = JSON.parse(text, reviver) as MemberJson;
    if (typeof id === "bigint" && Array.isArray(peerURLs)) {
      const urls = { peerUrls: peerURLs as string[], clientUrls: clientURLs ?? [] };
      return { id, name: name ?? "", ...urls, isLearner: isLearner === true };
    }
  } catch {
    // Said below.
  }
  throw backupDamaged(`it describes a member as ${JSON.stringify(text)}`);
}
