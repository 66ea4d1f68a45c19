/**
 * Loaded into a member's process by --import: while the file that the environment names is there, no sync of a file
 * ends. That is what a disk that stops answering looks like where file systems can't be frozen.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const POLL_MS = 20;
const holdFile = process.env["QUORATE_BENCH_HOLD_SYNCS"];

function whenAllowed(go) {
  if (holdFile && fs.existsSync(holdFile)) setTimeout(whenAllowed, POLL_MS, go);
  else go();
}

for (const name of ["fsync", "fdatasync"]) {
  const original = fs[name];
  fs[name] = (fd, callback) => whenAllowed(() => original(fd, callback));
}
syncBuiltinESMExports();
