/**
 * pods/binding and the legacy bindings resource: the scheduler's word on where a pod runs. Once bound, always
 * bound.
 */
import {
  badRequest,
  conflict,
  type FieldError,
  type GroupVersionKind,
  type KubernetesObject,
  listIn,
  notSupported,
  objectIn,
  required,
  stringIn,
  textOf,
  unclassified,
} from "@quorate/object";
import { bindNamespace } from "../../body/object-identity.ts";
import type { ResourceRequest } from "../../resource-request.ts";
import { PLAIN_OFFER } from "../../response/media-type.ts";
import { admissionRequest, mutate, type WriteKind } from "../admit.ts";
import { readSent } from "../read-sent.ts";
import { sendSuccess } from "../send-success.ts";
import { otherUid } from "../update.ts";
import { setPodCondition } from "./pod-condition.ts";

const BINDING: GroupVersionKind = { group: "", version: "v1", kind: "Binding" };
const BINDING_REF = { group: "", resource: "pods/binding" };

/** POST of a Binding; where the path names no pod, the body does. */
export async function bindPod(request: ResourceRequest): Promise<void> {
  const { api, exchange } = request;
  const media = api.representation.negotiate(exchange, PLAIN_OFFER);
  const { object: binding, options } = await readSent(request, BINDING, "CreateOptions");
  bindNamespace(binding, request.namespace);
  const name = request.name || (binding.metadata.name ?? "");
  const write: WriteKind = { operation: "CREATE", dryRun: options.dryRun, kind: BINDING };
  await mutate(request, write, binding, undefined);
  if (name !== binding.metadata.name) {
    throw badRequest("name in URL does not match name in Binding object");
  }
  requireTarget(binding);
  await api.admission.validate(admissionRequest(request, write, binding, undefined));
  const context = request.writeContext("binding", options.dryRun);
  await api.stores
    .store("", "pods")
    .update(
      request.namespace,
      name,
      (pod) => assign(pod as KubernetesObject, binding, api.clock.wallMs()),
      context,
    );
  sendSuccess(request, media);
}

/** Compat: the reference answers what is wrong with a target as an unclassified 500. */
function requireTarget(binding: KubernetesObject): void {
  const target = objectIn(binding, "target");
  const kind = stringIn(target, "kind");
  const errors: FieldError[] = [];
  if (kind !== "" && kind !== "Node") errors.push(notSupported("target.kind", kind, ["Node", "<empty>"]));
  if (stringIn(target, "name") === "") errors.push(required("target.name", ""));
  if (errors.length === 0) return;
  const texts = errors.map(textOf);
  throw unclassified(texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
}

function assign(pod: KubernetesObject, binding: KubernetesObject, nowMs: number): KubernetesObject {
  const { name = "", uid, resourceVersion } = pod.metadata;
  const wanted = binding.metadata;
  if (wanted.uid && wanted.uid !== uid) {
    throw refuse(name, otherUid(wanted.uid, uid ?? ""));
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) throw conflict(POD_REF, name);
  if (pod.metadata.deletionTimestamp) {
    throw refuse(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const bound = stringIn(pod.spec, "nodeName");
  if (bound !== "") throw refuse(name, `pod ${name} is already assigned to node "${bound}"`);
  if (listIn(pod.spec, "schedulingGates").length > 0) {
    throw refuse(name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  pod.spec ??= {};
  pod.spec.nodeName = stringIn(objectIn(binding, "target"), "name");
  if (wanted.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...wanted.annotations };
  if (wanted.labels) pod.metadata.labels = { ...pod.metadata.labels, ...wanted.labels };
  pod.status ??= {};
  const { status } = pod;
  delete status.nominatedNodeName;
  setPodCondition(status, { type: "PodScheduled", status: "True" }, nowMs);
  return pod;
}

const POD_REF = { group: "", resource: "pods" };

function refuse(name: string, why: string): Error {
  return conflict(BINDING_REF, name, why);
}
