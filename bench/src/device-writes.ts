/**
 * What reaches the device below a folder, by the kernel's count of sectors. A process's own `write_bytes`
 * will not do: it counts whole page-cache folios, which today's file systems make a megabyte large, so that a
 * synced write of 20 KB into a preallocated file counts as a megabyte. The price is that other writers to the
 * same device are in it.
 */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const SECTOR_BYTES = 512;
const WRITTEN_SECTORS = 6;

/** Linux packs major and minor numbers of a device into one. */
function deviceName(dev: number): string {
  const packed = BigInt(dev);
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & ~0xfffn);
  const minor = (packed & 0xffn) | ((packed >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** Bytes written to the device since the system started; undefined where that can't be known. */
export async function deviceWrittenBytes(folder: string): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const { dev } = await stat(folder);
    const text = await readFile(`/sys/dev/block/${deviceName(dev)}/stat`, "latin1");
    const sectors = Number(text.trim().split(/\s+/)[WRITTEN_SECTORS]);
    return Number.isFinite(sectors) ? sectors * SECTOR_BYTES : undefined;
  } catch {
    return undefined;
  }
}

/** Has the system write out what it holds back for the file system of a folder, so that a count is whole. */
export async function flushFileSystem(folder: string): Promise<void> {
  if (process.platform === "linux") await run("sync", ["-f", folder]).catch(() => {});
}
