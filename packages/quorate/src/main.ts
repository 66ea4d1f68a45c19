/** The command line: one file a command; whatever goes wrong ends in one line on stderr and an exit code. */
import { Command, CommanderError } from "commander";
import { clusterCommand } from "./command/cluster-command.ts";
import { exportCommand } from "./command/export-command.ts";
import { failureLine } from "./command/failure-line.ts";
import { importCommand } from "./command/import-command.ts";
import { memberCommand } from "./command/member-command.ts";
import { serveCommand } from "./command/serve-command.ts";
import { snapshotCommand } from "./command/snapshot-command.ts";
import { statusCommand } from "./command/status-command.ts";
import { runStore, storeCommand } from "./command/store-command.ts";
import { verifyCommand } from "./command/verify-command.ts";
import { versionCommand } from "./command/version-command.ts";

const FAILED = 1;
const USAGE = 2;

const program = new Command("quorate")
  .description("A Kubernetes API server with its own Raft-replicated, etcd-v3-compatible store.")
  .helpCommand(false)
  .configureOutput({
    outputError: (text, write) =>
      write(text.replace(/^error: /, "quorate: ").replace(/\n$/, " (see --help)\n")),
  });
for (const command of [
  clusterCommand(),
  memberCommand(),
  serveCommand(),
  snapshotCommand(),
  statusCommand(),
  storeCommand(),
  verifyCommand(),
  importCommand(),
  exportCommand(),
  versionCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program).exitOverride());
}
program.exitOverride();

try {
  const [, , name, ...args] = process.argv;
  // Its flags are read as etcd reads them.
  if (name === "store") await runStore(args);
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has written its line already; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    process.stderr.write(`quorate: ${failureLine(error)}\n`);
    process.exitCode = FAILED;
  }
}
