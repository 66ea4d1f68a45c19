#!/usr/bin/env node
/**
 * The `quorate` command: refuses an old Node in one line, else runs the sources (or, once published, what was
 * built).
 */
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const source = new URL("../src/main.ts", import.meta.url);

/** The nearest node_modules: in a checkout the workspace's, else the one that this package lies in. */
function findModules(folder) {
  const modules = join(folder, "node_modules");
  if (existsSync(modules)) return modules;
  const parent = dirname(folder);
  return parent === folder ? undefined : findModules(parent);
}

/**
 * Keeps compiled code over starts, which makes a start several times faster. The variable tells worker
 * threads and member processes; a folder that can't be written costs the gain and nothing else.
 */
function keepCompiledCode() {
  if (process.env["NODE_COMPILE_CACHE"] || process.env["NODE_DISABLE_COMPILE_CACHE"]) return;
  const modules = findModules(dirname(fileURLToPath(import.meta.url)));
  if (!modules) return;
  const folder = join(modules, ".cache", "quorate-compiled");
  process.env["NODE_COMPILE_CACHE"] = folder;
  nodeModule.enableCompileCache(folder);
}

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `quorate needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node} (${process.execPath}): ` +
      "install it from nodejs.org, or run quorate by `npx -p node@24 quorate`\n",
  );
  process.exitCode = 1;
} else {
  keepCompiledCode();
  await import(existsSync(source) ? source.href : new URL("../dist/main.js", import.meta.url).href);
}
