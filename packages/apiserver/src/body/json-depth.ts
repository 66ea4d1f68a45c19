/**
 * Refuses JSON that nests deeper than a bound, before it is parsed: what walks a value afterwards recurses.
 */
import { badRequest } from "@quorate/object";

/** Throws a 400 where brackets nest deeper than `depthMax`. Short texts can't, and are not looked at. */
export function requireShallow(text: string, depthMax: number): void {
  if (text.length <= depthMax) return;
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isString = false;
    } else if (code === 0x22) isString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) throw badRequest(`json: exceeded max depth of ${depthMax}`);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}
