/** Which class is the default one: the newest with the annotation, by name where equally new. */
import type { KubernetesObject } from "@quorate/object";

/** undefined where no class is marked by one of `annotations`. */
export function newestDefault(
  classes: readonly KubernetesObject[],
  annotations: readonly string[],
): KubernetesObject | undefined {
  return classes
    .filter(({ metadata }) => annotations.some((key) => metadata.annotations?.[key] === "true"))
    .sort((a, b) => {
      const [older, newer] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
      if (older !== newer) return older < newer ? 1 : -1;
      return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
    })[0];
}
