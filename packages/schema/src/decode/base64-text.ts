/**
 * Base64 in JSON (`[]byte` fields) as Go's decoder takes it: standard alphabet, padding required, line breaks
 * ignored.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const IS_DIGIT = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i++) IS_DIGIT[ALPHABET.charCodeAt(i)] = 1;

/** The text as it will be written again, or the number of the input byte (not text) that is no base64. */
export function canonicalBase64(input: string): string | number {
  const text = input.includes("\n") || input.includes("\r") ? input.replace(/[\r\n]/g, "") : input;
  let end = text.length;
  if (text.endsWith("==")) end -= 2;
  else if (text.endsWith("=")) end -= 1;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || IS_DIGIT[code] === 0) return i;
  }
  if (text.length % 4 !== 0 || end % 4 === 1) return text.length - (text.length % 4 || 4);
  if (end === text.length) return text;
  // Bits behind the last byte are dropped by decoding; writing it again gives zeros.
  const last = ALPHABET.indexOf(text[end - 1]!);
  const spare = text.length - end === 2 ? 0b1111 : 0b11;
  if ((last & spare) === 0) return text;
  return text.slice(0, end - 1) + ALPHABET[last & ~spare]! + text.slice(end);
}
