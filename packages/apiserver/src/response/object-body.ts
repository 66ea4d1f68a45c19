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
  if (media.encoding === "yaml") return yamlBody(json);
  if (media.pretty) return prettyBody(json);
  const body = Buffer.allocUnsafe(json.length + 1);
  json.copy(body, 0);
  body[json.length] = NEWLINE;
  return body;
}

function prettyBody(json: Buffer): Buffer {
  const text = JSON.stringify(JSON.parse(json.toString("utf8")), null, 2);
  return Buffer.from(escapeHtml(text));
}

/** As the reference's encoder: these five never stand in a JSON text as they are. */
function escapeHtml(text: string): string {
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function yamlBody(json: Buffer): Buffer {
  const value = JSON.parse(json.toString("utf8")) as JsonValue;
  return Buffer.from(stringify(value, YAML_STYLE));
}

/** JSON of an object that was made for this answer. */
export function jsonOf(value: unknown): Buffer {
  return Buffer.from(goJson(value));
}
