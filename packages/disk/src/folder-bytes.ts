/** How much the files of a folder take, whatever comes and goes while it is counted. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** The sum of the sizes of the files directly in `folder`; 0 where there is none. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const entry = await stat(join(folder, name)).catch(() => undefined);
    if (entry?.isFile()) bytes += entry.size;
  }
  return bytes;
}
