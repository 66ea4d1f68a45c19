/** `quorate verify DIR`: reads every record and key of a stopped member's data directory and says what it found. */
import { Command } from "commander";

export function verifyCommand(): Command {
  return new Command("verify")
    .description("check a stopped member's data directory from end to end")
    .argument("<dir>", "the member's data directory, for example .quorate/m1")
    .option("-o, --output <form>", "json or text", "text")
    .action(async (path: string, { output }: { output: string }) => {
      const { verifyDirectory } = await import("@quorate/disk");
      const report = await verifyDirectory(path);
      if (report.problems.length) process.exitCode = 1;
      if (output === "json") {
        const hex = (_key: string, value: unknown) =>
          typeof value === "bigint" ? value.toString(16) : value;
        process.stdout.write(`${JSON.stringify(report, hex, 2)}\n`);
        return;
      }
      const { log, state, problems } = report;
      const torn = log.tornBytes ? `, ${log.tornBytes} bytes of an interrupted write will be cut` : "";
      const lines = [
        `${report.path}: member ${report.name ?? "?"} (${report.memberId?.toString(16) ?? "?"})`,
        `log: entries ${log.firstIndex} to ${log.lastIndex} in ${log.segments} segments, term ${log.term}${torn}`,
        `state: ${state.entries} records, ${state.bytes} bytes`,
        ...problems.map((problem) => `PROBLEM: ${problem}`),
        problems.length ? "The directory is damaged." : "The directory is sound.",
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}
