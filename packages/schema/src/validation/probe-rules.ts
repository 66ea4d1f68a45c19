/** Rules of probes and lifecycle handlers. */
import {
  checkHttpHeaderName,
  fieldOf,
  hasField,
  type JsonObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

/** liveness, readiness and startup probes of a container. */
export function validateProbes(
  container: JsonObject,
  grace: number | undefined,
  field: string,
  findings: Findings,
): void {
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    if (!hasField(container, key)) continue;
    const probe = objectIn(container, key);
    const path = `${field}.${key}`;
    validateProbe(probe, grace, path, findings);
    if (key === "readinessProbe") {
      if (hasField(probe, "terminationGracePeriodSeconds")) {
        const seconds = numberIn(probe, "terminationGracePeriodSeconds");
        const text = "must not be set for readinessProbes";
        findings.invalid(`${path}.terminationGracePeriodSeconds`, seconds, text);
      }
    } else if (numberIn(probe, "successThreshold") !== 1) {
      findings.invalid(`${path}.successThreshold`, numberIn(probe, "successThreshold"), "must be 1");
    }
  }
}

function validateProbe(
  probe: JsonObject,
  grace: number | undefined,
  field: string,
  findings: Findings,
): void {
  validateHandler(probe, grace, field, findings);
  for (const key of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ]) {
    findings.nonNegative(probe, key, field);
  }
  if (hasField(probe, "terminationGracePeriodSeconds")) {
    findings.positive(probe, "terminationGracePeriodSeconds", field);
  }
}

export function validateLifecycle(
  lifecycle: JsonObject,
  grace: number | undefined,
  field: string,
  findings: Findings,
): void {
  for (const key of ["postStart", "preStop"]) {
    if (hasField(lifecycle, key)) {
      validateHandler(objectIn(lifecycle, key), grace, `${field}.${key}`, findings);
    }
  }
}

/** Exactly one way to do it. */
function validateHandler(
  holder: JsonObject,
  grace: number | undefined,
  field: string,
  findings: Findings,
): void {
  let count = 0;
  for (const key of HANDLERS) {
    if (!hasField(holder, key)) continue;
    const path = `${field}.${key}`;
    if (count > 0) findings.forbidden(path, "may not specify more than 1 handler type");
    else validateAction(key, objectIn(holder, key), grace, path, findings);
    count++;
  }
  if (count === 0) findings.required(field, "must specify a handler type");
}

function validateAction(
  key: (typeof HANDLERS)[number],
  action: JsonObject,
  grace: number | undefined,
  field: string,
  findings: Findings,
): void {
  if (key === "exec") {
    if (stringsIn(action, "command").length === 0) findings.required(`${field}.command`);
  } else if (key === "httpGet") validateHttpGet(action, field, findings);
  else if (key === "tcpSocket") findings.portNumberOrName(`${field}.port`, fieldOf(action, "port"));
  else if (key === "grpc") findings.portNumber(`${field}.port`, numberIn(action, "port"));
  else {
    const seconds = numberIn(action, "seconds");
    if (grace !== undefined && (seconds < 0 || seconds > grace)) {
      const text = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
      findings.invalid(field, seconds, text);
    }
  }
}

function validateHttpGet(action: JsonObject, field: string, findings: Findings): void {
  if (stringIn(action, "path") === "") findings.required(`${field}.path`);
  findings.portNumberOrName(`${field}.port`, fieldOf(action, "port"));
  const scheme = stringIn(action, "scheme");
  if (scheme !== "HTTP" && scheme !== "HTTPS") {
    findings.notSupported(`${field}.scheme`, scheme, ["HTTP", "HTTPS"]);
  }
  for (const header of objectsIn(action, "httpHeaders")) {
    findings.text(`${field}.httpHeaders`, stringIn(header, "name"), checkHttpHeaderName);
  }
}
