/** How much room the file system of a folder has left for this process. */
import { statfs } from "node:fs/promises";

/** Bytes free for an ordinary user, and in all. Rejects where the system does not say. */
export async function diskSpaceOf(
  folder: string,
): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
