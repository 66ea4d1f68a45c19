/**
 * Writes the fixtures of packages/object's tests: what the reference's Go modules (versions in
 * scripts/generate/objects/go.mod) make of small inputs. Needs Go. The output is committed, so only a
 * developer who moves to a new Kubernetes release, or adds inputs, runs this: `node
 * scripts/generate-object-fixtures.mjs`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = spawnSync("go", ["run", ".", `${root}packages/object/test/fixtures/reference.json`], {
  cwd: `${root}scripts/generate/objects`,
  stdio: "inherit",
});
if (run.error) console.error(`cannot run go (${run.error.message}); install Go 1.26 or newer`);
process.exit(run.status ?? 1);
