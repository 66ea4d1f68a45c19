/**
 * The body of one object from its JSON: as it is with a newline, indented, or as YAML with sorted keys.
 */
import { goJson, type JsonValue } from "@quorate/object";
import { stringify } from "yaml";
import type { MediaType } from "./media-type.ts";

const NEWLINE = 0x0a;
/** YAML 1.1, as Go's: texts that look like times, numbers or booleans are quoted. */
const YAML_STYLE = {
  version: "1.1",
  sortMapEntries: true,
  lineWidth: 0,
  indentSeq: false,
  aliasDuplicateObjects: false,
} as const;

/** `json` is compact JSON without a newline at its end; it is not changed. Not for protobuf. */
export function objectBody(json: Buffer, media: MediaType): Buffer {
  if (media.encoding === "yaml") return Buffer.from(yamlText(parsed(json)));
  if (media.pretty) return Buffer.from(goJson(parsed(json), 2));
  const body = Buffer.allocUnsafe(json.length + 1);
  json.copy(body, 0);
  body[json.length] = NEWLINE;
  return body;
}

function parsed(json: Buffer): JsonValue {
  return JSON.parse(json.toString("utf8")) as JsonValue;
}

/** YAML as the reference writes it, with a newline at its end. */
export function yamlText(value: unknown): string {
  return stringify(value, YAML_STYLE);
}
