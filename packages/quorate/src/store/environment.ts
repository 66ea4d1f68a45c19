/**
 * Settings from the environment: ETCD_ and a flag's name in capitals; a flag on the command line must not be
 * there too.
 */
import { CodedError } from "@quorate/base";
import { valueProblem } from "./go-flags.ts";
import { STORE_FLAGS } from "./store-flags.ts";
import type { StoreLog } from "./store-log.ts";

const PREFIX = "ETCD_";

/** The variable of a flag. */
export function variableOf(flag: string): string {
  return PREFIX + flag.toUpperCase().replaceAll("-", "_");
}

/**
 * Adds what the environment sets to `given`. Throws BAD_FLAGS for a value that can't be read, or one that a
 * flag shadows, as etcd does.
 */
export function readEnvironment(
  given: Map<string, string>,
  environment: NodeJS.ProcessEnv,
  log: StoreLog,
): void {
  const onCommandLine = new Set([...given.keys()].map(variableOf));
  const known = new Map(Object.keys(STORE_FLAGS).map((name) => [variableOf(name), name]));
  for (const [variable, value = ""] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || value === "") continue;
    if (variable === "ETCD_VERSION") {
      log.warn("cannot set special environment variable", { key: variable, value });
      continue;
    }
    if (variable === "ETCD_UNSUPPORTED_ARCH" || variable === "ETCD_CONFIG_FILE") continue;
    if (onCommandLine.has(variable)) {
      throw new CodedError(
        "SHADOWED_VARIABLE",
        "conflicting environment variable is shadowed by corresponding command-line flag " +
          `(either unset environment variable or disable flag)): ${variable}`,
      );
    }
    const name = known.get(variable);
    if (name === undefined) {
      log.warn("unrecognized environment variable", { "environment-variable": `${variable}=${value}` });
      continue;
    }
    const problem = valueProblem(STORE_FLAGS[name]!.kind, value);
    if (problem !== undefined) {
      throw new CodedError("BAD_FLAGS", `invalid value ${JSON.stringify(value)} for ${variable}: ${problem}`);
    }
    given.set(name, value);
    log.info("recognized and used environment variable", {
      "variable-name": variable,
      "variable-value": value,
    });
  }
}
