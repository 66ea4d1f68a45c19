/** What the reference makes of the inputs in scripts/generate/objects: the expected values of these tests. */
import { readFileSync } from "node:fs";
import type { JsonObject, JsonValue } from "../../src/index.ts";

export interface Row<Input, Output> {
  readonly input: Input;
  readonly output?: Output;
  readonly error?: string;
}

interface Selected {
  readonly text: string;
  readonly matches: readonly boolean[];
}

export interface PatchInput {
  readonly document: JsonObject;
  readonly patch: JsonValue;
}

interface Reference {
  readonly quantities: readonly Row<string, { text: string; value: number; milli: number; format: string }>[];
  readonly labelSelectors: readonly Row<string, Selected>[];
  readonly labelSets: readonly Record<string, string>[];
  readonly fieldSelectors: readonly Row<string, Selected>[];
  readonly fieldSets: readonly Record<string, string>[];
  readonly names: Readonly<Record<string, readonly Row<string, readonly string[]>[]>>;
  readonly durations: {
    readonly human: readonly Row<number, string>[];
    readonly short: readonly Row<number, string>[];
    readonly go: readonly Row<string, { nanoseconds: number; text: string }>[];
  };
  readonly patches: Readonly<Record<"json" | "merge" | "strategic", readonly Row<PatchInput, JsonValue>[]>>;
}

export const reference = JSON.parse(
  readFileSync(new URL("../fixtures/reference.json", import.meta.url), "utf8"),
) as Reference;
