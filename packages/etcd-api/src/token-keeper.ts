/**
 * Tokens that say who calls. Both kinds are signed and hold all that is needed, so any member takes what
 * another gave, also after a restart: "simple" ones with a secret that the members share in their state,
 * JWTs with the operator's key.
 *
 * Deviation: etcd's simple tokens live in each member's memory and last longer when used; ours end 300 s
 * after they were given, and clients ask for another as they do there.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { AuthStore, Caller } from "@quorate/mvcc";
import type { JwtSigner } from "./jwt-signer.ts";

/** How tokens are made. */
export interface TokenOptions {
  /** Signs JWTs; simple tokens where absent. */
  readonly jwt?: JwtSigner;
  /** Of simple tokens. */
  readonly ttlSeconds?: number;
}

/** etcd's --auth-token-ttl. */
const TTL_SECONDS = 300;

interface Claims {
  readonly user: string;
  /** The auth revision since when the user's tokens hold: an older token of theirs is void. */
  readonly since: number;
  readonly expires: number;
}

/** Gives tokens and knows them again. */
export class TokenKeeper {
  readonly #options: TokenOptions;
  readonly #secret: () => Uint8Array | undefined;
  readonly #wallMs: () => number;

  constructor(options: TokenOptions, secret: () => Uint8Array | undefined, wallMs: () => number) {
    this.#options = options;
    this.#secret = secret;
    this.#wallMs = wallMs;
  }

  /** A token for a user whose password was right; undefined where the secret is not there yet. */
  assign(user: string, auth: AuthStore): string | undefined {
    const nowSeconds = this.#wallMs() / 1000;
    if (this.#options.jwt) return this.#options.jwt.sign(user, auth.revision, nowSeconds);
    const secret = this.#secret();
    const since = auth.findUser(user)?.tokensSince;
    if (!secret || since === undefined) return undefined;
    const expires = Math.floor(nowSeconds) + (this.#options.ttlSeconds ?? TTL_SECONDS);
    const claims: Claims = { user, since, expires };
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `${body}.${signature(secret, body).toString("base64url")}`;
  }

  /** Whose token it is; undefined for one that is not, or no longer, good. */
  callerOf(token: string, auth: AuthStore): Caller | undefined {
    const bare = token.replace(/^bearer /i, "");
    const nowSeconds = this.#wallMs() / 1000;
    if (this.#options.jwt) return this.#options.jwt.verify(bare, nowSeconds);
    const claims = this.#claimsOf(bare);
    if (!claims || claims.expires < nowSeconds) return undefined;
    const user = auth.findUser(claims.user);
    // A changed password, or a user deleted and added again, ends the tokens from before.
    if (!user || user.tokensSince !== claims.since) return undefined;
    return { user: claims.user, authRevision: auth.revision };
  }

  #claimsOf(token: string): Claims | undefined {
    const secret = this.#secret();
    const dot = token.indexOf(".");
    if (!secret || dot < 0) return undefined;
    const body = token.slice(0, dot);
    const given = Buffer.from(token.slice(dot + 1), "base64url");
    const wanted = signature(secret, body);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    return JSON.parse(Buffer.from(body, "base64url").toString()) as Claims;
  }
}

function signature(secret: Uint8Array, body: string): Buffer {
  return createHmac("sha256", secret).update(body).digest();
}
