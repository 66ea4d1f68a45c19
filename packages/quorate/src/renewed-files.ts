/**
 * Certificates that are renewed on disk: before each handshake the files are looked at, as etcd does, and
 * read again where one of them is another than before. Files that can't be used (of a renewal that is half
 * done) are said once and passed over; what is in use stays.
 */
import { stat } from "node:fs/promises";
import { messageOf } from "@quorate/base";

/** What is made of a set of files. */
export class RenewedFiles<Content> {
  readonly #paths: readonly string[];
  readonly #read: () => Promise<Content>;
  readonly #note: (line: string) => void;
  #seen: string | undefined;
  #looking: Promise<Content | undefined> | undefined;
  #problem: string | undefined;

  /** `paths` are those that `read` reads; absent ones count for nothing. */
  constructor(
    paths: readonly (string | undefined)[],
    read: () => Promise<Content>,
    note: (line: string) => void,
  ) {
    this.#paths = paths.filter((path) => path !== undefined);
    this.#read = read;
    this.#note = note;
  }

  /** The content where it is another than at the last call; the first call counts as one. Never rejects. */
  take(): Promise<Content | undefined> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<Content | undefined> {
    try {
      const stamp = await this.#stamp();
      if (stamp === this.#seen) return undefined;
      const content = await this.#read();
      const isRenewal = this.#seen !== undefined;
      this.#seen = stamp;
      this.#problem = undefined;
      if (isRenewal) this.#note(`renewed certificates are in use: ${this.#paths.join(", ")}`);
      return content;
    } catch (error) {
      const problem = messageOf(error);
      if (problem !== this.#problem) this.#note(`renewed certificates can't be used: ${problem}`);
      this.#problem = problem;
      return undefined;
    }
  }

  /** Of the files' identity, time and length: a rename puts another file there, a write changes the time. */
  async #stamp(): Promise<string> {
    const stats = await Promise.all(this.#paths.map((path) => stat(path, { bigint: true })));
    return stats.map(({ ino, mtimeNs, ctimeNs, size }) => [ino, mtimeNs, ctimeNs, size].join("/")).join();
  }
}
