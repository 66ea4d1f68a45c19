/**
 * `npm start`: installs what is missing, then runs `quorate cluster` on the project's own Node. Arguments are passed on
 * (`npm start -- --members 1`), signals too, and the command's exit code is this script's.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { checkOwnNode, fail, installMissing, PROJECT_NODE, ROOT } from "./install-missing.mjs";

checkOwnNode();
await installMissing();

const command = join(ROOT, "packages", "quorate", "bin", "quorate.mjs");
const child = spawn(PROJECT_NODE, [command, "cluster", ...process.argv.slice(2)], {
  cwd: process.env["INIT_CWD"] ?? process.cwd(),
  stdio: "inherit",
});
// The terminal sends Ctrl-C to the whole process group; a signal sent to this process alone is passed on.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => fail(`${PROJECT_NODE} does not start: ${error.message}`));
child.once("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
