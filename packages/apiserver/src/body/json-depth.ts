/**
 * Refuses JSON that nests deeper than a bound, before it is parsed: what walks a value afterwards recurses.
 */
import { badRequest } from "@quorate/object";
import { stringEnd } from "./string-end.ts";

/** Throws a 400 where brackets nest deeper than `depthMax`. Short texts can't, and are not looked at. */
export function requireShallow(text: string, depthMax: number): void {
  if (text.length <= depthMax) return;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = stringEnd(text, i);
      // Not ended, so no JSON either: the parser says what is wrong.
      if (i < 0) return;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) throw badRequest(`json: exceeded max depth of ${depthMax}`);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}
