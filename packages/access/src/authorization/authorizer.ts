/**
 * The Authorizer port. An authorizer allows, denies, or has no opinion; a list of them takes the first that
 * decides, and nobody's opinion is a refusal. Answers are shared constants where they can be: this runs on
 * every request.
 */
import type { UserInfo } from "../authentication/user-info.ts";

/** What a request wants to do. The front door's RequestInfo has this shape. */
export interface AccessAttributes {
  readonly isResource: boolean;
  /**
   * get, list, watch, create, update, patch, delete, deletecollection; for other paths the lower-case method.
   */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The decoded path; what counts where `isResource` is false. */
  readonly path: string;
}

/** noOpinion leaves the decision to the next. */
export type Decision = "allow" | "deny" | "noOpinion";

/** A decision with its reason, which a 403 tells. */
export interface AccessAnswer {
  readonly decision: Decision;
  readonly reason: string;
  /** What kept the authorizer from looking at everything. */
  readonly evaluationError?: string;
}

/** authorization.k8s.io/v1 ResourceRule. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** authorization.k8s.io/v1 NonResourceRule. */
export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** What a user may do, as far as the authorizer can list it. */
export interface AccessRules {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** Never throws to refuse; an error of its own is a reason in the answer. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: AccessAttributes): AccessAnswer | Promise<AccessAnswer>;
  /** What the user may do in a namespace, for SelfSubjectRulesReview. */
  rulesOf(user: UserInfo, namespace: string): AccessRules | Promise<AccessRules>;
}

/** The shared answer of who can not say. */
export const NO_OPINION: AccessAnswer = Object.freeze({ decision: "noOpinion", reason: "" });
/** The shared answer of who allows without a word. */
export const ALLOW: AccessAnswer = Object.freeze({ decision: "allow", reason: "" });

/** The first that decides counts; rules are those of all. */
export class AuthorizerList implements Authorizer {
  readonly #members: readonly Authorizer[];

  constructor(members: readonly Authorizer[]) {
    this.#members = members;
  }

  authorize(user: UserInfo, attributes: AccessAttributes): AccessAnswer | Promise<AccessAnswer> {
    return this.#from(0, user, attributes);
  }

  #from(start: number, user: UserInfo, attributes: AccessAttributes): AccessAnswer | Promise<AccessAnswer> {
    for (let i = start; i < this.#members.length; i++) {
      const answer = this.#members[i]!.authorize(user, attributes);
      if (answer instanceof Promise) {
        return answer.then((later) =>
          later.decision === "noOpinion" ? this.#from(i + 1, user, attributes) : later,
        );
      }
      if (answer.decision !== "noOpinion") return answer;
    }
    return NO_OPINION;
  }

  async rulesOf(user: UserInfo, namespace: string): Promise<AccessRules> {
    const all = await Promise.all(this.#members.map((member) => member.rulesOf(user, namespace)));
    const errors = all.flatMap((rules) => rules.evaluationError ?? []);
    return {
      resourceRules: all.flatMap((rules) => rules.resourceRules),
      nonResourceRules: all.flatMap((rules) => rules.nonResourceRules),
      incomplete: all.some((rules) => rules.incomplete),
      ...(errors.length === 0 ? {} : { evaluationError: errors.join(", ") }),
    };
  }
}
