/** Which group, version and kind each model stands for: `x-kubernetes-group-version-kind` of schemas. */
import type { JsonObject } from "@quorate/object";
import type { TypeName } from "../kind.ts";
import { parseApiVersion, type SchemaRegistry } from "../schema-registry.ts";

/** Options that are registered with every group; published for core and for the versions of the document. */
const SHARED = ["DeleteOptions", "WatchEvent"];
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** Names by model; `versions` are the apiVersions that the document is about. */
export function kindNames(
  schema: SchemaRegistry,
  versions: readonly { readonly group: string; readonly version: string }[],
): Map<TypeName, JsonObject[]> {
  const names = new Map<TypeName, JsonObject[]>();
  for (const [apiVersion, kinds] of Object.entries(schema.builtinKinds())) {
    if (apiVersion === "meta.k8s.io/v1") continue;
    const { group, version } = parseApiVersion(apiVersion)!;
    for (const [kind, type] of Object.entries(kinds)) {
      if (type.startsWith(META) && kind !== "Status" && !kind.startsWith("API")) continue;
      names.set(type, [...(names.get(type) ?? []), { group, kind, version }]);
    }
  }
  const core = { group: "", version: "v1" };
  const others = versions.filter(({ group }) => group !== "");
  for (const kind of SHARED) {
    names.set(
      META + kind,
      [core, ...others].map(({ group, version }) => ({ group, kind, version })),
    );
  }
  return names;
}
