/**
 * What the operating system says of a set of processes and their descendants: CPU time and resident memory.
 * On Linux it is read from /proc, elsewhere from `ps`.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Sums over all processes of the trees. */
export interface ProcessUsage {
  /** User and system time of all living processes of the tree, in milliseconds. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

const CLOCK_TICK_MS = 10;
const PAGE_BYTES = 4096;

function linuxRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name stands in parentheses and may hold spaces: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      pid,
      parent: Number(fields[1]),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS,
      residentBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}

function linuxRows(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const row = linuxRow(pid);
    if (row) rows.push(row);
  }
  return rows;
}

function portableRows(): ProcessRow[] {
  const text = execFileSync("ps", ["-A", "-o", "pid=,ppid=,time=,rss="], { encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, time, resident] = line.trim().split(/\s+/);
      const seconds = (time ?? "0").split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
      return {
        pid: Number(pid),
        parent: Number(parent),
        cpuMs: seconds * 1000,
        residentBytes: Number(resident) * 1024,
      };
    });
}

/** The processes of `roots` and all their descendants that live now. */
export function descendants(roots: readonly number[]): number[] {
  return treeRows(roots).map((row) => row.pid);
}

function treeRows(roots: readonly number[]): ProcessRow[] {
  const rows = process.platform === "linux" ? linuxRows() : portableRows();
  const wanted = new Set(roots);
  for (let grew = true; grew; ) {
    grew = false;
    for (const row of rows) {
      if (!wanted.has(row.pid) && wanted.has(row.parent)) {
        wanted.add(row.pid);
        grew = true;
      }
    }
  }
  return rows.filter((row) => wanted.has(row.pid));
}

/** Sums up the trees below `roots`. */
export function usageOf(roots: readonly number[]): ProcessUsage {
  let cpuMs = 0;
  let residentBytes = 0;
  for (const row of treeRows(roots)) {
    cpuMs += row.cpuMs;
    residentBytes += row.residentBytes;
  }
  return { cpuMs, residentBytes };
}
