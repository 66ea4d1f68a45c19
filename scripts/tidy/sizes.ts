/**
 * A ratchet on what grows by itself: long files, wide lines, exports and files without a word on what they
 * are. ratchet.json holds today's numbers by package; they may go down, never up. `UPDATE_RATCHET=1` writes
 * them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, type Project, ROOT, type SourceFile } from "./project.ts";

const RATCHET = join(ROOT, "scripts/tidy/ratchet.json");
const LINES_MAX = 500;
const COLUMNS_MAX = 110;

type Measures = Record<"longFiles" | "wideLines" | "silentExports" | "silentFiles", number>;

function silentExports({ text, program, comments, path }: SourceFile): number {
  if (!/\/src\//.test(path) || path.endsWith("/index.ts")) return 0;
  let silent = 0;
  for (const node of program.body) {
    if (node.type !== "ExportNamedDeclaration" || !node.declaration) continue;
    const isDocumented = comments.some(
      (comment) =>
        comment.type === "Block" &&
        comment.value.startsWith("*") &&
        comment.end <= node.start &&
        /^\s*$/.test(text.slice(comment.end, node.start)),
    );
    // The doc comment of a file with one export serves both.
    if (!isDocumented) silent++;
  }
  return silent;
}

function opensWithDoc({ text }: SourceFile): boolean {
  return /^(#![^\n]*\n)?(\/\/[^\n]*\n)*\s*\/\*\*/.test(text);
}

function measure(project: Project): Record<string, Measures> {
  const measures: Record<string, Measures> = {};
  for (const source of project.sources) {
    const folder = folderOf(source.path) || "root";
    measures[folder] ??= { longFiles: 0, wideLines: 0, silentExports: 0, silentFiles: 0 };
    const of = measures[folder];
    const lines = source.text.split("\n");
    if (lines.length > LINES_MAX) of.longFiles++;
    of.wideLines += lines.filter((line) => line.length > COLUMNS_MAX).length;
    of.silentExports += silentExports(source);
    const isIndexOrTest = /(\/index\.ts|\.test\.ts|^[^/]*)$/.test(source.path);
    if (!isIndexOrTest && !opensWithDoc(source)) of.silentFiles++;
  }
  return measures;
}

/** Numbers that are above the ratchet's. */
export function checkSizes(project: Project): string[] {
  const now = measure(project);
  if (process.env["UPDATE_RATCHET"]) {
    const sorted = Object.fromEntries(Object.entries(now).sort(([a], [b]) => a.localeCompare(b)));
    writeFileSync(RATCHET, `${JSON.stringify(sorted, undefined, 2)}\n`);
  }
  const allowed = JSON.parse(readFileSync(RATCHET, "utf8")) as Record<string, Measures>;
  const problems: string[] = [];
  for (const [folder, measures] of Object.entries(now)) {
    for (const [name, value] of Object.entries(measures)) {
      const limit = allowed[folder]?.[name as keyof Measures] ?? 0;
      if (value > limit) problems.push(`${folder}: ${name} is ${value}, was ${limit}`);
    }
  }
  return problems;
}
