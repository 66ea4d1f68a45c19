/**
 * `--controllers` as kube-controller-manager reads it: `*` for all that are on by default, `name` to turn one
 * on, `-name` to turn it off. The first word for a controller counts.
 */
import { CodedError } from "@quorate/base";

/** The loops that a kube-controller-manager beside us would run too, by its names. */
export const CONTROLLER_NAMES = [
  "namespace-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "clusterrole-aggregation-controller",
  "persistentvolumeclaim-protection-controller",
  "persistentvolume-protection-controller",
  "volumeattributesclass-protection-controller",
] as const;

/** One of CONTROLLER_NAMES. */
export type ControllerName = (typeof CONTROLLER_NAMES)[number];

/** Throws BAD_FLAGS for a name that no controller has. */
export function selectControllers(words: readonly string[]): ReadonlySet<ControllerName> {
  for (const word of words) {
    const name = word.replace(/^-/, "");
    if (name === "*" || CONTROLLER_NAMES.includes(name as ControllerName)) continue;
    const known = CONTROLLER_NAMES.join(", ");
    throw new CodedError("BAD_FLAGS", `--controllers names "${name}", which is none of ${known}`);
  }
  const isOn = (name: ControllerName) => {
    const word = words.find((one) => one === name || one === `-${name}`);
    return word === undefined ? words.includes("*") : word === name;
  };
  return new Set(CONTROLLER_NAMES.filter(isOn));
}
