/** Reads the fixtures that the reference's own code wrote (scripts/generate-kinds.mjs). */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export interface CodecRow {
  readonly json: string;
  /** Base64. */
  readonly proto: string;
}

export interface DecodeRow {
  readonly input: string;
  readonly error?: string;
  readonly unknown?: readonly string[];
  readonly decoded?: string;
  /** Base64 of the decoded object. */
  readonly proto?: string;
  readonly defaulted?: string;
  readonly converted?: Readonly<Record<string, string>>;
}

export function readFixture<Row>(name: "codec" | "decode"): Row[] {
  const packed = readFileSync(new URL(`../fixtures/${name}.jsonl.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Row);
}
