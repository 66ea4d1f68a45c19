/**
 * Who may import whom: the arrows between packages, third parties at their places, and no way around
 * package.json.
 */
import { isBuiltin } from "node:module";
import { folderOf, type PackageFile, type Project, type SourceFile, type SourceImport } from "./project.ts";

/** Product packages and what each may import; `types:` allows only what vanishes at run time. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  raft: ["base"],
  mvcc: ["base"],
  object: ["base"],
  schema: ["object", "base"],
  flow: ["base"],
  http2: [],
  disk: ["base", "types:raft", "types:mvcc"],
  replica: ["base", "raft", "mvcc", "types:disk"],
  "etcd-api": ["base", "http2", "types:mvcc"],
  registry: ["base", "object", "schema", "types:mvcc"],
  access: ["base", "object", "schema", "registry"],
  controllers: ["base", "object", "schema", "registry"],
  apiserver: ["base", "http2", "object", "schema", "registry", "access", "flow"],
  quorate: [
    ...["base", "raft", "mvcc", "object", "schema", "flow", "disk", "replica", "etcd-api"],
    ...["registry", "access", "controllers", "apiserver"],
  ],
};

/** Libraries with one home. Any other library may be used where its package.json lists it. */
const THIRD_PARTY_HOMES: Readonly<Record<string, readonly string[]>> = {
  koa: ["apiserver"],
  "@koa/router": ["apiserver"],
  level: ["disk"],
  "classic-level": ["disk"],
  msgpackr: ["disk", "replica"],
};

/** Packages without a library of others: they are meant to be read whole. */
const WITHOUT_THIRD_PARTIES = new Set(["base", "raft", "mvcc", "object", "flow", "http2"]);

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function checkProductImport(owner: string, specifier: string, typeOnly: boolean): string | undefined {
  const target = specifier === "quorate" ? "quorate" : specifier.slice("@quorate/".length).split("/")[0]!;
  if (!(target in ARROWS)) return `product code must not use ${specifier}`;
  if (target === owner) return "a package imports its own files by path, not by its name";
  const allowed = ARROWS[owner] ?? [];
  if (allowed.includes(target) || (typeOnly && allowed.includes(`types:${target}`))) return undefined;
  return `${owner} must not import ${target}${allowed.includes(`types:${target}`) ? " (only its types)" : ""}`;
}

function checkImport(
  source: SourceFile,
  own: PackageFile,
  { specifier, typeOnly }: SourceImport,
): string | undefined {
  const [group, owner = ""] = own.folder.split("/");
  const isProduct = group === "packages" && source.path.startsWith(`${own.folder}/src/`);
  const name = packageNameOf(specifier);
  if (name === "quorate" || name.startsWith("@quorate/")) {
    if (isProduct) return checkProductImport(owner, specifier, typeOnly);
  } else if (isProduct) {
    const homes = THIRD_PARTY_HOMES[name];
    if (homes && !homes.includes(owner)) return `${name} belongs only in ${homes.join(" and ")}`;
    if (WITHOUT_THIRD_PARTIES.has(owner)) return `${owner} takes no third parties, but imports ${name}`;
  }
  const { dependencies = {}, devDependencies = {} } = own.json;
  if (name in dependencies || (!isProduct && name in devDependencies)) return undefined;
  if (!isProduct && ["ava", "fast-check", "oxc-parser"].includes(name)) return undefined;
  return `${name} is not in the dependencies of ${own.folder}/package.json`;
}

/** Problems with imports over package borders. */
export function checkArrows(project: Project): string[] {
  const problems: string[] = [];
  const packages = new Map(project.packages.map((entry) => [entry.folder, entry]));
  const root = packages.get("")!;
  for (const source of project.sources) {
    const folder = folderOf(source.path);
    const own = packages.get(folder) ?? root;
    for (const imported of source.imports) {
      const { specifier } = imported;
      if (specifier.startsWith("node:")) continue;
      let problem: string | undefined;
      if (isBuiltin(specifier)) problem = `write node:${specifier}`;
      else if (!specifier.startsWith(".")) problem = checkImport(source, own, imported);
      else if (own.folder && !isInside(source.path, specifier, own.folder))
        problem = `${specifier} leaves the package`;
      if (problem) problems.push(`${source.path}: ${problem}`);
    }
  }
  return problems;
}

function isInside(from: string, specifier: string, folder: string): boolean {
  const path = new URL(specifier, `file:///${from}`).pathname.slice(1);
  return path.startsWith(`${folder}/`);
}
