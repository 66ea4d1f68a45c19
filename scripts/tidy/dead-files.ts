/**
 * Every source file is reached from an entry point: a package's exports and commands, a worker, a test, a
 * script.
 */
import { type PackageFile, type Project, resolveImport } from "./project.ts";

function entriesOf({ folder, json }: PackageFile): string[] {
  const inFolder = (path: string) => [folder, path.replace(/^\.\//, "")].filter(Boolean).join("/");
  const scripted = Object.values(json.scripts ?? {}).flatMap(
    (line) => line.match(/[\w./-]+\.(?:ts|mjs|js)/g) ?? [],
  );
  return [...Object.values(json.exports ?? {}), ...Object.values(json.bin ?? {}), ...scripted].map(inFolder);
}

/** Files that nothing leads to. Files that only tests lead to are dead too: they belong to the tests. */
export function findDeadFiles(project: Project): string[] {
  const byPath = new Map(project.sources.map((source) => [source.path, source]));
  const homes = new Map(project.packages.map(({ name, folder }) => [name, `${folder}/src/index.ts`]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    const source = byPath.get(path);
    if (!source || reached.has(path)) return;
    reached.add(path);
    for (const { specifier } of source.imports) {
      visit(specifier.startsWith(".") ? resolveImport(path, specifier) : (homes.get(specifier) ?? ""));
    }
    for (const entry of source.entryPoints) visit(resolveImport(path, entry));
  };
  const isTest = (path: string) => /(^|\/)test\/.*\.ts$|\.test\.ts$/.test(path) && !path.startsWith("test/");
  for (const entry of project.packages.flatMap(entriesOf)) visit(entry);
  for (const { path } of project.sources) {
    const isOwnEntry =
      /^scripts\/(?!tidy\/)([^/]+\/)?[^/]+\.(mjs|ts)$|^packages\/[^/]+\/src\/contract\/|^test\/[^/]+\/(test|src)\/[^/]+\.ts$/;
    if (isTest(path) || isOwnEntry.test(path)) visit(path);
  }
  const productReached = reached;
  return project.sources.map(({ path }) => path).filter((path) => !productReached.has(path));
}
