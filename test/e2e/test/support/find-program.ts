/** Programs that a machine may have: tests of them are left out where it has not. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of `names` on PATH. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
  }
  return undefined;
}
