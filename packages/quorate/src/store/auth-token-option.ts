/** What --auth-token says: `simple`, or `jwt` with its options behind commas. */
import { readFile } from "node:fs/promises";
import { CodedError, messageOf } from "@quorate/base";
import type { JwtOptions } from "@quorate/etcd-api";
import { parseDuration } from "./go-flags.ts";

function refused(why: string): CodedError<"BAD_FLAGS"> {
  return new CodedError("BAD_FLAGS", `--auth-token: ${why}`);
}

async function readKey(option: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw refused(`${option}=${path} can't be read: ${messageOf(error)}`);
  });
}

/** Undefined for simple tokens. Throws BAD_FLAGS naming the option that is wrong. */
export async function readAuthToken(text: string): Promise<JwtOptions | undefined> {
  const [kind, ...parts] = text.split(",");
  if (kind === "" || kind === "simple") return undefined;
  if (kind !== "jwt") throw refused(`auth: invalid auth options: unknown token type ${kind}`);
  const options = new Map<string, string>();
  for (const part of parts) {
    const [name, value, more] = part.split("=");
    if (!name || value === undefined || more !== undefined)
      throw refused(`invalid option ${JSON.stringify(part)}`);
    if (options.has(name)) throw refused(`${name} is given twice`);
    options.set(name, value);
  }
  const signMethod = options.get("sign-method");
  if (!signMethod) throw refused("jwt needs a sign-method");
  const [publicFile, privateFile, ttl] = [
    options.get("pub-key"),
    options.get("priv-key"),
    options.get("ttl"),
  ];
  const ttlMs = ttl === undefined ? undefined : parseDuration(ttl);
  if (ttl !== undefined && ttlMs === undefined) throw refused(`ttl=${ttl} is no duration`);
  return {
    signMethod,
    ...(publicFile ? { publicKey: await readKey("pub-key", publicFile) } : undefined),
    ...(privateFile ? { privateKey: await readKey("priv-key", privateFile) } : undefined),
    ...(ttlMs === undefined ? undefined : { ttlSeconds: ttlMs / 1000 }),
  };
}
