/**
 * root-ca-certificate-publisher-controller: every namespace has the authority of the API server's
 * certificate.
 */
import { stringMapIn } from "@quorate/object";
import type { ControllerContext } from "../controller.ts";
import { NamespaceObjects } from "./namespace-objects.ts";

const NAME = "kube-root-ca.crt";
const KEY = "ca.crt";
const DESCRIPTION = "kubernetes.io/description";
const DESCRIPTION_TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the " +
  "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes " +
  "clusters.";

/** The controller; `authority` is PEM. What others change on the data is put right. */
export function rootCertificate(context: ControllerContext, authority: string): NamespaceObjects {
  return new NamespaceObjects(context, {
    controllerName: "root-ca-certificate-publisher-controller",
    resource: "configmaps",
    objectName: NAME,
    make: (namespace) => ({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: NAME, namespace, annotations: { [DESCRIPTION]: DESCRIPTION_TEXT } },
      data: { [KEY]: authority },
    }),
    mend: (configMap) => {
      const data = stringMapIn(configMap, "data");
      const annotations = configMap.metadata.annotations ?? {};
      const isRight = Object.keys(data).length === 1 && data[KEY] === authority;
      if (isRight && annotations[DESCRIPTION]) return false;
      configMap["data"] = { [KEY]: authority };
      configMap.metadata.annotations = { ...annotations, [DESCRIPTION]: DESCRIPTION_TEXT };
      return true;
    },
  });
}
