/**
 * JSON Web Tokens as etcd's `--auth-token=jwt,...` makes them: claims `username`, `revision` and `exp`,
 * signed with the operator's key. A member with the public key only can check tokens but not give them.
 */
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { CodedError } from "@quorate/base";
import type { Caller } from "@quorate/mvcc";

/** The key material, PEM (or the secret itself for HS methods). */
export interface JwtOptions {
  readonly signMethod: string;
  readonly publicKey?: string | Buffer;
  readonly privateKey?: string | Buffer;
  /** etcd's default is five minutes. */
  readonly ttlSeconds?: number;
}

const TTL_SECONDS = 300;

interface Header {
  readonly alg?: string;
}

interface Claims {
  readonly username?: unknown;
  readonly revision?: unknown;
  readonly exp?: unknown;
}

/** Signs and verifies. Throws BAD_JWT_OPTIONS where the key does not suit the method. */
export class JwtSigner {
  readonly #method: string;
  readonly #ttlSeconds: number;
  readonly #private: KeyObject | undefined;
  readonly #public: KeyObject | undefined;
  readonly #secret: Buffer | undefined;

  constructor(options: JwtOptions) {
    if (!/^((HS|RS|PS|ES)(256|384|512)|EdDSA)$/.test(options.signMethod)) {
      throw badOptions(
        `the sign-method ${options.signMethod} is unknown: use RS256, ES256, HS256, EdDSA, ...`,
      );
    }
    this.#method = options.signMethod;
    this.#ttlSeconds = options.ttlSeconds ?? TTL_SECONDS;
    const { privateKey, publicKey } = options;
    if (this.#isHmac) {
      const secret = privateKey ?? publicKey;
      if (!secret) throw badOptions(`${options.signMethod} needs a priv-key`);
      this.#secret = Buffer.from(secret);
      return;
    }
    try {
      this.#private = privateKey ? createPrivateKey(privateKey) : undefined;
      this.#public = publicKey ? createPublicKey(publicKey) : this.#private && createPublicKey(this.#private);
    } catch (error) {
      throw badOptions(`the key can't be read as PEM: ${(error as Error).message}`);
    }
    if (!this.#public) throw badOptions(`${options.signMethod} needs a pub-key or a priv-key`);
  }

  /** Undefined where only the public key is known. */
  sign(user: string, authRevision: number, nowSeconds: number): string | undefined {
    const claims = { username: user, revision: authRevision, exp: Math.floor(nowSeconds) + this.#ttlSeconds };
    const body = `${encode({ alg: this.#method, typ: "JWT" })}.${encode(claims)}`;
    const signature = this.#sign(body);
    return signature && `${body}.${signature.toString("base64url")}`;
  }

  /** Whose token it is; undefined for one that is not good. */
  verify(token: string, nowSeconds: number): Caller | undefined {
    const [head, body, signature, more] = token.split(".");
    if (!head || !body || !signature || more !== undefined) return undefined;
    const header = decode<Header>(head);
    const claims = decode<Claims>(body);
    if (header?.alg !== this.#method || !claims) return undefined;
    if (!this.#verify(`${head}.${body}`, Buffer.from(signature, "base64url"))) return undefined;
    const { username, revision, exp } = claims;
    if (typeof username !== "string" || typeof revision !== "number") return undefined;
    if (typeof exp === "number" && exp < nowSeconds) return undefined;
    return { user: username, authRevision: revision };
  }

  get #isHmac(): boolean {
    return this.#method.startsWith("HS");
  }

  get #digest(): string | undefined {
    return this.#method === "EdDSA" ? undefined : `sha${this.#method.slice(2)}`;
  }

  #keyOptions(key: KeyObject) {
    if (this.#method.startsWith("PS")) {
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    }
    return this.#method.startsWith("ES") ? { key, dsaEncoding: "ieee-p1363" as const } : { key };
  }

  #sign(text: string): Buffer | undefined {
    if (this.#secret) return createHmac(this.#digest!, this.#secret).update(text).digest();
    if (!this.#private) return undefined;
    return sign(this.#digest, Buffer.from(text), this.#keyOptions(this.#private));
  }

  #verify(text: string, signature: Buffer): boolean {
    if (this.#secret) {
      const wanted = createHmac(this.#digest!, this.#secret).update(text).digest();
      return wanted.length === signature.length && timingSafeEqual(wanted, signature);
    }
    try {
      return verify(this.#digest, Buffer.from(text), this.#keyOptions(this.#public!), signature);
    } catch {
      // A key of another kind than the method's.
      return false;
    }
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Value;
  } catch {
    return undefined;
  }
}

function badOptions(message: string): CodedError<"BAD_JWT_OPTIONS"> {
  return new CodedError("BAD_JWT_OPTIONS", `--auth-token: ${message}`);
}
