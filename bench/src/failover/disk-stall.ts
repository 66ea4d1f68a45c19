/**
 * A disk that stops answering for a while: every member's data lies on a file system of its own that can be
 * frozen (Linux, root), or, elsewhere, in a process that holds back its syncs when it is told to by a file.
 */
import { execFile } from "node:child_process";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const IMAGE_BYTES = 512 * 1024 * 1024;
/** A filled store holds its content in tables, in tables that are being merged, and in the log. */
const IMAGE_BYTES_PER_FILLED = 5;
const HOLDING = new URL("./hold-syncs.mjs", import.meta.url);

/** Folders for data, and how to stall what lies in them. */
export interface DataDisks {
  readonly kind: "frozen file systems" | "held syncs";
  /** Makes a member's folder. */
  add(member: number): Promise<string>;
  /** What the member's process needs in its environment. */
  environment(member: number): Readonly<Record<string, string>>;
  stall(member: number): Promise<void>;
  goOn(member: number): Promise<void>;
  close(): Promise<void>;
}

/** Whether this process may mount and freeze file systems here. */
export async function canFreeze(directory: string): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const disks = new FrozenDisks(join(directory, "try"));
  try {
    await disks.add(0);
    await disks.stall(0);
    await disks.goOn(0);
    return true;
  } catch {
    return false;
  } finally {
    await disks.close().catch(() => {});
  }
}

/** A file system in a file for each member; `fsfreeze` holds its writes back. */
export class FrozenDisks implements DataDisks {
  readonly kind = "frozen file systems";
  readonly #directory: string;
  readonly #mounted = new Set<number>();
  readonly #frozen = new Set<number>();

  readonly #imageBytes: number;

  /** `filledBytes`: how much a member is to hold. */
  constructor(directory: string, filledBytes = 0) {
    this.#directory = directory;
    this.#imageBytes = IMAGE_BYTES + IMAGE_BYTES_PER_FILLED * filledBytes;
  }

  async add(member: number): Promise<string> {
    const folder = this.#folder(member);
    await mkdir(folder, { recursive: true });
    const image = `${folder}.img`;
    await writeFile(image, "");
    await truncate(image, this.#imageBytes);
    await run("mkfs.ext4", ["-q", "-F", image]);
    await run("mount", ["-o", "loop", image, folder]);
    this.#mounted.add(member);
    return join(folder, "data");
  }

  environment(): Readonly<Record<string, string>> {
    return {};
  }

  async stall(member: number): Promise<void> {
    await run("fsfreeze", ["--freeze", this.#folder(member)]);
    this.#frozen.add(member);
  }

  async goOn(member: number): Promise<void> {
    await run("fsfreeze", ["--unfreeze", this.#folder(member)]);
    this.#frozen.delete(member);
  }

  async close(): Promise<void> {
    for (const member of this.#frozen) await this.goOn(member).catch(() => {});
    for (const member of this.#mounted) await run("umount", [this.#folder(member)]);
    this.#mounted.clear();
  }

  #folder(member: number): string {
    return join(this.#directory, `disk-${member}`);
  }
}

/** A file a member: while it is there, the member's process lets no sync end. */
export class HeldSyncs implements DataDisks {
  readonly kind = "held syncs";
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(member: number): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    return join(this.#directory, `member-${member}`);
  }

  environment(member: number): Readonly<Record<string, string>> {
    const options = [process.env["NODE_OPTIONS"], `--import=${HOLDING.href}`].filter(Boolean).join(" ");
    return { NODE_OPTIONS: options, QUORATE_BENCH_HOLD_SYNCS: this.#holdFile(member) };
  }

  async stall(member: number): Promise<void> {
    await writeFile(this.#holdFile(member), "");
  }

  /** Until `goOn` each sync takes so much longer. */
  async slow(member: number, ms: number): Promise<void> {
    await writeFile(this.#holdFile(member), String(ms));
  }

  async goOn(member: number): Promise<void> {
    await rm(this.#holdFile(member), { force: true });
  }

  async close(): Promise<void> {}

  #holdFile(member: number): string {
    return join(this.#directory, `hold-${member}`);
  }
}
