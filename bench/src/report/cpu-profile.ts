/** V8's CPU profiles as tables: the functions with the most time of their own, one table a thread. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { markdownTable, shown } from "./markdown-table.ts";

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function's share of a thread's busy time. */
export interface HotFunction {
  readonly name: string;
  readonly place: string;
  readonly share: number;
}

const SHOWN = 40;
const NOT_BUSY = new Set(["(idle)", "(root)"]);

function placeOf({ callFrame: { url, lineNumber } }: ProfileNode): string {
  if (!url) return "";
  const path = url.replace(/^file:\/\//, "").replace(/^.*\/(packages|node_modules|bench)\//, "$1/");
  return `${path}:${lineNumber + 1}`;
}

/** Of one profile, hottest first, without the time in which the thread was idle. */
export function hotFunctions({ nodes, samples, timeDeltas }: Profile): {
  readonly busyMs: number;
  readonly functions: HotFunction[];
} {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<string, { node: ProfileNode; us: number }>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    if (!node || NOT_BUSY.has(node.callFrame.functionName)) continue;
    const us = timeDeltas[index] ?? 0;
    const key = `${node.callFrame.functionName}@${placeOf(node)}`;
    const known = times.get(key);
    if (known) known.us += us;
    else times.set(key, { node, us });
    busy += us;
  }
  const functions = [...times.values()]
    .sort((a, b) => b.us - a.us)
    .map(({ node, us }) => ({
      name: node.callFrame.functionName || "(anonymous)",
      place: placeOf(node),
      share: us / Math.max(1, busy),
    }));
  return { busyMs: busy / 1000, functions };
}

/** All profiles of a folder as Markdown, the busiest thread first. */
export async function profileReport(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".cpuprofile"));
  const threads = await Promise.all(
    files.map(async (file) => ({
      file,
      ...hotFunctions(JSON.parse(await readFile(join(folder, file), "utf8")) as Profile),
    })),
  );
  threads.sort((a, b) => b.busyMs - a.busyMs);
  const parts = threads
    .filter(({ functions }) => functions.length > 0)
    .map(({ file, busyMs, functions }) => {
      const rows = functions
        .slice(0, SHOWN)
        .map(({ name, place, share }) => [`${shown(share * 100)} %`, name, place]);
      const table = markdownTable(["self time", "function", "place"], rows);
      return `## ${file}: ${shown(busyMs / 1000)} s busy\n\n${table}`;
    });
  return `${parts.join("\n\n")}\n`;
}
