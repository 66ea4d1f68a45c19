/**
 * Namespaces: Active at birth with the `kubernetes` finalizer, which only the finalize subresource takes away, and
 * always labelled with their name.
 */
import type { KubernetesObject } from "@quorate/object";
import { stringsIn } from "@quorate/object";
import { labelName } from "../validation/metadata.ts";
import type { KindRules } from "./kind-rules.ts";

/** The finalizer that the namespace controller removes when all content is gone. */
export const NAMESPACE_FINALIZER = "kubernetes";
const NAME_LABEL = "kubernetes.io/metadata.name";

function labelWithName(namespace: KubernetesObject): void {
  const { name } = namespace.metadata;
  if (name) namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: name };
}

export const namespaceStrategy: KindRules = {
  checkName: labelName,

  prepareCreate(namespace) {
    namespace.status = { phase: "Active" };
    const finalizers = stringsIn(namespace.spec, "finalizers");
    if (!finalizers.includes(NAMESPACE_FINALIZER)) {
      namespace.spec = { ...namespace.spec, finalizers: [...finalizers, NAMESPACE_FINALIZER] };
    }
    labelWithName(namespace);
  },

  prepareUpdate(next, current) {
    next.spec = current.spec ?? {};
    labelWithName(next);
  },

  prepareSubresource: {
    status: labelWithName,
    finalize(next, current) {
      next.status = current.status ?? {};
      labelWithName(next);
    },
  },
};
