/** Whether an admission target is a certain resource: what most plugins ask first. */
import type { AdmissionTarget } from "./admission.ts";

/** The object itself, not a subresource of it. */
export function isObjectOf({ resource, subresource }: AdmissionTarget, group: string, name: string): boolean {
  return subresource === "" && resource.resource === name && resource.group === group;
}
