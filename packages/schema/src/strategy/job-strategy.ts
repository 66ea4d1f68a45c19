/** Jobs: the selector and the labels of the pods (and of a job without any) are made from the job's name and uid, unless manualSelector is set. */
import { isTrueIn, objectIn, stringMapIn } from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";
import { ownPart } from "./own-part.ts";

const NAME_LABELS = ["job-name", "batch.kubernetes.io/job-name"] as const;
const UID_LABELS = ["controller-uid", "batch.kubernetes.io/controller-uid"] as const;
/** The label that the generated selector asks for. */
export const CONTROLLER_UID_LABEL = "batch.kubernetes.io/controller-uid";

export const jobStrategy: KindRules = {
  generationOf: ["spec"],
  /** Compat: batch/v1 keeps the pods of a deleted job unless the client says otherwise. */
  defaultPropagation: "Orphan",

  prepareCreate(job) {
    const spec = ownPart(job, "spec");
    if (isTrueIn(spec, "manualSelector")) return;
    const { name = "", uid = "" } = job.metadata;
    const template = objectIn(spec, "template");
    const metadata = objectIn(template, "metadata");
    const labels = { ...stringMapIn(metadata, "labels") };
    for (const label of NAME_LABELS) labels[label] ??= name;
    for (const label of UID_LABELS) labels[label] ??= uid;
    spec.template = { ...template, metadata: { ...metadata, labels } };
    // Compat: the reference's decoder copies them from the template whenever a job without labels is read.
    if (Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
    const selector = objectIn(spec, "selector");
    const matchLabels = { ...stringMapIn(selector, "matchLabels") };
    matchLabels[CONTROLLER_UID_LABEL] ??= uid;
    spec.selector = { ...selector, matchLabels };
  },
};
