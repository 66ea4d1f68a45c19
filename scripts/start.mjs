/**
 * `npm start`: installs what is missing, then runs `quorate cluster` on the project's own Node. Arguments are
 * passed on (`npm start -- --members 1`), signals too, and the command's exit code is this script's.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { checkOwnNode, fail, installMissing, PROJECT_NODE, ROOT } from "./install-missing.mjs";

checkOwnNode();
await installMissing();

const command = join(ROOT, "packages", "quorate", "bin", "quorate.mjs");
const child = spawn(PROJECT_NODE, [command, "cluster", ...process.argv.slice(2)], {
  cwd: ROOT,
  // The cluster notices by the channel's end when this process is killed.
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
// A Ctrl-C reaches the child from the terminal as well: it takes two within a moment for one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => fail(`${PROJECT_NODE} does not start: ${error.message}`));
child.once("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));

// npm killed firmly takes nobody along: its end shows in this process having another parent.
if (process.env["npm_lifecycle_event"] && process.platform !== "win32") {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 500).unref();
}
