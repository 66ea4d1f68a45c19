/**
 * serviceaccounts/token: a signed token for an account, bound to a pod, node or secret where the client says
 * so.
 */
import type { TokenBindings, TokenReference } from "@quorate/access";
import {
  badRequest,
  conflict,
  type FieldError,
  formatTime,
  type GroupVersionKind,
  hasField,
  invalid,
  invalidObject,
  type KubernetesObject,
  methodNotAllowed,
  numberIn,
  objectIn,
  StatusError,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { parseApiVersion } from "@quorate/schema";
import type { ResourceRequest } from "../resource-request.ts";
import { PLAIN_OFFER } from "../response/media-type.ts";
import { admissionRequest, mutate, type WriteKind } from "./admit.ts";
import { readSent } from "./read-sent.ts";

const TOKEN_REQUEST: GroupVersionKind = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
};
const DEFAULT_SECONDS = 3600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;
/** What kubelets ask for: such tokens live longer than they say, and warn when they are used after that. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

/** Answers with the request and the token in its status. */
export async function createToken(request: ResourceRequest): Promise<void> {
  const { api, exchange, namespace, name } = request;
  const { tokens } = api;
  if (tokens === undefined) throw methodNotAllowed();
  const media = api.representation.negotiate(exchange, PLAIN_OFFER);
  const { object: body, options } = await readSent(request, TOKEN_REQUEST, "CreateOptions");
  const write: WriteKind = { operation: "CREATE", dryRun: options.dryRun, kind: TOKEN_REQUEST };
  requireIdentity(request, body);
  const account = (await request.store.get(namespace, name)).decode();
  fillIn(request, body, account, tokens.audiences);
  await mutate(request, write, body, undefined);
  const seconds = requireValid(body);
  await api.admission.validate(admissionRequest(request, write, body, undefined));
  const bindings = await bindingsOf(request, body);
  const audiences = stringsIn(body.spec, "audiences");
  const isExtended =
    bindings.pod !== undefined &&
    seconds === WARN_ONLY_SECONDS &&
    audiences.every((audience) => tokens.audiences.includes(audience));
  const token = tokens.issue({
    namespace,
    account: referenceTo(account),
    audiences,
    expirationSeconds: isExtended ? EXTENDED_SECONDS : seconds,
    warnAfterSeconds: isExtended ? seconds : 0,
    bindings,
  });
  const expirationTimestamp = formatTime(api.clock.wallMs() + seconds * 1000);
  body.status = { token, expirationTimestamp };
  api.representation.sendValue(exchange, 201, TOKEN_REQUEST, body, media);
}

function requireIdentity(request: ResourceRequest, { metadata }: KubernetesObject): void {
  const errors: FieldError[] = [];
  for (const key of ["name", "namespace"] as const) {
    const given = metadata[key] ?? "";
    if (given === "" || given === request[key]) continue;
    errors.push(invalid(`metadata.${key}`, given, `must match the service account ${key} if specified`));
  }
  if (errors.length > 0) throw invalidObject(TOKEN_REQUEST, request.name, errors);
}

function fillIn(
  request: ResourceRequest,
  body: KubernetesObject,
  account: KubernetesObject,
  audiences: readonly string[],
): void {
  const { metadata } = body;
  const uid = account.metadata.uid ?? "";
  if (metadata.uid && metadata.uid !== uid) {
    const head = `the UID in the token request (${metadata.uid})`;
    const why = `${head} does not match the UID of the service account (${uid})`;
    throw conflict({ group: TOKEN_REQUEST.group, resource: TOKEN_REQUEST.kind }, request.name, why);
  }
  Object.assign(metadata, {
    name: request.name,
    namespace: request.namespace,
    uid,
    creationTimestamp: formatTime(request.api.clock.wallMs()),
  });
  body.spec ??= {};
  if (stringsIn(body.spec, "audiences").length === 0) body.spec.audiences = [...audiences];
  if (!hasField(body.spec, "expirationSeconds")) body.spec.expirationSeconds = DEFAULT_SECONDS;
  body.status = {};
}

/** The seconds that the token is to live. */
function requireValid({ spec }: KubernetesObject): number {
  const seconds = numberIn(spec, "expirationSeconds");
  const field = "spec.expirationSeconds";
  let error: FieldError | undefined;
  if (seconds < SECONDS_MIN)
    error = invalid(field, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > SECONDS_MAX) {
    error = invalid(field, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  if (error !== undefined) throw invalidObject(TOKEN_REQUEST, "", [error]);
  return seconds;
}

async function bindingsOf(request: ResourceRequest, { spec }: KubernetesObject): Promise<TokenBindings> {
  if (!hasField(spec, "boundObjectRef")) return {};
  const wanted = objectIn(spec, "boundObjectRef");
  const [kind, name] = [stringIn(wanted, "kind"), stringIn(wanted, "name")];
  const { group = "", version = "" } = parseApiVersion(stringIn(wanted, "apiVersion")) ?? {};
  const core = group === "" ? kind : "";
  if (core !== "Pod" && core !== "Node" && core !== "Secret") {
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const resource = `${kind.toLowerCase()}s`;
  const namespace = core === "Node" ? "" : request.namespace;
  const object = (await request.api.stores.store("", resource).get(namespace, name)).decode();
  const uid = stringIn(wanted, "uid");
  if (uid !== "" && uid !== object.metadata.uid) {
    const why = "does not match the UID in record. The object might have been deleted and then recreated";
    const text = `the UID in the bound object reference (${uid}) ${why}`;
    throw conflict({ group, resource: kind }, name, text);
  }
  if (core === "Secret") return { secret: referenceTo(object) };
  if (core === "Node") return { node: referenceTo(object) };
  if (stringIn(object.spec, "serviceAccountName") !== request.name) {
    const why = "to pod running with different serviceaccount name.";
    throw badRequest(`cannot bind token for serviceaccount "${request.name}" ${why}`);
  }
  return { pod: referenceTo(object), ...(await nodeOf(request, object)) };
}

/** The node of a pod, for information: it may be gone. */
async function nodeOf(request: ResourceRequest, pod: KubernetesObject): Promise<TokenBindings> {
  const name = stringIn(pod.spec, "nodeName");
  if (name === "") return {};
  try {
    const node = await request.api.stores.store("", "nodes").get("", name, { resourceVersion: "0" });
    return { node: referenceTo(node.decode()) };
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
    return { node: { name, uid: "" } };
  }
}

function referenceTo({ metadata }: KubernetesObject): TokenReference {
  return { name: metadata.name ?? "", uid: metadata.uid ?? "" };
}
