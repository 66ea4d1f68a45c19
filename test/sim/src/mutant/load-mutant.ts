/**
 * Loads the product with a mutant's edits: a hook of this thread's module loader that changes the text of
 * the files concerned. It fails loudly where a fragment is no longer there, so that no mutant turns into
 * the product unseen.
 */
import { registerHooks } from "node:module";
import type { Mutant } from "./mutant.ts";

function edited(source: string, url: string, { name, edits }: Mutant): string {
  let text = source;
  for (const { file, find, replace } of edits) {
    if (!url.endsWith(`/${file}`)) continue;
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `mutant ${name}: ${file} must hold this once, and holds it ${parts.length - 1} times: ` +
          JSON.stringify(find),
      );
    }
    text = parts.join(replace);
  }
  return text;
}

/**
 * Must be called before the product is imported in this thread. The result tells which files were not
 * loaded.
 */
export function loadMutant(mutant: Mutant): () => readonly string[] {
  const missing = new Set(mutant.edits.map(({ file }) => file));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = mutant.edits.find((edit) => url.endsWith(`/${edit.file}`))?.file;
      if (file === undefined || !loaded.source) return loaded;
      missing.delete(file);
      const source =
        typeof loaded.source === "string"
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: edited(source, url, mutant) };
    },
  });
  return () => [...missing];
}
