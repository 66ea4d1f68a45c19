/**
 * Users by service account token. A token is as good as what it names: the account, and the pod, node or
 * secret that it is bound to, must still be there, each with the uid that the token says.
 */
import type { Clock } from "@quorate/base";
import { type KubernetesObject, parseTime } from "@quorate/object";
import type { ObjectStores } from "@quorate/registry";
import { ObjectLookup } from "../admission/object-lookup.ts";
import type { ServiceAccountClaims, TokenReference } from "../tokens/service-account-claims.ts";
import { type ServiceAccountTokens, serviceAccountUser } from "../tokens/service-account-tokens.ts";
import type { Authenticator, Credentials } from "./authenticator.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "./user-info.ts";

const ACCOUNTS_GROUP = "system:serviceaccounts";
const EXTRA = "authentication.kubernetes.io/";
/** A pod on its way out may use its token this much longer, to end what it does. */
const LEEWAY_MS = 60_000;
const BEARER = /^bearer +(\S+)$/i;

/** Recognises the bearer tokens that `tokens` has signed; has no opinion on others. */
export class ServiceAccountAuthenticator implements Authenticator {
  readonly #tokens: ServiceAccountTokens;
  readonly #objects: ObjectLookup;
  readonly #clock: Clock;

  constructor(tokens: ServiceAccountTokens, stores: ObjectStores, clock: Clock) {
    this.#tokens = tokens;
    this.#objects = new ObjectLookup(stores);
    this.#clock = clock;
  }

  authenticate({ headers }: Credentials): undefined | Promise<UserInfo | undefined> {
    const token = BEARER.exec(headers.authorization ?? "")?.[1];
    if (token === undefined) return undefined;
    const claims = this.#tokens.verify(token);
    return claims === undefined ? undefined : this.#userOf(claims);
  }

  async #userOf(claims: ServiceAccountClaims): Promise<UserInfo | undefined> {
    const { namespace, serviceaccount, pod, node, secret } = claims["kubernetes.io"];
    const isAlive = await Promise.all([
      this.#isAlive("serviceaccounts", namespace, serviceaccount),
      pod === undefined || this.#isAlive("pods", namespace, pod),
      secret === undefined || this.#isAlive("secrets", namespace, secret),
      // Compat: a pod's token names its node for information alone.
      node === undefined || pod !== undefined || this.#isAlive("nodes", "", node),
    ]);
    if (!isAlive.every(Boolean)) return undefined;
    return {
      name: serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid,
      groups: [ACCOUNTS_GROUP, `${ACCOUNTS_GROUP}:${namespace}`, AUTHENTICATED_GROUP],
      extra: {
        [`${EXTRA}credential-id`]: [`JTI=${claims.jti}`],
        ...referenceExtra("pod", pod),
        ...referenceExtra("node", node),
      },
    };
  }

  async #isAlive(resource: string, namespace: string, { name, uid }: TokenReference): Promise<boolean> {
    const found = (await this.#objects.find("", resource, namespace, name))?.decode();
    return found !== undefined && found.metadata.uid === uid && !this.#isGone(found);
  }

  #isGone({ metadata }: KubernetesObject): boolean {
    const deletedAt = metadata.deletionTimestamp;
    return deletedAt !== undefined && this.#clock.wallMs() > parseTime(deletedAt) + LEEWAY_MS;
  }
}

function referenceExtra(what: string, reference: TokenReference | undefined): Record<string, string[]> {
  if (reference === undefined) return {};
  const { name, uid } = reference;
  return { [`${EXTRA}${what}-name`]: [name], ...(uid === "" ? {} : { [`${EXTRA}${what}-uid`]: [uid] }) };
}
