/**
 * `quorate import`: the key space of a live etcd, and so of a Kubernetes cluster, into a running store of
 * ours.
 */
import { Command } from "commander";
import { addCopyFlags, type CopyFlags, runCopy } from "./copy-flags.ts";

/** The command with its flags. */
export function importCommand(): Command {
  const command = new Command("import").description(
    "copy keys, values and leases of a live etcd into a running store, and compare",
  );
  return addCopyFlags(command, "import").action((flags: CopyFlags) => runCopy(flags, "import"));
}
