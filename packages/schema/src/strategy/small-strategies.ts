/** Kinds whose preparation is a line or two: workloads, secrets, slices, taint rules. */

import type { KubernetesObject } from "@quorate/object";
import { jsonEqual, objectIn, stringIn, stringMapIn } from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";

/** Deployments count changes of their annotations too; a status write keeps the labels. */
export const deploymentStrategy: KindRules = {
  generationOf: ["spec"],
  prepareUpdate(next, current) {
    if (!jsonEqual(next.metadata.annotations ?? {}, current.metadata.annotations ?? {})) {
      next.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
  },
  prepareSubresource: {
    status(next, current) {
      if (current.metadata.labels) next.metadata.labels = current.metadata.labels;
      else delete next.metadata.labels;
    },
  },
};

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function setTemplateGeneration(object: KubernetesObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function templateGenerationOf(object: KubernetesObject): number {
  const text = object.metadata.annotations?.[TEMPLATE_GENERATION] ?? "";
  return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

/** Compat: apps/v1 keeps the deprecated template generation as an annotation, counted by the server. */
export const daemonSetStrategy: KindRules = {
  generationOf: ["spec"],
  prepareCreate(set) {
    setTemplateGeneration(set, Math.max(1, templateGenerationOf(set)));
  },
  prepareUpdate(next, current) {
    const sameTemplate = jsonEqual(next.spec?.template, current.spec?.template);
    setTemplateGeneration(next, templateGenerationOf(current) + (sameTemplate ? 0 : 1));
  },
};

/** Compat: a CSIDriver has no generation until its spec changes. */
export const csiDriverStrategy: KindRules = {
  generationOf: ["spec"],
  prepareCreate(driver) {
    delete driver.metadata.generation;
  },
};

/** stringData is write-only: it is merged into data, as base64. */
function mergeStringData(secret: KubernetesObject): void {
  const texts = Object.entries(stringMapIn(secret, "stringData"));
  if (texts.length > 0) {
    const data = { ...stringMapIn(secret, "data") };
    for (const [key, text] of texts) data[key] = Buffer.from(text, "utf8").toString("base64");
    secret.data = data;
  }
  delete secret.stringData;
}

export const secretStrategy: KindRules = { prepareCreate: mergeStringData, prepareUpdate: mergeStringData };

/** Everything but the metadata counts, and the labels do too. */
export const endpointSliceStrategy: KindRules = {
  generationOf: ["addressType", "endpoints", "ports"],
  prepareUpdate(next, current) {
    if (!jsonEqual(next.metadata.labels ?? {}, current.metadata.labels ?? {})) {
      next.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
  },
};

/** A new effect starts a new time. */
export const deviceTaintRuleStrategy: KindRules = {
  generationOf: ["spec"],
  statusResetsMetadata: true,
  prepareUpdate(next, current, context) {
    const taint = objectIn(next.spec, "taint");
    const old = objectIn(current.spec, "taint");
    if (stringIn(taint, "effect") !== stringIn(old, "effect") && taint.timeAdded === old.timeAdded) {
      next.spec = { ...next.spec, taint: { ...taint, timeAdded: context.now } };
    }
  },
};

/** Replication controllers keep their pods on deletion unless the client says otherwise. */
export const replicationControllerStrategy: KindRules = {
  generationOf: ["spec"],
  defaultPropagation: "Orphan",
};

/** Nodes bring their own status when they register. */
export const nodeStrategy: KindRules = { keepsStatus: true };
