/** serviceaccount-controller: every namespace has the ServiceAccount `default`. */
import type { ControllerContext } from "../controller.ts";
import { NamespaceObjects } from "./namespace-objects.ts";

const NAME = "default";

/** The controller; it leaves what users change on the account alone. */
export function defaultServiceAccount(context: ControllerContext): NamespaceObjects {
  return new NamespaceObjects(context, {
    controllerName: "serviceaccount-controller",
    resource: "serviceaccounts",
    objectName: NAME,
    make: (namespace) => ({
      kind: "ServiceAccount",
      apiVersion: "v1",
      metadata: { name: NAME, namespace },
    }),
  });
}
