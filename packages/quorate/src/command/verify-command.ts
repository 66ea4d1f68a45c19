/**
 * `quorate verify DIR`: reads every record and key of a stopped member's data directory and says what it
 * found.
 */
import { Command } from "commander";
import type { MemberReport } from "../verify-member.ts";
import { oneOf } from "./flag-values.ts";
import { renderBytes, renderJson } from "./render-table.ts";

/** The report in lines. */
export function renderReport(report: MemberReport): string {
  const { log, state, content, problems } = report;
  const torn = log.tornBytes ? `, ${log.tornBytes} bytes of an interrupted write will be cut` : "";
  const lines = [
    `${report.path}: member ${report.name ?? "?"} (${report.memberId?.toString(16) ?? "?"}) of cluster ` +
      `${report.clusterId?.toString(16) ?? "?"}`,
    `log: entries ${log.firstIndex} to ${log.lastIndex} in ${log.segments} segments, term ${log.term}, ` +
      `committed up to ${log.commit}${torn}`,
    `state: ${state.entries} records, ${renderBytes(state.bytes)}`,
  ];
  if (content) {
    lines.push(
      `content: revision ${content.revision}, compacted below ${content.compactRevision}, ` +
        `${content.keys} keys, ` +
        `${content.leases} leases, applied up to entry ${content.appliedIndex}, hash ${content.hash}`,
      `members: ${content.members.join(", ") || "not known yet"}`,
    );
    if (content.alarms.length > 0) lines.push(`alarms: ${content.alarms.join(", ")}`);
  }
  lines.push(...problems.map((problem) => `PROBLEM: ${problem}`));
  lines.push(problems.length > 0 ? "The directory is damaged." : "The directory is sound.");
  return `${lines.join("\n")}\n`;
}

/** The command. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("check a stopped member's data directory from end to end")
    .argument("<dir>", "the member's data directory, for example .quorate/m1")
    .option("-o, --output <form>", "json or text", oneOf("text", "json"), "text")
    .action(async (path: string, { output }: { output: string }) => {
      const { verifyMember } = await import("../verify-member.ts");
      const report = await verifyMember(path);
      if (report.problems.length > 0) process.exitCode = 1;
      process.stdout.write(output === "json" ? renderJson(report) : renderReport(report));
    });
}
