/**
 * The tag of a container image name: decides the default pull policy. `nginx` -> `latest`, `nginx:1.27` ->
 * `1.27`, `nginx@sha256:...` -> "" (a digest without tag), and "" for what is no image name.
 */

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const DOMAIN_LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@${DIGEST})?$`,
);
const IDENTIFIER = /^[a-f0-9]{64}$/;
/** Bound: no image name is longer; keeps the pattern from running on garbage. */
const NAME_LENGTH_MAX = 4096;

/** The tag, `latest` where neither tag nor digest is given, "" where there is none. */
export function imageTag(image: string): string {
  if (image.length > NAME_LENGTH_MAX || IDENTIFIER.test(image)) return "";
  const match = REFERENCE.exec(image);
  if (match === null) return "";
  if (match[1] !== undefined) return match[1];
  return match[2] === undefined ? "latest" : "";
}
