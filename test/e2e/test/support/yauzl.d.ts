/** What is used of yauzl, which brings no types. */
declare module "yauzl" {
  import type { Readable } from "node:stream";
  export interface Entry {
    readonly fileName: string;
  }
  export interface ZipFile {
    eachEntry(): AsyncIterable<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
  }
  export function openPromise(path: string, options: { readonly lazyEntries: true }): Promise<ZipFile>;
}
