/**
 * Why a value does not fit, in the words of the reference's converter from maps to objects: it reads what a
 * strategic merge patch leaves, and never sees JSON.
 */
import * as plan from "./type-plan.ts";

const SHAPES: ReadonlyMap<number, string> = new Map([
  [plan.MAP, "map from"],
  [plan.LIST, "slice from"],
  [plan.STRUCT, "struct from:"],
]);

/** `code` is the value type that was wanted, `goType` its name in Go. */
export function restoreMessage(code: number, value: unknown, goType: string): string {
  const given = goKind(value);
  const shape = SHAPES.get(code);
  if (shape !== undefined) return `cannot restore ${shape} ${given}`;
  // Go can make a string of an integer, so that this pair gets as far as being refused by name.
  const isConvertible = code === plan.STRING && given === "int64";
  return isConvertible ? `cannot convert int64 to ${goType}` : `unrecognized type: ${goWord(code, goType)}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : "map";
}

function goWord(code: number, goType: string): string {
  if (code === plan.STRING) return "string";
  if (code === plan.BOOL) return "bool";
  return goType;
}
