/**
 * Members of `system:masters` may do everything, whatever a policy says. First in every list of authorizers.
 */
import { SUPERUSER_GROUP, type UserInfo } from "../authentication/user-info.ts";
import {
  type AccessAnswer,
  type AccessAttributes,
  type AccessRules,
  ALLOW,
  type Authorizer,
  NO_OPINION,
} from "./authorizer.ts";

const EVERYTHING: AccessRules = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};
const NOTHING: AccessRules = { resourceRules: [], nonResourceRules: [], incomplete: false };

/** Allows everything to the superuser group; has no opinion on others. */
export class SuperuserAuthorizer implements Authorizer {
  authorize(user: UserInfo, _attributes: AccessAttributes): AccessAnswer {
    return user.groups.includes(SUPERUSER_GROUP) ? ALLOW : NO_OPINION;
  }

  rulesOf(user: UserInfo): AccessRules {
    return user.groups.includes(SUPERUSER_GROUP) ? EVERYTHING : NOTHING;
  }
}
