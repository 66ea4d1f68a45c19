/** `quorate status`: who leads and how every member is, as the members themselves say it. */
import { join } from "node:path";
import { hasCode } from "@quorate/base";
import { Command } from "commander";
import { type AdminFlags, openAdmin, withAdminFlags } from "../admin/admin-flags.ts";
import type { AdminStatus } from "../admin/cluster-admin.ts";
import type { MemberState } from "../cluster/member-states.ts";
import { oneOf } from "./flag-values.ts";
import { renderBytes, renderJson, renderTable } from "./render-table.ts";

interface StatusFlags extends AdminFlags {
  readonly kubeconfig?: string;
  readonly output: string;
}

/** A member as the command shows it: its store, and its front door where there is one. */
export interface ShownStatus extends AdminStatus {
  /** Entries that it has to apply until it is where the leader is. */
  readonly lag?: number;
  readonly api?: string;
  readonly isApiReady?: boolean;
}

/** Puts front doors and lags to the members' own words. */
export function completeStatus(
  members: readonly AdminStatus[],
  doors: readonly MemberState[],
): readonly ShownStatus[] {
  const known = members.map(({ lastIndex = 0 }) => lastIndex);
  const newest = members.find(({ role }) => role === "leader")?.lastIndex ?? Math.max(0, ...known);
  return members.map((member) => {
    const door = doors.find(({ name }) => name === member.name);
    const { appliedIndex } = member;
    const problem = member.problem ?? door?.problem;
    return {
      ...member,
      ...(appliedIndex === undefined ? undefined : { lag: Math.max(0, newest - appliedIndex) }),
      ...(door ? { api: door.endpoint, isApiReady: door.isReady } : undefined),
      ...(problem === undefined ? undefined : { problem }),
    };
  });
}

function cell(value: number | undefined, show: (value: number) => string = String): string {
  return value === undefined ? "-" : show(value);
}

function readiness({ api, isApiReady }: ShownStatus): string {
  if (api === undefined) return "-";
  return isApiReady ? "yes" : "no";
}

/** A line for each member. */
export function renderStatus(members: readonly ShownStatus[]): string {
  const hasApi = members.some(({ api }) => api !== undefined);
  const hasDisk = members.some(({ diskMsP99 }) => diskMsP99 !== undefined);
  const heading = ["MEMBER", "ID", "ENDPOINT", ...(hasApi ? ["API READY"] : []), "ROLE", "TERM", "INDEX"];
  return renderTable([
    [...heading, "APPLIED", "LAG", "DB SIZE", ...(hasDisk ? ["DISK P99"] : []), "ALARMS", "PROBLEM"],
    ...members.map((member) => [
      member.name || "-",
      member.id?.toString(16) ?? "-",
      member.endpoint,
      ...(hasApi ? [readiness(member)] : []),
      member.role,
      cell(member.term),
      cell(member.lastIndex),
      cell(member.appliedIndex),
      cell(member.lag),
      cell(member.dbSizeBytes, renderBytes),
      ...(hasDisk ? [cell(member.diskMsP99, (ms) => `${ms} ms`)] : []),
      member.alarms.join(", ") || "none",
      member.problem ?? "",
    ]),
  ]);
}

async function doorsOf(flags: StatusFlags): Promise<readonly MemberState[]> {
  if (flags.endpoints) return [];
  const { readMemberStates } = await import("../cluster/member-states.ts");
  const file = flags.kubeconfig ?? join(flags.dataDir, "kubeconfig");
  try {
    return await readMemberStates(file);
  } catch (error) {
    // A store alone has no front door.
    if (flags.kubeconfig === undefined && hasCode(error, "KUBECONFIG_UNREADABLE")) return [];
    throw error;
  }
}

async function showStatus(flags: StatusFlags): Promise<void> {
  const { output } = flags;
  const [admin, doors] = await Promise.all([
    openAdmin(flags).catch((error: unknown) => error as Error),
    doorsOf(flags),
  ]);
  if (admin instanceof Error) {
    if (doors.length === 0) throw admin;
    await showDoors(doors, output);
    return;
  }
  try {
    const members = completeStatus(await admin.status(), doors);
    process.stdout.write(output === "json" ? renderJson(members) : renderStatus(members));
    // Who answers and names no problem knows a leader.
    if (!members.some(({ role, problem }) => role !== "unknown" && problem === undefined))
      process.exitCode = 1;
  } finally {
    admin.close();
  }
}

/** Where only the front doors are known. */
async function showDoors(doors: readonly MemberState[], output: string): Promise<void> {
  const { renderMemberStates } = await import("../cluster/member-states.ts");
  process.stdout.write(output === "json" ? renderJson(doors) : renderMemberStates(doors));
  if (!doors.some((state) => state.isReady)) process.exitCode = 1;
}

/** The command. */
export function statusCommand(): Command {
  return withAdminFlags(new Command("status").description("say who leads and how every member is"))
    .option("--kubeconfig <file>", "where the front doors are (default: that of the data directory)")
    .option("-o, --output <form>", "json or table", oneOf("table", "json"), "table")
    .action(showStatus);
}
