/** What a service account token says: registered claims, and ours under `kubernetes.io`. */

/** An object that a token names. */
export interface TokenReference {
  readonly name: string;
  readonly uid: string;
}

/** The objects that a token stands and falls with. */
export interface TokenBindings {
  readonly pod?: TokenReference;
  readonly node?: TokenReference;
  readonly secret?: TokenReference;
}

/** Seconds since the epoch throughout. */
export interface ServiceAccountClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly "kubernetes.io": TokenBindings & {
    readonly namespace: string;
    readonly serviceaccount: TokenReference;
    /** From here on a use of the token is worth a warning. */
    readonly warnafter?: number;
  };
  readonly nbf: number;
  readonly sub: string;
}
