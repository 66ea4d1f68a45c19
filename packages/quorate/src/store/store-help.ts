/** What `quorate store` says of itself. */
import { ETCD_VERSION } from "@quorate/etcd-api";
import { ownVersion } from "../command/version-command.ts";
import { FLAG_GROUPS } from "./store-flags.ts";

const COLUMN = 46;

/** Behind the line that says what is wrong. */
export const USAGE_LINES = `
Usage:

  quorate store [flags]
    Start a store that is etcd v3 to its clients.

  quorate store --version
    Show the version.

  quorate store -h | --help
    Show the flags.

  quorate store --config-file
    Path to the configuration file. Other flags and environment variables are passed over then.
`;

/** All flags with their defaults. */
export function helpText(): string {
  let text = USAGE_LINES;
  for (const [heading, flags] of FLAG_GROUPS) {
    text += `\n${heading}:\n`;
    for (const [name, [kind, initial, description]] of Object.entries(flags)) {
      const shown = kind === "bool" || kind === "uint" || kind === "int" ? initial : `'${initial}'`;
      text += `  ${`--${name} ${shown}`.padEnd(COLUMN)} ${description}\n`;
    }
  }
  return text;
}

/** As etcd's `--version`; tools read the first line. */
export function versionText(): string {
  return [
    `etcd Version: ${ETCD_VERSION}`,
    `Git SHA: quorate-${ownVersion()}`,
    `Go Version: none (Node ${process.versions.node})`,
    `Go OS/Arch: ${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
    "",
  ].join("\n");
}
