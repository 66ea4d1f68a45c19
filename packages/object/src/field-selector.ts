/**
 * Field selectors: `a=b`, `a==b`, `a!=b` joined by commas; `\` escapes `\`, `,` and `=` in values. Which
 * fields a kind offers is checked by `requireFields`, with the reference's 400.
 */
import { badRequest } from "./statuses.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Reads the value of a selectable field; absent fields are "". */
export type FieldReader = (field: string) => string;

/** Requirements of which all must hold. Immutable. */
export class FieldSelector {
  static readonly everything: FieldSelector = new FieldSelector([]);

  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  get isEverything(): boolean {
    return this.requirements.length === 0;
  }

  matches(read: FieldReader): boolean {
    for (const { field, operator, value } of this.requirements) {
      if ((read(field) === value) !== (operator === "=")) return false;
    }
    return true;
  }

  /** The value that the field must have, where the selector names exactly one. */
  exactValue(field: string): string | undefined {
    return this.requirements.find((item) => item.field === field && item.operator === "=")?.value;
  }

  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
      .join(",");
  }
}

export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

/** Parses the text form; throws a 400 with the reference's text. */
export function parseFieldSelector(text: string): FieldSelector {
  if (text === "") return FieldSelector.everything;
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === "") continue;
    const split = /!=|==|=/.exec(term);
    if (!split) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const value = unescapeFieldValue(term.slice(split.index + split[0].length));
    const operator = split[0] === "!=" ? "!=" : "=";
    requirements.push({ field: term.slice(0, split.index), operator, value });
  }
  return new FieldSelector(requirements);
}

/**
 * Maps every field by `convert` (old names, versions); `undefined` is a field that the kind does not offer:
 * 400.
 */
export function requireFields(
  selector: FieldSelector,
  convert: (field: string) => string | undefined,
): FieldSelector {
  if (selector.isEverything) return selector;
  const requirements = selector.requirements.map((item) => {
    const field = convert(item.field);
    if (field === undefined) throw badRequest(`field label not supported: ${item.field}`);
    return field === item.field ? item : { ...item, field };
  });
  return new FieldSelector(requirements);
}

/** Splits at commas that are not escaped; the escapes stay. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeFieldValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === "\\") {
      const next = text[++i] ?? "";
      if (next === "" || !"\\,=".includes(next)) {
        throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      }
      value += next;
    } else if (char === "," || char === "=") {
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    } else value += char;
  }
  return value;
}
