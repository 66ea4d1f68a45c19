/**
 * Settings from a YAML file with etcd's names: the flags' own, and those of TLS in
 * `client-transport-security` and `peer-transport-security`. Where there is a file, flags and environment
 * count for nothing.
 */
import { readFile } from "node:fs/promises";
import { CodedError, messageOf } from "@quorate/base";
import { parse } from "yaml";
import { type FlagKind, valueProblem } from "./go-flags.ts";
import { STORE_FLAGS } from "./store-flags.ts";

/** A section's names, and the flags they stand for behind the section's prefix. */
const SECURITY: Readonly<Record<string, string>> = {
  "cert-file": "cert-file",
  "key-file": "key-file",
  "client-cert-file": "client-cert-file",
  "client-key-file": "client-key-file",
  "client-cert-auth": "client-cert-auth",
  "trusted-ca-file": "trusted-ca-file",
  "auto-tls": "auto-tls",
  "allowed-hostname": "cert-allowed-hostname",
  "allowed-cn": "cert-allowed-cn",
  "skip-client-san-verification": "skip-client-san-verification",
};

const DISCOVERY: Readonly<Record<string, string>> = {
  "discovery-endpoints": "discovery-endpoints",
  "discovery-token": "discovery-token",
};

function refused(path: string, why: string): CodedError<"BAD_FLAGS"> {
  return new CodedError("BAD_FLAGS", `--config-file ${path}: ${why}`);
}

/** A scalar or a list as a flag would say it. Go's durations come as nanoseconds where they are numbers. */
function textOf(value: unknown, kind: FlagKind): string | undefined {
  if (Array.isArray(value)) return value.map(String).join(",");
  if (typeof value === "number" && kind === "duration") return `${value}ns`;
  if (["string", "number", "boolean", "bigint"].includes(typeof value)) return String(value);
  return undefined;
}

/** The flags that a file sets. Throws BAD_FLAGS naming file, setting and what is wrong. */
export async function readConfigFile(path: string): Promise<Map<string, string>> {
  let content: unknown;
  try {
    content = parse(await readFile(path, "utf8"));
  } catch (error) {
    throw refused(path, messageOf(error));
  }
  const given = new Map<string, string>();
  if (content === null || content === undefined) return given;
  if (typeof content !== "object" || Array.isArray(content))
    throw refused(path, "it must be a map of settings");
  const set = (name: string, value: unknown, label: string): void => {
    const spec = Object.hasOwn(STORE_FLAGS, name) ? STORE_FLAGS[name] : undefined;
    // As etcd: what it does not know is passed over.
    if (!spec || value === null || value === undefined) return;
    const text = textOf(value, spec.kind);
    if (text === undefined) throw refused(path, `${label} must be one value`);
    if (text === "" && spec.kind !== "text") return;
    const problem = valueProblem(spec.kind, text);
    if (problem !== undefined)
      throw refused(path, `${label}: invalid value ${JSON.stringify(text)}: ${problem}`);
    given.set(name, text);
  };
  for (const [name, value] of Object.entries(content)) {
    if (name === "client-transport-security" || name === "peer-transport-security") {
      readSection(path, name, value, set);
    } else if (name === "discovery-config") {
      for (const [key, part] of Object.entries((value ?? {}) as object)) {
        if (DISCOVERY[key]) set(DISCOVERY[key], part, `${name}.${key}`);
      }
    } else if (name === "discovery-fallback") {
      // A flag only: files say what they like there.
    } else if (name === "experimental-snapshot-catch-up-entries") {
      set("experimental-snapshot-catchup-entries", value, name);
    } else set(name, value, name);
  }
  return given;
}

function readSection(
  path: string,
  section: string,
  value: unknown,
  set: (name: string, value: unknown, label: string) => void,
): void {
  if (value === null || value === undefined) return;
  if (typeof value !== "object" || Array.isArray(value)) throw refused(path, `invalid ${section}`);
  const isPeer = section.startsWith("peer");
  for (const [name, part] of Object.entries(value)) {
    const flag = SECURITY[name];
    if (flag === undefined) continue;
    const own = flag.startsWith("cert-allowed") ? `client-${flag}` : flag;
    set(isPeer ? `peer-${flag}` : own, part, `${section}.${name}`);
  }
}
