/**
 * `quorate store`: the store alone, with etcd's flags. They are read as etcd reads them, so commander only
 * names the command for `quorate --help`; nothing of the API server is loaded.
 */
import { Command } from "commander";

/** Runs the store with the arguments behind its name; the process ends by itself. */
export async function runStore(args: readonly string[]): Promise<void> {
  const store = await import("../store/run-store.ts");
  await store.runStore(args);
}

/** The command, for the list of commands; its flags are read elsewhere. */
export function storeCommand(): Command {
  return new Command("store").description("run the store alone, with etcd's flags (store --help lists them)");
}
