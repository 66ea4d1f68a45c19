/** The 403 of an admission plugin: `pods "x" is forbidden: <why>`. */
import { forbiddenAccess, type StatusError } from "@quorate/object";
import type { AdmissionRequest } from "./admission.ts";

/** Names the object as the request does; where it has no name yet, by its generateName. */
export function refuse(request: AdmissionRequest, why: string): StatusError {
  const { group, resource } = request.resource;
  const meta = request.object?.metadata;
  const name = request.name || meta?.name || meta?.generateName || "Unknown";
  return forbiddenAccess({ group, resource }, name, why);
}
