/** The command line: one file a command; whatever goes wrong ends in one line on stderr and an exit code. */
import { Command, CommanderError } from "commander";
import { failureLine } from "./command/failure-line.ts";

const FAILED = 1;
const USAGE = 2;

/** In the order of --help. Only what is asked for is read, which makes a member's start quicker. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  cluster: async () => (await import("./command/cluster-command.ts")).clusterCommand(),
  member: async () => (await import("./command/member-command.ts")).memberCommand(),
  serve: async () => (await import("./command/serve-command.ts")).serveCommand(),
  snapshot: async () => (await import("./command/snapshot-command.ts")).snapshotCommand(),
  status: async () => (await import("./command/status-command.ts")).statusCommand(),
  store: async () => (await import("./command/store-command.ts")).storeCommand(),
  verify: async () => (await import("./command/verify-command.ts")).verifyCommand(),
  import: async () => (await import("./command/import-command.ts")).importCommand(),
  export: async () => (await import("./command/export-command.ts")).exportCommand(),
  version: async () => (await import("./command/version-command.ts")).versionCommand(),
};

const program = new Command("quorate")
  .description("A Kubernetes API server with its own Raft-replicated, etcd-v3-compatible store.")
  .helpCommand(false)
  .configureOutput({
    outputError: (text, write) =>
      write(text.replace(/^error: /, "quorate: ").replace(/\n$/, " (see --help)\n")),
  });

/** Adds the one that is asked for, or all of them where none is. */
async function addCommands(asked: string | undefined): Promise<void> {
  const one = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  for (const make of one ? [one] : Object.values(COMMANDS)) {
    const command = await make();
    program.addCommand(command.copyInheritedSettings(program).exitOverride());
  }
}

program.exitOverride();

try {
  const [, , name, ...args] = process.argv;
  // Its flags are read as etcd reads them.
  if (name === "store") {
    await (await import("./command/store-command.ts")).runStore(args);
  } else {
    await addCommands(name);
    await program.parseAsync();
  }
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has written its line already; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else {
    process.stderr.write(`quorate: ${failureLine(error)}\n`);
    process.exitCode = FAILED;
  }
}
