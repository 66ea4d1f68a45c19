/**
 * The keys of service account tokens: one signs, all verify. A key is named by the hash of its public part,
 * as the reference names it, so that every member publishes the same key set.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { CodedError, messageOf } from "@quorate/base";

/** JSON Web Algorithms that keys of ours can have. */
export type TokenAlgorithm = "RS256" | "ES256" | "ES384" | "ES512";

const CURVES: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
const HASHES: Readonly<Record<TokenAlgorithm, string>> = {
  RS256: "sha256",
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
};

/** One key, for verifying and, where it has a private part, for signing. */
export class TokenKey {
  readonly id: string;
  readonly algorithm: TokenAlgorithm;
  readonly #public: KeyObject;
  readonly #private: KeyObject | undefined;

  /** Reads a PEM of either half. Throws CodedError `BadTokenKey` that says what is wrong with it. */
  constructor(pem: string) {
    try {
      this.#private = pem.includes("PRIVATE KEY") ? createPrivateKey(pem) : undefined;
      this.#public = createPublicKey(pem);
    } catch (error) {
      throw new CodedError(
        "BadTokenKey",
        `the key of service account tokens can't be read: ${messageOf(error)}`,
      );
    }
    this.algorithm = algorithmOf(this.#public);
    const der = this.#public.export({ type: "spki", format: "der" });
    this.id = createHash("sha256").update(der).digest("base64url");
  }

  get canSign(): boolean {
    return this.#private !== undefined;
  }

  /** The signature of `text`, in the form of JSON Web Signatures. */
  sign(text: string): Buffer {
    const key = this.#private;
    if (key === undefined) throw new CodedError("BadTokenKey", "a public key can't sign tokens");
    return sign(HASHES[this.algorithm], Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  }

  /** Whether `signature` is that of `text`. */
  verifies(text: string, signature: Buffer): boolean {
    const key = { key: this.#public, dsaEncoding: "ieee-p1363" } as const;
    return verify(HASHES[this.algorithm], Buffer.from(text), key, signature);
  }

  /** RFC 7517, the public half. */
  toJwk(): Record<string, unknown> {
    return { use: "sig", kid: this.id, alg: this.algorithm, ...this.#public.export({ format: "jwk" }) };
  }
}

function algorithmOf(key: KeyObject): TokenAlgorithm {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (curve !== undefined) return curve;
  const wanted = "it must be RSA or ECDSA on P-256, P-384 or P-521";
  const message = `the key of service account tokens is of type ${key.asymmetricKeyType}; ${wanted}`;
  throw new CodedError("BadTokenKey", message);
}
