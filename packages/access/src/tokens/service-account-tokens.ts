/**
 * Makes and checks the signed tokens of service accounts (JWT). Whether what a token names still exists is
 * the authenticator's business.
 */
import { randomUUID } from "node:crypto";
import { type Clock, CodedError } from "@quorate/base";
import type { ServiceAccountClaims, TokenBindings, TokenReference } from "./service-account-claims.ts";
import { TokenKey } from "./token-keys.ts";

/** The names and keys of an issuer. */
export interface ServiceAccountTokensOptions {
  /** What `iss` says: the first of --service-account-issuer. */
  readonly issuer: string;
  /** Further issuers that are accepted. */
  readonly otherIssuers?: readonly string[];
  /** Of the API server; the issuer where absent. */
  readonly audiences?: readonly string[];
  /** PEM of the key that signs. */
  readonly signingKey: string;
  /** PEM of further keys that verify. */
  readonly otherKeys?: readonly string[];
  readonly clock: Clock;
}

/** What a token is to say. */
export interface TokenWish {
  readonly namespace: string;
  readonly account: TokenReference;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** Seconds from now; 0 for never. */
  readonly warnAfterSeconds: number;
  readonly bindings: TokenBindings;
}

/** A user that is a service account: `system:serviceaccount:<namespace>:<name>`. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The issuer of one cluster. */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly #issuers: ReadonlySet<string>;
  readonly #signer: TokenKey;
  readonly #keys: ReadonlyMap<string, TokenKey>;
  readonly #clock: Clock;

  /** Throws CodedError `BadTokenKey` for a key that can't be used. */
  constructor(options: ServiceAccountTokensOptions) {
    this.issuer = options.issuer;
    this.audiences = options.audiences ?? [options.issuer];
    this.#issuers = new Set([options.issuer, ...(options.otherIssuers ?? [])]);
    this.#signer = new TokenKey(options.signingKey);
    if (!this.#signer.canSign) {
      throw new CodedError("BadTokenKey", "the key that signs service account tokens must be a private key");
    }
    const keys = [this.#signer, ...(options.otherKeys ?? []).map((pem) => new TokenKey(pem))];
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#clock = options.clock;
  }

  /** The signed token. */
  issue(wish: TokenWish): string {
    const now = Math.floor(this.#clock.wallMs() / 1000);
    const { namespace, account, bindings, warnAfterSeconds } = wish;
    const claims: ServiceAccountClaims = {
      aud: wish.audiences,
      exp: now + wish.expirationSeconds,
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      "kubernetes.io": {
        namespace,
        ...bindings,
        serviceaccount: account,
        ...(warnAfterSeconds > 0 ? { warnafter: now + warnAfterSeconds } : {}),
      },
      nbf: now,
      sub: serviceAccountUser(namespace, account.name),
    };
    const text = `${encode({ alg: this.#signer.algorithm, kid: this.#signer.id })}.${encode(claims)}`;
    return `${text}.${this.#signer.sign(text).toString("base64url")}`;
  }

  /**
   * The claims of a token that we have signed, that is valid now and meant for one of `audiences`; undefined
   * for any other.
   */
  verify(token: string, audiences: readonly string[] = this.audiences): ServiceAccountClaims | undefined {
    const [head, body, signature, ...more] = token.split(".");
    if (!head || !body || !signature || more.length > 0) return undefined;
    const { alg, kid } = decode(head);
    const key = typeof kid === "string" ? this.#keys.get(kid) : undefined;
    // Safety: the algorithm is the key's; what the token says of it only has to agree.
    if (key === undefined || alg !== key.algorithm) return undefined;
    if (!key.verifies(`${head}.${body}`, Buffer.from(signature, "base64url"))) return undefined;
    const claims = decode(body) as unknown as ServiceAccountClaims;
    const now = this.#clock.wallMs() / 1000;
    if (!this.#issuers.has(claims.iss) || now >= claims.exp || now < claims.nbf) return undefined;
    return claims.aud.some((audience) => audiences.includes(audience)) ? claims : undefined;
  }

  /** The public keys: what `/openid/v1/jwks` serves. */
  keySet(): { keys: Record<string, unknown>[] } {
    return { keys: [...this.#keys.values()].map((key) => key.toJwk()) };
  }

  /** OpenID discovery: what `/.well-known/openid-configuration` serves. `jwksUri` is where the keys are. */
  discovery(jwksUri: string): Record<string, unknown> {
    const algorithms = new Set([...this.#keys.values()].map((key) => key.algorithm));
    return {
      issuer: this.issuer,
      jwks_uri: jwksUri,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [...algorithms],
    };
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** What is no JSON object says nothing. */
function decode(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
