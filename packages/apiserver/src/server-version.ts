/**
 * What `/version` says. The Kubernetes version is the reference's that this API matches; the build part names
 * us, in the form that kubectl and helm parse (`v1.37.2+quorate.0.1.0`).
 */
import { readFileSync } from "node:fs";
import { arch, platform } from "node:process";

const KUBERNETES = { major: "1", minor: "37", patch: "2" };
/** The oldest API version that this one is compatible with. */
const MIN_COMPATIBLE_MINOR = "36";
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const PLATFORMS: Readonly<Record<string, string>> = { win32: "windows" };

/** version.Info of the reference. */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly emulationMajor: string;
  readonly emulationMinor: string;
  readonly minCompatibilityMajor: string;
  readonly minCompatibilityMinor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** The version of this package and of the runtime. */
export function serverVersion(): ServerVersion {
  const { major, minor, patch } = KUBERNETES;
  const file = new URL("../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: MIN_COMPATIBLE_MINOR,
    gitVersion: `v${major}.${minor}.${patch}+quorate.${version}`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: `node${process.version.slice(1)}`,
    compiler: "node",
    platform: `${PLATFORMS[platform] ?? platform}/${ARCHITECTURES[arch] ?? arch}`,
  };
}
