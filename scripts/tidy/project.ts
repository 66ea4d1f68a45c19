/**
 * What the tidy rules look at: the project's own files with their text, and for each source file its parsed
 * tree and imports. Read once; the rules are functions from it to a list of problems, one line each.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Comment, type Program, parseSync } from "oxc-parser";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const SKIPPED_FOLDERS = new Set([
  "node_modules",
  "dist",
  "coverage",
  "results",
  ".git",
  ".turbo",
  ".quorate",
]);
const TEXT =
  /\.(ts|mts|mjs|js|json|jsonl|md|yaml|yml|go|mod|sum|html|txt|sh)$|(^|\/)(LICENSE|\.npmrc|\.gitignore|run)$/;

/** One import or re-export of a source file. `typeOnly` where nothing of it is left at run time. */
export interface SourceImport {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the root, with `/` on every platform. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly SourceImport[];
  /** Files named by `new URL("./x.ts", import.meta.url)`: workers and other entry points. */
  readonly entryPoints: readonly string[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface PackageFile {
  readonly folder: string;
  readonly name: string;
  readonly json: {
    readonly license?: string;
    readonly dependencies?: Record<string, string>;
    readonly devDependencies?: Record<string, string>;
    readonly exports?: Record<string, string>;
    readonly bin?: Record<string, string>;
    readonly scripts?: Record<string, string>;
  };
}

export interface Project {
  readonly texts: readonly TextFile[];
  readonly sources: readonly SourceFile[];
  readonly packages: readonly PackageFile[];
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) yield* walk(join(folder, entry.name));
    } else if (entry.isFile() && !entry.name.endsWith(".log")) {
      yield relative(ROOT, join(folder, entry.name)).split(sep).join("/");
    }
  }
}

function parseSource(file: TextFile): SourceFile {
  const { program, comments, module, errors } = parseSync(file.path, file.text);
  if (errors.length) throw new Error(`${file.path}: ${errors[0]!.message}`);
  const imports: SourceImport[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    imports.push({ specifier: moduleRequest.value, typeOnly });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) imports.push({ specifier: moduleRequest.value, typeOnly: isType });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const written = file.text.slice(moduleRequest.start, moduleRequest.end);
    // What is worked out when it runs is found as an entry point, by its URL.
    if (!/^["'`]/.test(written)) continue;
    const specifier = written.replace(/^["'`]|["'`]$/g, "");
    imports.push({ specifier, typeOnly: false });
  }
  const entryPoints = [...file.text.matchAll(/new URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)/g)].map(
    (m) => m[1]!,
  );
  return { ...file, program, comments, imports, entryPoints };
}

let read: Project | undefined;

/** The whole project, read on the first call. */
export function readProject(): Project {
  if (read) return read;
  const texts = [...walk(ROOT)]
    .filter((path) => TEXT.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
  const sources = texts
    .filter(({ path }) => /\.(ts|mjs)$/.test(path) && !/\/(generated|fixtures)\//.test(path))
    .map(parseSource);
  const packages = texts
    .filter(({ path }) => /(^|\/)package\.json$/.test(path) && !/\/(fixtures)\//.test(path))
    .map(({ path, text }) => {
      const json = JSON.parse(text) as PackageFile["json"] & { name: string };
      return { folder: path === "package.json" ? "" : dirname(path), name: json.name, json };
    });
  read = { texts, sources, packages };
  return read;
}

/** `packages/raft` for a file of that package; "" where it belongs to none. */
export function folderOf(path: string): string {
  return /^(packages\/[^/]+|test\/[^/]+|bench|scripts)\//.exec(path)?.[1] ?? "";
}

/** The file that a relative import leads to, from the root. */
export function resolveImport(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
