/** `quorate export`: the key space of a running store of ours into an etcd. */
import { Command } from "commander";
import { addCopyFlags, type CopyFlags, runCopy } from "./copy-flags.ts";

/** The command with its flags. */
export function exportCommand(): Command {
  const command = new Command("export").description(
    "copy keys, values and leases of a running store into an etcd, and compare",
  );
  return addCopyFlags(command, "export").action((flags: CopyFlags) => runCopy(flags, "export"));
}
