/** Where strings in a JSON text end, found by searching for quotes: faster than looking at each character. */
const BACKSLASH = 0x5c;

/** The index of the quote that ends the string which starts at `start`; -1 where none does. */
export function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text.charCodeAt(end - 1) === BACKSLASH) {
    let slashes = 1;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) break;
    end = text.indexOf('"', end + 1);
  }
  return end;
}
