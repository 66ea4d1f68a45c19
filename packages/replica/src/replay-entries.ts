/** Applies log entries to a state that no member runs on: for recovery from what a majority left behind. */
import type { Store } from "@quorate/mvcc";
import type { Entry } from "@quorate/raft";
import { decodeCommand } from "./command-codec.ts";
import { decodeProposal } from "./proposal-codec.ts";

/** Entries at or below the applied index change nothing; changes of the members are passed over. */
export function replayEntries(store: Store, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.index <= store.appliedIndex) continue;
    const command =
      entry.type === "conf" || entry.data.length === 0
        ? undefined
        : decodeCommand(decodeProposal(entry.data).command);
    if (!command || command.op === "member-update") store.skip(entry);
    else store.apply(command, entry);
  }
}
