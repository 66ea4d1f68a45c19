/** Defaults of rbac.authorization.k8s.io: the group of roles and subjects. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillZero, objectOrNew } from "./defaulter.ts";

const GROUP = "rbac.authorization.k8s.io";

const roleRef = (object: JsonObject): void => fillZero(objectOrNew(object, "roleRef"), "apiGroup", GROUP);

/** Defaulters of rbac, by model. */
export const rbacDefaults: Defaulters = {
  "io.k8s.api.rbac.v1.ClusterRoleBinding": roleRef,
  "io.k8s.api.rbac.v1.RoleBinding": roleRef,
  "io.k8s.api.rbac.v1.Subject": (object) => {
    if (object.kind === "User" || object.kind === "Group") fillZero(object, "apiGroup", GROUP);
  },
};
