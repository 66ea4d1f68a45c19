/**
 * --wal-dir: the log in a folder of its own, on another disk most likely. The data directory has a link to
 * it, so that whatever works on a data directory finds the log there.
 */
import { lstat, mkdir, realpath, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CodedError } from "@quorate/base";

/** Makes folder and link where they are absent. Throws BAD_FLAGS where the log lies elsewhere already. */
export async function placeLog(dataDir: string, walDir: string): Promise<void> {
  const [link, place] = [join(resolve(dataDir), "log"), resolve(walDir)];
  await mkdir(place, { recursive: true, mode: 0o700 });
  await mkdir(resolve(dataDir), { recursive: true, mode: 0o700 });
  const found = await lstat(link).catch(() => undefined);
  if (!found) {
    // Windows lets everyone make this kind of link; elsewhere it is a link like any other.
    await symlink(place, link, "junction");
    return;
  }
  const current = await realpath(link);
  if (current === (await realpath(place))) return;
  throw new CodedError(
    "BAD_FLAGS",
    `--wal-dir ${walDir}: the log of ${dataDir} lies in ${current}: move it, or leave the flag out`,
  );
}
