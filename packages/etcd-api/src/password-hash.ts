/**
 * Passwords at rest, as etcd keeps them: bcrypt, at the cost that --bcrypt-cost says, run on the thread pool.
 * So the users of a backup can log in wherever it is restored, at etcd or here. Hashes that 0.1.0 has made
 * (scrypt, with its parameters in the text) are still known.
 */
import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { CodedError } from "@quorate/base";

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);

/** etcd's --bcrypt-cost. */
export const BCRYPT_COST = 10;
/** More bytes of a password than bcrypt looks at. */
const PASSWORD_BYTES_MAX = 72;
/** Bound: what a record may ask of us. */
const BCRYPT_COST_MAX = 20;
const SCRYPT_N_MAX = 2 ** 17;

/** The library is native and rarely needed: it is loaded by the first password. */
function bcrypt(): Promise<typeof import("@node-rs/bcrypt")> {
  return import("@node-rs/bcrypt");
}

/** The text to keep. Throws PASSWORD_TOO_LONG, as etcd refuses it. */
export async function hashPassword(password: string, cost = BCRYPT_COST): Promise<string> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    throw new CodedError("PASSWORD_TOO_LONG", `bcrypt: password length exceeds ${PASSWORD_BYTES_MAX} bytes`);
  }
  return (await bcrypt()).hash(password, { cost, version: "2a" });
}

/** Whether the password is the one that was hashed. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  if (hash.startsWith("scrypt$")) return isScryptPassword(password, hash);
  const cost = /^\$2[abxy]\$(\d\d)\$/.exec(hash)?.[1];
  // Compat: as Go's bcrypt, which knows no password that is cut off.
  if (!cost || Number(cost) > BCRYPT_COST_MAX || Buffer.byteLength(password) > PASSWORD_BYTES_MAX)
    return false;
  return (await bcrypt()).verify(password, hash);
}

async function isScryptPassword(password: string, hash: string): Promise<boolean> {
  const [, n, r, p, salt, key] = hash.split("$");
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  if (!salt || !key || !(cost.N <= SCRYPT_N_MAX) || !(cost.r <= 16) || !(cost.p <= 4)) return false;
  const wanted = Buffer.from(key, "base64");
  const found = await derive(password, Buffer.from(salt, "base64"), wanted.length, cost);
  return timingSafeEqual(found, wanted);
}
