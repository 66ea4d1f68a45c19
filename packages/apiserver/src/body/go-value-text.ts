/** Decoded JSON as Go's `%+v` prints it, which the reference shows of a patch that it refuses. */

/** `{"a":["x",null]}` becomes `map[a:[x <nil>]]`; keys are sorted. */
export function goValueText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValueText).join(" ")}]`;
  if (typeof value !== "object") return typeof value === "number" ? numberText(value) : String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([key, inner]) => `${key}:${goValueText(inner)}`).join(" ")}]`;
}

/** Exponents have two digits at least, and begin at 1e+21, as in `%v` of a float. */
function numberText(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}
