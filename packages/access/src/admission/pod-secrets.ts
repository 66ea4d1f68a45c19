/** The secrets that a pod refers to, with where it does. */
import {
  hasField,
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";

/** A secret and where it is used. */
export interface SecretUse {
  readonly name: string;
  /** `volume`, `container c with envVar E`, ...: how messages begin. */
  readonly where: string;
}

const CONTAINERS = [
  ["initContainers", "init container"],
  ["containers", "container"],
  ["ephemeralContainers", "ephemeral container"],
] as const;

/** Secret volumes, environment variables and pull secrets of a pod. */
export function secretsOf(pod: KubernetesObject): SecretUse[] {
  return [...volumeSecrets(pod), ...containerSecrets(pod), ...pullSecrets(pod)];
}

/** Volumes of the secret type alone: those of plugins and projections are not mountable secrets. */
export function volumeSecrets(pod: KubernetesObject): SecretUse[] {
  return objectsIn(pod.spec, "volumes")
    .filter((volume) => hasField(volume, "secret"))
    .map((volume) => ({ name: stringIn(objectIn(volume, "secret"), "secretName"), where: "volume" }));
}

/** Of the containers in `lists`; all where absent. */
export function containerSecrets(pod: KubernetesObject, lists?: readonly string[]): SecretUse[] {
  const uses: SecretUse[] = [];
  for (const [list, what] of CONTAINERS) {
    if (lists !== undefined && !lists.includes(list)) continue;
    for (const container of objectsIn(pod.spec, list)) addUses(uses, container, what);
  }
  return uses;
}

function addUses(uses: SecretUse[], container: JsonObject, what: string): void {
  const head = `${what} ${stringIn(container, "name")}`;
  for (const env of objectsIn(container, "env")) {
    const reference = objectIn(objectIn(env, "valueFrom"), "secretKeyRef");
    if (!hasField(objectIn(env, "valueFrom"), "secretKeyRef")) continue;
    uses.push({ name: stringIn(reference, "name"), where: `${head} with envVar ${stringIn(env, "name")}` });
  }
  for (const source of objectsIn(container, "envFrom")) {
    if (!hasField(source, "secretRef")) continue;
    uses.push({ name: stringIn(objectIn(source, "secretRef"), "name"), where: `${head} with envFrom` });
  }
}

/** Of the pod as a whole, in order. */
export function pullSecrets(pod: KubernetesObject): SecretUse[] {
  return objectsIn(pod.spec, "imagePullSecrets").map((secret, i) => ({
    name: stringIn(secret, "name"),
    where: `imagePullSecrets[${i}]`,
  }));
}
