/**
 * Brings node_modules to what package-lock.json asks for, and names the Node binary that the project runs on.
 * Runs on Node 20 and newer with builtins only, since nothing is installed yet when it is needed.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that every script of the project runs on, itself a dependency of the root. */
export const PROJECT_NODE = join(
  ROOT,
  "node_modules",
  "node",
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

/** Ends the script with one line on what is wrong and how to mend it. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function runsProjectNode() {
  const answer = spawnSync(PROJECT_NODE, ["--version"], { encoding: "utf8" });
  return answer.status === 0 && answer.stdout.startsWith("v24.");
}

/** What node_modules lacks of the lock file, in one line; undefined where it is complete. */
export function findMissing() {
  const wanted = readLock(join(ROOT, "package-lock.json"));
  if (!wanted) fail("package-lock.json is missing or damaged: check it out again");
  const installed = readLock(join(ROOT, "node_modules", ".package-lock.json"));
  if (!installed) return "nothing is installed yet";
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) continue;
    // Packages of other platforms are in the lock file, never on the disk.
    if (entry.optional || entry.peer) continue;
    if (entry.version !== installed[path]?.version || entry.link !== installed[path]?.link) {
      return `${path.split("node_modules/").at(-1)} is missing or of another version`;
    }
    if (!existsSync(join(ROOT, ...path.split("/")))) return `${path.replaceAll("/", sep)} is missing`;
  }
  return runsProjectNode() ? undefined : "the project's Node is missing";
}

function spawnNpm(args) {
  // npm runs this script, so its own entry file is known and no shell is needed to find it.
  const entry = process.env["npm_execpath"];
  const options = { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] };
  if (entry && /\.[cm]?js$/.test(entry)) return spawn(process.execPath, [entry, ...args], options);
  return spawn("npm", args, { ...options, shell: process.platform === "win32" });
}

function ended(child) {
  return new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** Installs what is missing, with a line of progress every few seconds; ends the script where it can't. */
export async function installMissing() {
  const missing = findMissing();
  if (!missing) return;
  process.stdout.write(`Installing packages (${missing}); the first time this takes a minute or two ...\n`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const progress = setInterval(() => process.stdout.write(`  still installing, ${seconds()} s\n`), 5_000);
  const code = await ended(spawnNpm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]));
  clearInterval(progress);
  if (code !== 0) {
    fail(`npm ci failed with code ${code}: see its lines above; check the package registry and try again`);
  }
  const still = findMissing();
  if (still) fail(`npm ci ended well, yet ${still}: remove node_modules and try again`);
  process.stdout.write(`Installed in ${seconds()} s.\n`);
}

/** Refuses a Node that is too old for the scripts themselves. */
export function checkOwnNode() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20) {
    fail(`Node ${process.versions.node} is too old to install Quorate: use Node 20 or newer (nodejs.org)`);
  }
}
