/** File names: kebab-case after their main export, none of the names that say nothing. */
import type { Project } from "./project.ts";

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const BANNED = new Set(["utils", "util", "helpers", "helper", "common", "manager", "impl", "types", "misc"]);

/** Source files and their folders whose names break the rules. */
export function checkNames(project: Project): string[] {
  const problems: string[] = [];
  for (const { path } of project.sources) {
    for (const part of path.split("/")) {
      const stem = part.replace(/(\.test)?\.(ts|mjs)$/, "");
      if (!KEBAB.test(stem)) problems.push(`${path}: "${stem}" is not kebab-case`);
      if (BANNED.has(stem)) problems.push(`${path}: "${stem}" says nothing: name the file after its concept`);
    }
  }
  return problems;
}
