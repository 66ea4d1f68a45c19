/** etcd's feature gates, and the flags of before 3.6 that have become such. */
import { CodedError } from "@quorate/base";
import type { FlagValues } from "./flag-values.ts";
import { parseBool } from "./go-flags.ts";
import { EXPERIMENTAL_FEATURES, FEATURES } from "./store-flags.ts";

function refuse(message: string): never {
  throw new CodedError("BAD_FLAGS", message);
}

/** The features as they are. Throws BAD_FLAGS for unknown ones and for what contradicts itself. */
export function readFeatures(values: FlagValues): Readonly<Record<string, boolean>> {
  const features: Record<string, boolean> = { ...FEATURES };
  const given = values.list("feature-gates");
  for (const part of given) {
    const [name = "", value] = part.split("=").map((one) => one.trim());
    if (value === undefined) refuse(`missing bool value for ${name}`);
    const isOn = parseBool(value);
    if (isOn === undefined)
      refuse(`invalid value of ${name}=${value}, err: strconv.ParseBool: invalid syntax`);
    if (name === "AllAlpha" || name === "AllBeta") continue;
    if (!Object.hasOwn(FEATURES, name)) refuse(`unrecognized feature gate: ${name}`);
    features[name] = isOn;
  }
  for (const [flag, feature] of Object.entries(EXPERIMENTAL_FEATURES)) {
    if (!values.isGiven(flag)) continue;
    const value = values.bool(flag);
    if (given.some((part) => part.startsWith(`${feature}=`))) {
      const gate = `--feature-gates=${feature}=${features[feature]}`;
      refuse(
        `cannot specify both flags: --${flag}=${value} and ${gate} at the same time, please just use ${gate}`,
      );
    }
    features[feature] = value;
  }
  if (features.LeaseCheckpointPersist && !features.LeaseCheckpoint) {
    refuse("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint");
  }
  return features;
}
