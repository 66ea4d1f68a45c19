#!/usr/bin/env node
/** The `quorate` command: refuses an old Node in one line, else runs the sources (or, once published, what was built). */
import { existsSync } from "node:fs";
import module from "node:module";

const NODE_MAJOR_MIN = 24;
const source = new URL("../src/main.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `quorate needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node} (${process.execPath}): ` +
      "install it from nodejs.org, or run quorate by `npx -p node@24 quorate`\n",
  );
  process.exitCode = 1;
} else {
  // Half a start is spent on compiling what was compiled before.
  module.enableCompileCache?.();
  await import(existsSync(source) ? source.href : new URL("../dist/main.js", import.meta.url).href);
}
