/**
 * Writes packages/schema/src/generated and the fixtures of its tests from the Go modules of Kubernetes
 * (versions in scripts/generate/kinds/go.mod). Needs Go; its module cache has everything after the first run.
 * The output is committed, so only a developer who moves to a new Kubernetes release runs this: `node
 * scripts/generate-kinds.mjs`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = spawnSync(
  "go",
  ["run", ".", `${root}packages/schema/src/generated`, `${root}packages/schema/test/fixtures`],
  { cwd: `${root}scripts/generate/kinds`, stdio: "inherit" },
);
if (run.error)
  console.error(`generate-kinds: cannot run go (${run.error.message}); install Go 1.26 or newer`);
process.exit(run.status ?? 1);
