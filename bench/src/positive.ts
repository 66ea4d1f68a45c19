/** The whole number from 1 on that a flag gives; throws an Error of one line that names the flag. */
export function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${flag} must be a whole number from 1 on, not "${text}"`);
  return value;
}
