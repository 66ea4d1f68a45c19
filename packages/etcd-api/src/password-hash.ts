/**
 * Passwords at rest: scrypt with a salt of its own each, run on the thread pool. The text names its
 * parameters, so that later ones may be stronger.
 *
 * Deviation: etcd keeps bcrypt hashes; its `hashedPassword` field is taken as a hash of ours.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);

const COST = { N: 16_384, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Bound: what a record may ask of us. */
const N_MAX = 2 ** 17;

/** The text to keep. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64"), key.toString("base64")].join("$");
}

/** Whether the password is the one that was hashed. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [kind, n, r, p, salt, key] = hash.split("$");
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  if (kind !== "scrypt" || !salt || !key || !(cost.N <= N_MAX) || !(cost.r <= 16) || !(cost.p <= 4))
    return false;
  const wanted = Buffer.from(key, "base64");
  const found = await derive(password, Buffer.from(salt, "base64"), wanted.length, cost);
  return timingSafeEqual(found, wanted);
}
