/**
 * No two files need each other at run time: the graph of value imports has no cycle, within or between
 * packages.
 */
import { type Project, resolveImport } from "./project.ts";

/** One line for each cycle found, as the files along it. */
export function findCycles(project: Project): string[] {
  const homes = new Map(project.packages.map(({ name, folder }) => [name, `${folder}/src/index.ts`]));
  const edges = new Map<string, string[]>();
  for (const { path, imports } of project.sources) {
    const targets: string[] = [];
    for (const { specifier, typeOnly } of imports) {
      if (typeOnly) continue;
      const target = specifier.startsWith(".") ? resolveImport(path, specifier) : homes.get(specifier);
      if (target) targets.push(target);
    }
    edges.set(path, targets);
  }
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(" -> "));
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of edges.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}
