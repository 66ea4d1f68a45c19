/**
 * All that can be checked of a stopped member's directory: every record of the log and its chained checksums,
 * every value of the state and its checksum (`verifyDirectory`), and then whether they make sense together:
 * the state's records, the key index and leases they give, the membership, and where log and state stand.
 * Nothing that counts is changed.
 */
import { CodedError, messageOf } from "@quorate/base";
import { DataDirectory, type DirectoryReport, verifyDirectory } from "@quorate/disk";
import { type KvHash, Store } from "@quorate/mvcc";
import { Membership } from "@quorate/replica";

/** What the state holds, where it can be read. */
export interface StateSummary {
  readonly revision: number;
  readonly compactRevision: number;
  readonly appliedIndex: number;
  readonly keys: number;
  readonly leases: number;
  readonly alarms: readonly string[];
  /** Equal on members that have applied the same. */
  readonly hash: number;
  readonly members: readonly string[];
}

/** What was found; sound where `problems` is empty. */
export interface MemberReport extends DirectoryReport {
  readonly content: StateSummary | undefined;
}

/**
 * Checks a directory. Throws DIRECTORY_LOCKED while a member runs on it, DIRECTORY_MISMATCH where it is none.
 */
export async function verifyMember(path: string): Promise<MemberReport> {
  const report = await verifyDirectory(path);
  const problems = [...report.problems];
  let content: StateSummary | undefined;
  if (problems.length === 0) {
    try {
      content = await summarize(path, report, problems);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return { ...report, problems, content };
}

function hashOf(store: Store): KvHash {
  const walk = store.hashKv();
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
  }
}

async function summarize(path: string, report: DirectoryReport, problems: string[]): Promise<StateSummary> {
  const directory = await DataDirectory.open({ path });
  try {
    const state = await directory.openState();
    try {
      const { clusterId = 0n, memberId = 0n } = report;
      const store = await Store.open(state.store, { clusterId, memberId });
      const membership = Membership.read((key) => state.store.getSync(key));
      checkTogether(store, membership, report, problems);
      return {
        revision: store.revision,
        compactRevision: store.compactRevision,
        appliedIndex: store.appliedIndex,
        keys: store.keyCount,
        leases: store.leases.size,
        alarms: [...store.alarms],
        hash: hashOf(store).hash,
        members: membership?.list().map(({ id, name }) => name || id.toString(16)) ?? [],
      };
    } finally {
      await state.close();
    }
  } finally {
    await directory.close();
  }
}

function checkTogether(
  { appliedIndex }: Store,
  membership: Membership | undefined,
  { log, memberId }: DirectoryReport,
  problems: string[],
): void {
  if (appliedIndex > log.lastIndex) {
    problems.push(`the log ends at entry ${log.lastIndex} but the state has applied entry ${appliedIndex}`);
  }
  if (appliedIndex < log.firstIndex - 1) {
    problems.push(
      `the log begins at entry ${log.firstIndex} but the state has applied only entry ${appliedIndex}`,
    );
  }
  if (membership && memberId !== undefined && membership.isRemoved(memberId)) {
    problems.push("this member was removed from the cluster: it can't be started again");
  }
  if (!membership && log.lastIndex > 1) {
    problems.push(new CodedError("STATE_DAMAGED", "the state does not say who the members are").message);
  }
}
