/**
 * The pure packages decide, they do not act: no clock, timer, random source, I/O or process in them, so that
 * a seed reproduces a run. Time and chance come in through the ports of `base`, whose real twins are the two
 * exceptions.
 */
import { type Node, parseSync, Visitor } from "oxc-parser";
import type { Project, SourceFile } from "./project.ts";

const PURE = ["base", "raft", "mvcc", "object", "schema", "flow"];

/** The real clock and the real random source stand here and nowhere else. */
const PORT_FILES = new Set(["packages/base/src/clock.ts", "packages/base/src/random.ts"]);

const BANNED_GLOBALS = new Set([
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "performance", "crypto", "process"],
  ...["fetch", "WebSocket", "Worker", "MessageChannel", "BroadcastChannel", "console", "require"],
]);

/** Synchronous builtins that neither act nor remember. */
const ALLOWED_BUILTINS = new Set(["node:buffer", "node:util", "node:assert"]);

/** What a file may use all the same, and why. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The in-memory twin of the port delivers as real providers do: never within the call.
  "packages/mvcc/src/local-kv.ts": ["queueMicrotask"],
  // Reads certificates: what it finds depends on their bytes alone.
  "packages/schema/src/validation/trust-bundle-rules.ts": ["node:crypto"],
  // To read a certificate and a key and to compare them is computing.
  "packages/schema/src/warnings/key-pair.ts": ["node:crypto"],
};

/** The banned names that a file uses, each once, as `Date.now` or `setTimeout`. */
function bannedNames(source: Pick<SourceFile, "program" | "imports">): string[] {
  const found = new Set<string>();
  const bound = new Set<string>();
  const isNamed = (node: Node, name: string) => node.type === "Identifier" && node.name === name;
  const property = (node: Node) => (node.type === "Identifier" ? node.name : "");
  const skipped = new Set<Node>();
  const visitor = new Visitor({
    ImportDeclaration(node) {
      for (const specifier of node.specifiers) bound.add(specifier.local.name);
    },
    MemberExpression(node) {
      if (!node.computed) skipped.add(node.property);
      const name = property(node.property);
      if (isNamed(node.object, "Math") && name === "random") found.add("Math.random");
      if (isNamed(node.object, "Date") && name === "now") found.add("Date.now");
      if (isNamed(node.object, "globalThis")) found.add(`globalThis.${name}`);
    },
    NewExpression(node) {
      if (isNamed(node.callee, "Date") && node.arguments.length === 0) found.add("new Date()");
    },
    CallExpression(node) {
      if (isNamed(node.callee, "Date")) found.add("Date()");
    },
    Property(node) {
      if (!node.computed && !node.shorthand) skipped.add(node.key);
    },
    PropertyDefinition(node) {
      if (!node.computed) skipped.add(node.key);
    },
    MethodDefinition(node) {
      if (!node.computed) skipped.add(node.key);
    },
    TSPropertySignature(node) {
      skipped.add(node.key);
    },
    TSMethodSignature(node) {
      skipped.add(node.key);
    },
    VariableDeclarator(node) {
      if (node.id.type === "Identifier") bound.add(node.id.name);
    },
    FunctionDeclaration(node) {
      if (node.id) bound.add(node.id.name);
    },
    Identifier(node) {
      if (BANNED_GLOBALS.has(node.name) && !skipped.has(node) && !bound.has(node.name)) found.add(node.name);
    },
  });
  visitor.visit(source.program);
  return [...found];
}

function bannedImports(source: Pick<SourceFile, "imports">): string[] {
  return source.imports
    .filter(({ specifier, typeOnly }) => specifier.startsWith("node:") && !typeOnly)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !ALLOWED_BUILTINS.has(specifier));
}

/** Uses of what acts or remembers, in the packages that must not. */
export function checkPurity(project: Project): string[] {
  const problems: string[] = [];
  for (const source of project.sources) {
    const owner = /^packages\/([^/]+)\/src\/(?!contract\/)/.exec(source.path)?.[1];
    if (!owner || !PURE.includes(owner) || PORT_FILES.has(source.path)) continue;
    const allowed = EXCEPTIONS[source.path] ?? [];
    for (const name of [...bannedNames(source), ...bannedImports(source)]) {
      if (!allowed.includes(name)) problems.push(`${source.path}: a pure package must not use ${name}`);
    }
  }
  return problems;
}

/** The banned names in a piece of code: what the rule's own test looks at. */
export function bannedNamesIn(text: string): string[] {
  const { program } = parseSync("piece.ts", text);
  return bannedNames({ program, imports: [] });
}
