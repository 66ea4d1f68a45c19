/**
 * Whose data directory this is: what it says itself, or, while it is fresh, what the cluster says. Safety: a
 * member that has lost its directory has forgotten what it voted and stored, so it must not begin again under
 * its old id; the members that answer are asked, and each of them refuses it later too.
 */
import { CodedError, messageOf } from "@quorate/base";
import type { DataDirectory } from "@quorate/disk";
import { clusterIdOf, fetchClusterDescription, type MemberAttributes, type PeerTls } from "@quorate/replica";

/** The ids that a member goes by. */
export interface MemberIdentity {
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly directoryId: bigint;
}

/** What a member was started with. */
export interface IdentityPlan {
  readonly name: string;
  /** Whether the cluster is to be made of `initial`, or exists. */
  readonly isNew: boolean;
  /** This member's own. */
  readonly peerUrls: readonly string[];
  /** The members of --initial-cluster, with the ids of a new cluster. */
  readonly initial: readonly MemberAttributes[];
  readonly tls: PeerTls | undefined;
}

type Ids = Omit<MemberIdentity, "directoryId">;

/** Bound: how long a fresh member of a new cluster waits for the others' word. */
const ASK_MS = 2000;

const WAY_OUT = 'remove it with "quorate member remove" and add it again as a new member';

function cannotJoin(why: string): CodedError<"CANNOT_JOIN"> {
  return new CodedError("CANNOT_JOIN", `this member can't join the cluster: ${why}`);
}

/**
 * Reads the directory's identity, or gives it one. Throws DIRECTORY_MISMATCH or CANNOT_JOIN with the way out.
 */
export async function identifyMember(directory: DataDirectory, plan: IdentityPlan): Promise<MemberIdentity> {
  if (!directory.identity) {
    const { id, clusterId } = plan.isNew ? await newIdentity(plan) : await findIdentity(plan);
    await directory.writeIdentity({ clusterId, memberId: id, name: plan.name });
  }
  const { memberId, clusterId, directoryId, name } = directory.identity!;
  if (name === plan.name) return { id: memberId, clusterId, directoryId };
  const message = `the data directory ${directory.path} belongs to member ${name}, not to ${plan.name}`;
  throw new CodedError("DIRECTORY_MISMATCH", `${message}: use another --data-dir or --name`);
}

function othersOf({ initial, peerUrls }: IdentityPlan): readonly string[] {
  return initial.flatMap((member) => member.peerUrls).filter((url) => !peerUrls.includes(url));
}

/** The ids of a first member, unless the cluster knows it from before. */
async function newIdentity(plan: IdentityPlan): Promise<Ids> {
  const clusterId = clusterIdOf(plan.initial.map((member) => member.id));
  const { id } = plan.initial.find((member) => member.name === plan.name)!;
  const asked = othersOf(plan).map(async (url) => {
    const description = await fetchClusterDescription(url, plan.tls).catch(() => undefined);
    if (description?.clusterId !== clusterId) return;
    const own = description.members.find((member) => member.id === id);
    if (!own) throw cannotJoin(`${url} says that member ${plan.name} was removed: add it as a new one`);
    if (own.directoryId) {
      throw cannotJoin(
        `${url} says that member ${plan.name} has already been bootstrapped, ` +
          `but its data directory is empty: ${WAY_OUT}`,
      );
    }
  });
  const tired = new Promise<void>((resolve) => setTimeout(resolve, ASK_MS).unref());
  await Promise.race([Promise.all(asked), tired]);
  return { id, clusterId };
}

/** The id that the cluster gave to this member when it was added. */
async function findIdentity(plan: IdentityPlan): Promise<Ids> {
  const reasons: string[] = [];
  const wanted = [...plan.peerUrls].sort().join();
  for (const url of othersOf(plan)) {
    try {
      const description = await fetchClusterDescription(url, plan.tls);
      const own = description.members.find((one) => [...one.peerUrls].sort().join() === wanted);
      if (own?.directoryId) {
        const id = own.id.toString(16);
        throw cannotJoin(
          `member ${id} was started before, and its data directory is not this one: ${WAY_OUT}`,
        );
      }
      if (own) return { id: own.id, clusterId: description.clusterId };
      reasons.push(
        `${url} knows no member with the peer URLs ${wanted}: add it first with "quorate member add"`,
      );
    } catch (error) {
      if (error instanceof CodedError && error.code === "CANNOT_JOIN") throw error;
      reasons.push(`${url}: ${messageOf(error)}`);
    }
  }
  throw cannotJoin(reasons.join("; ") || "--initial-cluster names no other member");
}
