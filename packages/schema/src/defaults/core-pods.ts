/** Defaults of pods and of everything a pod template is made of (core/v1). */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, fillZero, listAt, objectAt } from "./defaulter.ts";
import { imageTag } from "./image-tag.ts";

const DEFAULT_MODE = 0o644;
const HOUR_SECONDS = 3600;

function pod(object: JsonObject): void {
  const spec = objectAt(object, "spec");
  if (spec === undefined) return;
  const grace = spec.terminationGracePeriodSeconds;
  if (typeof grace === "number" && grace < 0) spec.terminationGracePeriodSeconds = 1;
  fillNil(spec, "enableServiceLinks", true);
  for (const list of ["containers", "initContainers"]) {
    for (const container of listAt(spec, list)) {
      requestsFromLimits(container);
      if (spec.hostNetwork === true) hostPorts(container);
    }
  }
}

/** On pods only, not on templates: what is limited and not requested is requested. */
function requestsFromLimits(container: JsonObject): void {
  const resources = objectAt(container, "resources");
  const limits = resources && objectAt(resources, "limits");
  if (resources === undefined || limits === undefined) return;
  const requests = objectAt(resources, "requests");
  const missing = Object.keys(limits).filter(
    (name) => requests === undefined || !Object.hasOwn(requests, name),
  );
  if (missing.length === 0) return;
  const filled = { ...requests };
  for (const name of missing) filled[name] = limits[name];
  resources.requests = filled;
}

function hostPorts(container: JsonObject): void {
  for (const port of listAt(container, "ports")) fillZero(port, "hostPort", port.containerPort ?? 0);
}

/** The list of addresses and the single one are kept in step; the single one wins. */
function podStatus(status: JsonObject): void {
  const ip = status.podIP;
  const first = listAt(status, "podIPs")[0];
  if (ip && first?.ip !== ip) status.podIPs = [{ ip }];
  else if (!ip && first?.ip) status.podIP = first.ip;
}

function podSpec(spec: JsonObject): void {
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  fillZero(spec, "dnsPolicy", "ClusterFirst");
  fillZero(spec, "restartPolicy", "Always");
  fillNil(spec, "securityContext", {});
  fillNil(spec, "terminationGracePeriodSeconds", 30);
  fillZero(spec, "schedulerName", "default-scheduler");
}

function pullPolicyOf(image: unknown): string {
  return imageTag(typeof image === "string" ? image : "") === "latest" ? "Always" : "IfNotPresent";
}

function container(object: JsonObject): void {
  if (!object.imagePullPolicy) object.imagePullPolicy = pullPolicyOf(object.image);
  fillZero(object, "terminationMessagePath", "/dev/termination-log");
  fillZero(object, "terminationMessagePolicy", "File");
}

function volume(object: JsonObject): void {
  const hasSource = Object.keys(object).some((key) => key !== "name" && object[key] !== undefined);
  if (!hasSource) object.emptyDir = {};
  const image = objectAt(object, "image");
  if (image !== undefined && !image.pullPolicy) image.pullPolicy = pullPolicyOf(image.reference);
}

function probe(object: JsonObject): void {
  fillZero(object, "timeoutSeconds", 1);
  fillZero(object, "periodSeconds", 10);
  fillZero(object, "successThreshold", 1);
  fillZero(object, "failureThreshold", 3);
}

function httpGetAction(object: JsonObject): void {
  fillZero(object, "path", "/");
  fillZero(object, "scheme", "HTTP");
}

const defaultMode = (object: JsonObject): void => fillNil(object, "defaultMode", DEFAULT_MODE);

/** Defaulters of pods and their parts, by model. */
export const corePodDefaults: Defaulters = {
  "io.k8s.api.core.v1.Pod": pod,
  "io.k8s.api.core.v1.PodStatus": podStatus,
  "io.k8s.api.core.v1.PodSpec": podSpec,
  "io.k8s.api.core.v1.Container": container,
  "io.k8s.api.core.v1.EphemeralContainer": container,
  "io.k8s.api.core.v1.Volume": volume,
  "io.k8s.api.core.v1.Probe": probe,
  "io.k8s.api.core.v1.HTTPGetAction": httpGetAction,
  "io.k8s.api.core.v1.SecretVolumeSource": defaultMode,
  "io.k8s.api.core.v1.ConfigMapVolumeSource": defaultMode,
  "io.k8s.api.core.v1.DownwardAPIVolumeSource": defaultMode,
  "io.k8s.api.core.v1.ProjectedVolumeSource": defaultMode,
  "io.k8s.api.core.v1.ServiceAccountTokenProjection": (object) =>
    fillNil(object, "expirationSeconds", HOUR_SECONDS),
  "io.k8s.api.core.v1.HostPathVolumeSource": (object) => fillNil(object, "type", ""),
  "io.k8s.api.core.v1.ObjectFieldSelector": (object) => fillZero(object, "apiVersion", "v1"),
};
