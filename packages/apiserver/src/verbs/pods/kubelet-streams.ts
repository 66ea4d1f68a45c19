/**
 * pods/log, exec, attach, portforward and the proxies. They end at a kubelet or a pod, which this server
 * can't reach yet: what can be said before that point is said as the reference says it, the rest is a clear
 * 503.
 */
import { badRequest, type KubernetesObject, objectsIn, serviceUnavailable, stringIn } from "@quorate/object";
import type { ResourceRequest } from "../../resource-request.ts";

const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** The log of a container; a pod that runs nowhere has none. */
export async function readLog(request: ResourceRequest): Promise<void> {
  const pod = await podOf(request);
  requireContainer(pod, request.query.text1("container"));
  const node = stringIn(pod.spec, "nodeName");
  if (node !== "") throw unreachable(node);
  request.exchange.answerEmpty(204);
}

/** exec and attach: of one container. */
export async function streamContainer(request: ResourceRequest): Promise<void> {
  const pod = await podOf(request);
  requireContainer(pod, request.query.text1("container"));
  requireHost(pod);
  throw unreachable(stringIn(pod.spec, "nodeName"));
}

/** Streams between the client and ports of the pod. */
export async function forwardPort(request: ResourceRequest): Promise<void> {
  const pod = await podOf(request);
  requireHost(pod);
  throw unreachable(stringIn(pod.spec, "nodeName"));
}

/** Passes a request on to a port of the pod. */
export async function proxyPod(request: ResourceRequest): Promise<void> {
  const pod = await podOf(request);
  if (stringIn(pod.status, "podIP") === "") throw badRequest("address not allowed");
  throw unreachable(stringIn(pod.spec, "nodeName"));
}

/** Passes a request on to the kubelet of a node. */
export async function proxyNode(request: ResourceRequest): Promise<void> {
  const node = await request.api.stores.store("", "nodes").get("", plainName(request.name));
  throw unreachable(node.name);
}

/** Passes a request on to an endpoint of the service. */
export async function proxyService(request: ResourceRequest): Promise<void> {
  const name = plainName(request.name);
  await request.api.stores.store("", "services").get(request.namespace, name);
  throw serviceUnavailable(`no endpoints available for service "${name}"`);
}

async function podOf(request: ResourceRequest): Promise<KubernetesObject> {
  const name = request.subresource?.name === "proxy" ? plainName(request.name) : request.name;
  const pod = await request.api.stores.store("", "pods").get(request.namespace, name);
  return pod.decode();
}

/** `https:name:port` -> `name`. */
function plainName(name: string): string {
  const parts = name.split(":");
  return parts.length === 3 ? parts[1]! : parts[0]!;
}

function requireContainer(pod: KubernetesObject, wanted: string): void {
  const podName = pod.metadata.name ?? "";
  const containers = objectsIn(pod.spec, "containers").map((container) => stringIn(container, "name"));
  if (wanted === "") {
    if (containers.length === 1) return;
    const names = containers.join(" ");
    throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names}]`);
  }
  const isKnown = CONTAINER_LISTS.some((list) =>
    objectsIn(pod.spec, list).some((container) => stringIn(container, "name") === wanted),
  );
  if (!isKnown) throw badRequest(`container ${wanted} is not valid for pod ${podName}`);
}

function requireHost(pod: KubernetesObject): void {
  if (stringIn(pod.spec, "nodeName") !== "") return;
  throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
}

function unreachable(node: string): Error {
  return serviceUnavailable(`this server has no connection to the kubelet of node "${node}"`);
}
