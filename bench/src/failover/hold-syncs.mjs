/**
 * Loaded into a member's process by --import: while the file that the environment names is there, no sync
 * of a file ends, or, where it holds a number, each takes so many milliseconds longer. That is what a disk
 * that stops answering, or a slow one, looks like where file systems can't be frozen.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const POLL_MS = 20;
const holdFile = process.env["QUORATE_BENCH_HOLD_SYNCS"];

function heldMs() {
  if (!holdFile || !fs.existsSync(holdFile)) return 0;
  try {
    return Number(fs.readFileSync(holdFile, "utf8")) || Number.POSITIVE_INFINITY;
  } catch {
    // It was removed a moment ago.
    return 0;
  }
}

function whenAllowed(go) {
  const ms = heldMs();
  if (ms === 0) go();
  else if (ms === Number.POSITIVE_INFINITY) setTimeout(whenAllowed, POLL_MS, go);
  else setTimeout(go, ms);
}

for (const name of ["fsync", "fdatasync"]) {
  const original = fs[name];
  fs[name] = (fd, callback) => whenAllowed(() => original(fd, callback));
}
syncBuiltinESMExports();
