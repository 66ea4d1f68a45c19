/**
 * The five conditions of a namespace that is being emptied: what stands in the way, in the reference's words,
 * sorted so that they change only when something has changed.
 */
import type { JsonObject } from "@quorate/object";

/** What one pass over a namespace's content has found. */
export interface ContentFindings {
  /** Objects that are left, by resource. */
  readonly remaining: readonly {
    readonly group: string;
    readonly resource: string;
    readonly count: number;
  }[];
  /** How many objects wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** What went wrong. */
  readonly errors: readonly string[];
}

interface Row {
  readonly type: string;
  readonly okReason: string;
  readonly okMessage: string;
  /** Reason and message where the condition holds. */
  readonly trouble: (found: ContentFindings) => readonly [reason: string, message: string] | undefined;
}

function contentRemains({ remaining }: ContentFindings): readonly [string, string] | undefined {
  if (remaining.length === 0) return undefined;
  const texts = remaining.map(({ resource, group, count }) => {
    return `${resource}.${group} has ${count} resource instances`;
  });
  return ["SomeResourcesRemain", `Some resources are remaining: ${texts.sort().join(", ")}`];
}

function finalizersRemain({ finalizers }: ContentFindings): readonly [string, string] | undefined {
  if (finalizers.size === 0) return undefined;
  const texts = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const list = texts.sort().join(", ");
  return ["SomeFinalizersRemain", `Some content in the namespace has finalizers remaining: ${list}`];
}

function deletionFailed({ errors }: ContentFindings): readonly [string, string] | undefined {
  if (errors.length === 0) return undefined;
  const list = [...errors].sort().join(", ");
  return [
    "ContentDeletionFailed",
    `Failed to delete all resource types, ${errors.length} remaining: ${list}`,
  ];
}

/** In the order in which they are written. The first two never fail here: what is served is known. */
const ROWS: readonly Row[] = [
  {
    type: "NamespaceDeletionDiscoveryFailure",
    okReason: "ResourcesDiscovered",
    okMessage: "All resources successfully discovered",
    trouble: () => undefined,
  },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    okReason: "ParsedGroupVersions",
    okMessage: "All legacy kube types successfully parsed",
    trouble: () => undefined,
  },
  {
    type: "NamespaceDeletionContentFailure",
    okReason: "ContentDeleted",
    okMessage: "All content successfully deleted, may be waiting on finalization",
    trouble: deletionFailed,
  },
  {
    type: "NamespaceContentRemaining",
    okReason: "ContentRemoved",
    okMessage: "All content successfully removed",
    trouble: contentRemains,
  },
  {
    type: "NamespaceFinalizersRemaining",
    okReason: "ContentHasNoFinalizers",
    okMessage: "All content-preserving finalizers finished",
    trouble: finalizersRemain,
  },
];

/** Brings `conditions` to what was found, in place; false where nothing changed. `now` is RFC 3339. */
export function updateNamespaceConditions(
  conditions: JsonObject[],
  found: ContentFindings,
  now: string,
): boolean {
  let isChanged = false;
  for (const { type, okReason, okMessage, trouble } of ROWS) {
    const problem = trouble(found);
    const status = problem ? "True" : "False";
    const [reason, message] = problem ?? [okReason, okMessage];
    const known = conditions.find((condition) => condition["type"] === type);
    if (!known) {
      conditions.push({ type, status, lastTransitionTime: now, reason, message });
      isChanged = true;
    } else if (known["status"] !== status || known["reason"] !== reason || known["message"] !== message) {
      if (known["status"] !== status) known["lastTransitionTime"] = now;
      Object.assign(known, { status, reason, message });
      isChanged = true;
    }
  }
  return isChanged;
}
