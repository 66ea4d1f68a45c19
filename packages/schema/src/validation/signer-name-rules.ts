/** The names of signers, `example.com/name`, wherever a kind asks for one. */
import { checkDns1123Label, checkDns1123Subdomain } from "@quorate/object";
import type { Findings } from "./findings.ts";

const DOMAIN_BYTES_MAX = 253;
/** Room for a namespace and a name in the path. */
const SIGNER_BYTES_MAX = DOMAIN_BYTES_MAX + 1 + 253 + 63 + 1;
const FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'";

/** A domain of at least two labels, a slash, a path of subdomains. */
export function validateSignerName(signer: string, field: string, findings: Findings): void {
  if (signer === "") {
    findings.required(field);
    return;
  }
  const [domain = "", path = "", ...more] = signer.split("/");
  if (!signer.includes("/") || more.length > 0) {
    findings.invalid(field, signer, FORM);
    return;
  }
  if (Buffer.byteLength(domain) > DOMAIN_BYTES_MAX) findings.tooLong(field, DOMAIN_BYTES_MAX);
  validateSegments(domain, checkDns1123Label, field, findings);
  if (!domain.includes(".")) {
    findings.invalid(field, domain, "should be a domain with at least two segments separated by dots");
  }
  validateSegments(path, checkDns1123Subdomain, field, findings);
  if (Buffer.byteLength(signer) > SIGNER_BYTES_MAX) findings.tooLong(field, SIGNER_BYTES_MAX);
}

/** The first bad segment only: what follows would say the same again. */
function validateSegments(
  text: string,
  check: (segment: string) => string[],
  field: string,
  findings: Findings,
): void {
  for (const segment of text.split(".")) {
    const bad = check(segment);
    for (const detail of bad) {
      findings.invalid(field, text, `validating label ${JSON.stringify(segment)}: ${detail}`);
    }
    if (bad.length > 0) return;
  }
}
