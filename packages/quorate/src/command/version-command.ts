/** `quorate version`: what this is, and which versions of the references it behaves like. */
import { readFileSync } from "node:fs";
import { Command } from "commander";

/** What clients are told in /version, and what the store says of itself. */
export const KUBERNETES_VERSION = "1.37";
/** What the store behaves like. */
export const ETCD_VERSION = "3.6";

/** The version in package.json. */
export function ownVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** The command with its flags. */
export function versionCommand(): Command {
  return new Command("version")
    .description("say which version this is")
    .option("-o, --output <form>", "json or text", "text")
    .action(({ output }: { output: string }) => {
      const version = {
        quorate: ownVersion(),
        kubernetes: KUBERNETES_VERSION,
        etcd: ETCD_VERSION,
        node: process.versions.node,
      };
      const text = Object.entries(version).map(([name, value]) => `${name} ${value}`);
      process.stdout.write(`${output === "json" ? JSON.stringify(version) : text.join("\n")}\n`);
    });
}
