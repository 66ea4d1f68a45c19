/**
 * The name grammars of Kubernetes, with the reference's texts. Each check returns what is wrong, an empty
 * list where the name is good. Lengths are in bytes for ASCII grammars, which is all that pass.
 */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const UNDERSCORE = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const PERCENT = "[0-9]+%";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const HEADER = "[-A-Za-z0-9]+";

const labelRegex = new RegExp(`^${LABEL}$`);
const subdomainRegex = new RegExp(`^${SUBDOMAIN}$`);
const underscoreRegex = new RegExp(`^${UNDERSCORE}$`);
const dns1035Regex = new RegExp(`^${DNS1035}$`);
const qualifiedRegex = new RegExp(`^${QUALIFIED}$`);
const labelValueRegex = new RegExp(`^${LABEL_VALUE}$`);
const cIdentifierRegex = new RegExp(`^${C_IDENTIFIER}$`);
const wildcardRegex = new RegExp(`^\\*\\.${SUBDOMAIN}$`);
const percentRegex = new RegExp(`^${PERCENT}$`);
const configKeyRegex = new RegExp(`^${CONFIG_KEY}$`);
const headerRegex = new RegExp(`^${HEADER}$`);

export const LABEL_BYTES_MAX = 63;
export const SUBDOMAIN_BYTES_MAX = 253;

/**
 * `text (e.g. 'a',  or 'b', regex used for validation is 'r')`: odd commas included, as the reference has
 * them.
 */
export function regexText(text: string, regex: string, ...examples: string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${regex}')`;
  const list = examples.map((example) => `'${example}', `).join(" or ");
  return `${text} (e.g. ${list}regex used for validation is '${regex}')`;
}

/** `must be no more than N bytes` (older checks say characters). */
export function maxBytesText(max: number): string {
  return `must be no more than ${max} bytes`;
}

export function maxCharactersText(max: number): string {
  return `must be no more than ${max} characters`;
}

export function rangeText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
  "and must start and end with an alphanumeric character";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character";
const UNDERSCORE_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', " +
  "and must start and end with an alphanumeric character";
const DNS1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
  "start with an alphabetic character, and end with an alphanumeric character";
const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist " +
  "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
  "and must start and end with an alphanumeric character";
const C_IDENTIFIER_TEXT =
  "a valid C identifier must start with alphabetic character or '_', " +
  "followed by a string of alphanumeric characters or '_'";
const PERCENT_TEXT = "a valid percent string must be a numeric string followed by an ending '%'";
const CONFIG_KEY_TEXT = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const HEADER_TEXT = "a valid HTTP header must consist of alphanumeric characters or '-'";

/** RFC 1123 label: namespaces, pods' hostnames, container names. */
export function checkDns1123Label(value: string): string[] {
  const errors: string[] = [];
  if (value.length > LABEL_BYTES_MAX) errors.push(maxCharactersText(LABEL_BYTES_MAX));
  if (!labelRegex.test(value)) {
    if (subdomainRegex.test(value)) errors.push("must not contain dots");
    else errors.push(regexText(LABEL_TEXT, LABEL, "my-name", "123-abc"));
  }
  return errors;
}

/** RFC 1123 subdomain: the names of most kinds. */
export function checkDns1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (value.length > SUBDOMAIN_BYTES_MAX) errors.push(maxCharactersText(SUBDOMAIN_BYTES_MAX));
  if (!subdomainRegex.test(value)) errors.push(regexText(SUBDOMAIN_TEXT, SUBDOMAIN, "example.com"));
  return errors;
}

/** RFC 1123 subdomain whose labels may hold underscores: DNS search paths. */
export function checkSubdomainWithUnderscore(value: string): string[] {
  const errors: string[] = [];
  if (value.length > SUBDOMAIN_BYTES_MAX) errors.push(maxCharactersText(SUBDOMAIN_BYTES_MAX));
  if (!underscoreRegex.test(value)) errors.push(regexText(UNDERSCORE_TEXT, UNDERSCORE, "example.com"));
  return errors;
}

/** RFC 1035 label: the names of services. */
export function checkDns1035Label(value: string): string[] {
  const errors: string[] = [];
  if (value.length > LABEL_BYTES_MAX) errors.push(maxCharactersText(LABEL_BYTES_MAX));
  if (!dns1035Regex.test(value)) errors.push(regexText(DNS1035_TEXT, DNS1035, "my-name", "abc-123"));
  return errors;
}

/** `*.example.com`: hosts of ingress rules. */
export function checkWildcardSubdomain(value: string): string[] {
  const errors: string[] = [];
  if (value.length > SUBDOMAIN_BYTES_MAX) errors.push(maxCharactersText(SUBDOMAIN_BYTES_MAX));
  if (!wildcardRegex.test(value)) {
    errors.push(regexText(WILDCARD_TEXT, `\\*\\.${SUBDOMAIN}`, "*.example.com"));
  }
  return errors;
}

/** `[prefix/]name`: label keys, annotation keys, finalizers, resource names. */
export function checkQualifiedName(value: string): string[] {
  const parts = value.split("/");
  const errors: string[] = [];
  const examples = regexText(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc");
  if (parts.length > 2) {
    return [
      `a valid label key ${examples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === "") errors.push("prefix part must be non-empty");
    else for (const text of checkPrefix(prefix)) errors.push(`prefix part ${text}`);
  }
  if (name === "") errors.push("name part must be non-empty");
  else if (name.length > LABEL_BYTES_MAX) errors.push(`name part ${maxBytesText(LABEL_BYTES_MAX)}`);
  if (!qualifiedRegex.test(name)) errors.push(`name part ${examples}`);
  return errors;
}

function checkPrefix(prefix: string): string[] {
  const errors: string[] = [];
  if (prefix.length > SUBDOMAIN_BYTES_MAX) errors.push(maxBytesText(SUBDOMAIN_BYTES_MAX));
  if (!subdomainRegex.test(prefix)) errors.push(regexText(SUBDOMAIN_TEXT, SUBDOMAIN, "example.com"));
  return errors;
}

export function checkLabelValue(value: string): string[] {
  const errors: string[] = [];
  if (value.length > LABEL_BYTES_MAX) errors.push(maxBytesText(LABEL_BYTES_MAX));
  if (!labelValueRegex.test(value)) {
    errors.push(regexText(LABEL_VALUE_TEXT, LABEL_VALUE, "MyValue", "my_value", "12345"));
  }
  return errors;
}

export function checkCIdentifier(value: string): string[] {
  if (cIdentifierRegex.test(value)) return [];
  return [regexText(C_IDENTIFIER_TEXT, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")];
}

/** The name of an environment variable: printable ASCII except `=`. */
export function checkEnvName(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  if (/^[ -<>-~]*$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap or Secret. */
export function checkConfigKey(value: string): string[] {
  const errors: string[] = [];
  if (value.length > SUBDOMAIN_BYTES_MAX) errors.push(maxCharactersText(SUBDOMAIN_BYTES_MAX));
  if (!configKeyRegex.test(value)) {
    errors.push(regexText(CONFIG_KEY_TEXT, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"));
  }
  if (value === ".") errors.push("must not be '.'");
  else if (value === "..") errors.push("must not be '..'");
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

export function checkHttpHeaderName(value: string): string[] {
  return headerRegex.test(value) ? [] : [regexText(HEADER_TEXT, HEADER, "X-Header-Name")];
}

export function checkPercent(value: string): string[] {
  return percentRegex.test(value) ? [] : [regexText(PERCENT_TEXT, PERCENT, "1%", "93%")];
}

export function checkPortNumber(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [rangeText(1, 65535)];
}

/** IANA service name: the names of ports. */
export function checkPortName(port: string): string[] {
  const errors: string[] = [];
  if (port.length > 15) errors.push(maxCharactersText(15));
  if (!/^[-a-z0-9]+$/.test(port)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** Path segments of RBAC names and others that only have to fit into a URL. */
export function checkPathSegment(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  const errors: string[] = [];
  for (const bad of ["/", "%"]) if (value.includes(bad)) errors.push(`may not contain '${bad}'`);
  return errors;
}

/** generateName is checked as a prefix: its last dash stands for what will be appended. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}
