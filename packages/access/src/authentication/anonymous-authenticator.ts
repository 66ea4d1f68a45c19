/**
 * The last authenticator: `system:anonymous`, for the listed paths only (what the reference's
 * AuthenticationConfiguration calls anonymous.conditions). Load balancers and kubelets probe health without
 * credentials.
 *
 * Deviation: the reference by default lets anonymous requests reach any path, where RBAC then refuses them;
 * here a request without a valid certificate gets 401 everywhere else.
 */
import type { Authenticator, Credentials } from "./authenticator.ts";
import { UNAUTHENTICATED_GROUP, type UserInfo } from "./user-info.ts";

/** Probed without credentials, each with everything below it. */
export const ANONYMOUS_PATHS: readonly string[] = ["/healthz", "/livez", "/readyz"];

const anonymous: UserInfo = Object.freeze({
  name: "system:anonymous",
  uid: "",
  groups: Object.freeze([UNAUTHENTICATED_GROUP]),
  extra: Object.freeze({}),
});

/** Recognises requests without credentials, on the open paths alone. */
export class AnonymousAuthenticator implements Authenticator {
  readonly #paths: readonly string[];

  constructor(paths: readonly string[] = ANONYMOUS_PATHS) {
    this.#paths = paths;
  }

  authenticate({ path, headers }: Credentials): UserInfo | undefined {
    // Safety: wrong credentials are never downgraded to anonymous.
    if (headers.authorization !== undefined) return undefined;
    const isOpen = this.#paths.some((open) => path === open || path.startsWith(`${open}/`));
    return isOpen ? anonymous : undefined;
  }
}
