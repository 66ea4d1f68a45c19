/**
 * YAML bodies as the reference reads them: one document, YAML 1.1 booleans, merge keys, no timestamps or
 * binary tags. Bound: aliases may not blow a document up.
 */
import { badRequest } from "@quorate/object";
import { parseDocument, type Tags } from "yaml";

const ALIASES_MAX = 100;
const NOT_IN_GO: ReadonlySet<string> = new Set([
  "tag:yaml.org,2002:timestamp",
  "tag:yaml.org,2002:binary",
  "tag:yaml.org,2002:omap",
  "tag:yaml.org,2002:pairs",
  "tag:yaml.org,2002:set",
]);

/** A document as plain JSON. */
export interface ParsedYaml {
  readonly value: unknown;
  /** Paths or texts of keys that stand twice. */
  readonly duplicates: readonly string[];
}

/** Throws a 400 with the position of the fault. */
export function parseYaml(text: string): ParsedYaml {
  const document = parseDocument(text, {
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    stringKeys: true,
    customTags: (tags: Tags) =>
      tags.filter((tag) => typeof tag === "string" || !(NOT_IN_GO.has(tag.tag) || isSexagesimal(tag))),
  });
  const fault = document.errors[0];
  if (fault !== undefined)
    throw badRequest(`error converting YAML to JSON: yaml: ${fault.message.split("\n")[0]}`);
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), duplicates: [] };
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
}

/** Base-60 numbers (`1:30`) are texts for Go. */
function isSexagesimal(tag: object): boolean {
  return (tag as { format?: string }).format === "TIME";
}
