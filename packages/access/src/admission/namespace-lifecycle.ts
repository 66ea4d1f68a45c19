/**
 * NamespaceLifecycle: nothing is created in a namespace that is absent (404) or on its way out (403), and the
 * namespaces that the system lives in stay. Updates and deletions are always let through, so that a
 * terminating namespace can be emptied.
 */
import { forbiddenAccess, notFound, objectIn, stringIn } from "@quorate/object";
import type { StoredObject } from "@quorate/registry";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { refuse } from "./refusal.ts";

const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", resource: "namespaces" };
/** Reviews are answered for any namespace: whether it exists is nobody's business. */
const REVIEWS: ReadonlySet<string> = new Set(["localsubjectaccessreviews"]);

/** Looks at creations in namespaces and at deletions of namespaces. */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = "NamespaceLifecycle";
  readonly #objects: ObjectLookup;
  /** Phases are read once for each revision of a namespace. */
  readonly #terminating = new WeakMap<StoredObject, boolean>();

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  concerns({ operation, resource }: AdmissionTarget): boolean {
    if (isNamespaces(resource)) return operation === "DELETE";
    return resource.namespaced && operation === "CREATE" && !REVIEWS.has(resource.resource);
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    if (request.operation !== "DELETE") return this.#requireLiving(request);
    if (!IMMORTAL.has(request.name)) return;
    throw forbiddenAccess(NAMESPACES, request.name, "this namespace may not be deleted");
  }

  async #requireLiving(request: AdmissionRequest): Promise<void> {
    const { namespace } = request;
    if (namespace === "") return;
    const found = await this.#objects.find("", "namespaces", "", namespace);
    if (found === undefined) throw notFound(NAMESPACES, namespace);
    if (!this.#isTerminating(found)) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const refusal = refuse(request, why);
    refusal.status.details!.causes = [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ];
    throw refusal;
  }

  #isTerminating(namespace: StoredObject): boolean {
    let known = this.#terminating.get(namespace);
    if (known === undefined) {
      known = stringIn(objectIn(namespace.decode(), "status"), "phase") === "Terminating";
      this.#terminating.set(namespace, known);
    }
    return known;
  }
}

function isNamespaces({ group, resource }: AdmissionTarget["resource"]): boolean {
  return group === "" && resource === "namespaces";
}
