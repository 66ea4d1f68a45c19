/**
 * The old wall around secrets: an account with the annotation lets its pods use only the secrets that it
 * lists.
 */
import { type KubernetesObject, objectsIn, stringIn } from "@quorate/object";
import type { AdmissionRequest } from "./admission.ts";
import { containerSecrets, pullSecrets, type SecretUse, volumeSecrets } from "./pod-secrets.ts";
import { refuse } from "./refusal.ts";

/** Throws a 403 at the first secret that the account does not list. */
export function requireMountableSecrets(
  request: AdmissionRequest,
  pod: KubernetesObject,
  account: KubernetesObject,
): void {
  const owner = account.metadata.name ?? "";
  const secrets = new Set(objectsIn(account, "secrets").map((secret) => stringIn(secret, "name")));
  for (const use of usesOf(request, pod)) {
    if (secrets.has(use.name)) continue;
    const what = use.where === "volume" ? "volume with" : `${use.where} referencing`;
    const why = `because service account ${owner} does not reference that secret`;
    throw refuse(request, `${what} secret.secretName="${use.name}" is not allowed ${why}`);
  }
  if (request.operation !== "CREATE") return;
  const pulls = new Set(objectsIn(account, "imagePullSecrets").map((secret) => stringIn(secret, "name")));
  for (const { name, where } of pullSecrets(pod)) {
    if (pulls.has(name)) continue;
    const why = `because service account ${owner} does not reference that imagePullSecret`;
    throw refuse(request, `${where}.name="${name}" is not allowed ${why}`);
  }
}

/** Later writes can only add ephemeral containers. */
function usesOf(request: AdmissionRequest, pod: KubernetesObject): SecretUse[] {
  if (request.operation !== "CREATE") return containerSecrets(pod, ["ephemeralContainers"]);
  return [...volumeSecrets(pod), ...containerSecrets(pod, ["initContainers", "containers"])];
}
