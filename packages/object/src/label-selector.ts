/**
 * Label selectors: the text form of query parameters and the meta/v1 LabelSelector of specs, both turned into
 * the same requirements. A selector is immutable; `matches` allocates nothing.
 *
 *   a=b,c in (x,y),!d  ->  [a = (b)] [c in (x, y)] [d doesNotExist]
 */
import { type FieldError, invalid, notSupported, textOf } from "./field-error.ts";
import { type Token, type TokenKind, tokenize } from "./label-selector-tokens.ts";
import { checkLabelValue, checkQualifiedName } from "./names.ts";
import { badRequest } from "./statuses.ts";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** meta/v1 LabelSelector as it stands in specs. */
export interface LabelSelectorSpec {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

const INTEGER = /^[+-]?[0-9]+$/;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

function int64Of(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

function matchesRequirement(
  requirement: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "in":
    case "=":
    case "==":
      return value !== undefined && requirement.values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !requirement.values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    default: {
      const left = value === undefined ? undefined : int64Of(value);
      const right = int64Of(requirement.values[0] ?? "");
      if (left === undefined || right === undefined) return false;
      return requirement.operator === "gt" ? left > right : left < right;
    }
  }
}

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Requirements of which all must hold. */
export class LabelSelector {
  static readonly everything: LabelSelector = new LabelSelector([]);
  static readonly nothing: LabelSelector = new LabelSelector([], true);

  readonly requirements: readonly LabelRequirement[];
  /** A null LabelSelector in a spec selects nothing. */
  readonly isNothing: boolean;

  constructor(requirements: readonly LabelRequirement[], isNothing = false) {
    this.requirements = requirements;
    this.isNothing = isNothing;
  }

  get isEverything(): boolean {
    return !this.isNothing && this.requirements.length === 0;
  }

  matches(labels: Readonly<Record<string, string>> | undefined): boolean {
    if (this.isNothing) return false;
    const given = labels ?? NO_LABELS;
    for (const requirement of this.requirements) if (!matchesRequirement(requirement, given)) return false;
    return true;
  }

  /** The text form; parsing it gives an equal selector. */
  toString(): string {
    return this.requirements.map(requirementText).join(",");
  }
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  const list = values.length > 1 ? [...values].sort().join(",") : (values[0] ?? "");
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${list})`;
    case "gt":
      return `${key}>${list}`;
    case "lt":
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

/** Parses the text form; throws a 400 with the reference's text. Requirements are sorted by key. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === "") return LabelSelector.everything;
  try {
    return new Parser(tokenize(text)).parse();
  } catch (error) {
    if (error instanceof SelectorSyntaxError) throw badRequest(error.message);
    throw error;
  }
}

class SelectorSyntaxError extends Error {}

const EXPECTED_OPERATORS = "in, notin, =, ==, !=, gt, lt";
const OPERATORS: Partial<Record<TokenKind, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** `in` and `notin` are plain words wherever no operator can stand. */
  #peek(): Token {
    const token = this.#tokens[this.#position] ?? { kind: "end", text: "" };
    return token.kind === "in" || token.kind === "notin" ? { kind: "word", text: token.text } : token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  parse(): LabelSelector {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === "end") break;
      if (kind !== "word" && kind !== "!") {
        throw new SelectorSyntaxError(`found '${text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const after = this.#next();
      if (after.kind === "end") break;
      if (after.kind !== ",") {
        throw new SelectorSyntaxError(`found '${after.text}', expected: ',' or 'end of string'`);
      }
      const following = this.#peek();
      if (following.kind !== "word" && following.kind !== "!") {
        throw new SelectorSyntaxError(`found '${following.text}', expected: identifier after ','`);
      }
    }
    requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return new LabelSelector(requirements);
  }

  #requirement(): LabelRequirement {
    try {
      return this.#readRequirement();
    } catch (error) {
      if (error instanceof SelectorSyntaxError) {
        throw new SelectorSyntaxError(`unable to parse requirement: ${error.message}`);
      }
      throw error;
    }
  }

  #readRequirement(): LabelRequirement {
    let token = this.#next();
    const negated = token.kind === "!";
    if (negated) token = this.#next();
    if (token.kind !== "word") throw new SelectorSyntaxError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const bad = checkQualifiedName(key);
    if (bad.length > 0) {
      throw new SelectorSyntaxError(textOf(invalid("<nil>", key, bad.join("; "))));
    }
    if (negated) return requirementOf(key, "!", []);
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return requirementOf(key, "exists", []);
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#values() : this.#exactValue();
    return requirementOf(key, operator, values);
  }

  #operator(): LabelOperator {
    const token = this.#tokens[this.#position++] ?? { kind: "end" as const, text: "" };
    const operator = OPERATORS[token.kind];
    if (!operator) throw new SelectorSyntaxError(`found '${token.text}', expected: ${EXPECTED_OPERATORS}`);
    return operator;
  }

  #values(): string[] {
    const open = this.#next();
    if (open.kind !== "(") throw new SelectorSyntaxError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ")") {
      this.#position++;
      return [""];
    }
    if (first.kind !== "word" && first.kind !== ",") {
      throw new SelectorSyntaxError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.#list();
    if (this.#next().kind !== ")") throw new SelectorSyntaxError(`found '${first.text}', expected: ')'`);
    return values;
  }

  /** Comma separated words, of which any may be empty. */
  #list(): string[] {
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      const following = this.#peek();
      if (token.kind === "word") {
        values.add(token.text);
        if (following.kind === ",") continue;
        if (following.kind === ")") break;
        throw new SelectorSyntaxError(`found '${following.text}', expected: ',' or ')'`);
      }
      if (token.kind !== ",") {
        throw new SelectorSyntaxError(`found '${token.text}', expected: ',', or identifier`);
      }
      if (values.size === 0 || following.kind === ",") values.add("");
      if (following.kind === ")") {
        values.add("");
        break;
      }
    }
    return [...values].sort();
  }

  #exactValue(): string[] {
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return [""];
    const token = this.#next();
    if (token.kind !== "word") throw new SelectorSyntaxError(`found '${token.text}', expected: identifier`);
    return [token.text];
  }
}

function requirementOf(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const errors: FieldError[] = [];
  if ((operator === "gt" || operator === "lt") && int64Of(values[0] ?? "") === undefined) {
    const text = "for 'Gt', 'Lt' operators, the value must be an integer";
    errors.push(invalid("values[0]", values[0], text));
  }
  values.forEach((value, index) => {
    const bad = checkLabelValue(value);
    if (bad.length > 0) errors.push(invalid(`values[${index}][${key}]`, value, bad.join("; ")));
  });
  if (errors.length > 0) {
    const texts = errors.map(textOf);
    throw new SelectorSyntaxError(texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
  }
  return { key, operator, values };
}

const SPEC_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/**
 * The selector of a meta/v1 LabelSelector: none selects nothing, an empty one everything. Throws an Error on
 * an operator that does not exist (validation finds it first).
 */
export function labelSelectorFrom(spec: LabelSelectorSpec | undefined | null): LabelSelector {
  if (!spec) return LabelSelector.nothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(spec.matchLabels ?? {})) {
    requirements.push({ key, operator: "=", values: [value] });
  }
  for (const { key, operator: name, values } of spec.matchExpressions ?? []) {
    const operator = SPEC_OPERATORS[name];
    if (!operator) throw badRequest(textOf(notSupported("operator", name, Object.keys(SPEC_OPERATORS))));
    requirements.push({ key, operator, values: values ?? [] });
  }
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return new LabelSelector(requirements);
}

/** `key=value,…` of a plain map (v1 selectors of services and replication controllers), sorted by key. */
export function labelSelectorFromSet(set: Readonly<Record<string, string>> | undefined): LabelSelector {
  const keys = Object.keys(set ?? {}).sort();
  return new LabelSelector(keys.map((key) => ({ key, operator: "=" as const, values: [set![key]!] })));
}

/** A LabelSelector of a spec as kubectl prints it: `<none>`, `<error>`, or the text form. */
export function formatLabelSelector(spec: LabelSelectorSpec | undefined | null): string {
  try {
    const text = labelSelectorFrom(spec).toString();
    return text === "" ? "<none>" : text;
  } catch {
    return "<error>";
  }
}
