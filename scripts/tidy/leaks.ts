/** Nothing in the tree names a developer's machine or a package registry, and nothing is left unfinished. */
import type { Project } from "./project.ts";

// The patterns are put together from halves, so that this file does not find itself.
const LEAKS: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`(^|[\\s"'\`(=])/(${["root", "home", "Users", "work", "tmp/ref"].join("|")})/`),
    "a machine's path",
  ],
  [new RegExp(`"resol${""}ved": "https?:`), "a registry's host"],
  [new RegExp(`^registry${""}\\s*=`, "m"), "a registry's host"],
];
const UNFINISHED = new RegExp(`\\b(TO${""}DO|FIX${""}ME|XX${""}X)\\b|not imple${""}mented`);

/** Lines that should not be published. */
export function findLeaks(project: Project): string[] {
  const problems: string[] = [];
  for (const { path, text } of project.texts) {
    if (/\/(generated|fixtures)\//.test(path) || /\.(jsonl|sum|html)$/.test(path)) continue;
    for (const [index, line] of text.split("\n").entries()) {
      for (const [pattern, what] of LEAKS) {
        if (pattern.test(line)) problems.push(`${path}:${index + 1}: names ${what}`);
      }
      if (/\.(ts|mjs)$/.test(path) && UNFINISHED.test(line))
        problems.push(`${path}:${index + 1}: unfinished`);
    }
  }
  return problems;
}
