/** DELETE of one object: options from the body, or from the query where there is none. */
import { hasCode } from "@quorate/base";
import {
  badRequest,
  type GroupVersionKind,
  goQuote,
  type JsonObject,
  StatusError,
  success,
} from "@quorate/object";
import { decodeProtobuf, parseApiVersion, unwrapProtobuf, wrapProtobuf } from "@quorate/schema";
import { bodyEncoding } from "../body/body-format.ts";
import { check, parseBody } from "../body/decode-object.ts";
import { goJsonError } from "../body/go-json-error.ts";
import { readBody } from "../body/read-body.ts";
import {
  deleteOptionsFromBody,
  deleteOptionsFromQuery,
  type ParsedDelete,
} from "../request/delete-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { type Encoding, OBJECT_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";
import { STATUS_KIND } from "./send-success.ts";

const DELETE_OPTIONS: GroupVersionKind = { group: "meta.k8s.io", version: "v1", kind: "DeleteOptions" };

/** Answers with a Success Status, or with the object where it stays or its kind wants it so. */
export async function deleteObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec, resource } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  const { options, dryRun } = await readDeleteOptions(request);
  const write: WriteKind = { operation: "DELETE", dryRun };
  const pending = mutate(request, write, undefined, undefined);
  if (pending !== undefined) await pending;
  const context = writeContext(request, write);
  const { object, deleted } = await request.store.delete(request.namespace, request.name, options, context);
  // Compat: 202 only for clients that said they would not wait for the dependents.
  const status = !deleted && options.orphanDependents === false ? 202 : 200;
  if (resource.flags.deleteReturnsObject || !deleted) {
    api.representation.requireEncodable(codec.resource, media);
    api.representation.sendObject(exchange, status, object, codec, media);
    return;
  }
  const uid = object.decode().metadata.uid ?? "";
  const body = success(request.ref, request.name, uid) as unknown as JsonObject;
  api.representation.sendValue(exchange, status, STATUS_KIND, body, { ...media, form: "" });
}

/** Reads the body, if there is one. */
export async function readDeleteOptions(request: ResourceRequest): Promise<ParsedDelete> {
  const { api, exchange } = request;
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  if (bytes.length === 0) return deleteOptionsFromQuery(request.query);
  const encoding = bodyEncoding(exchange.headers["content-type"]);
  if (encoding === "protobuf") {
    return deleteOptionsFromBody(decodeBinaryOptions(request, bytes));
  }
  const value = parseOptions(request, bytes, encoding);
  const { object } = check(api, value, DELETE_OPTIONS, (message) =>
    badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${message}`),
  );
  return deleteOptionsFromBody(object);
}

/** Compat: a kind and version of any group are taken, as clients send those of the resource's own group. */
function parseOptions({ api }: ResourceRequest, bytes: Buffer, encoding: Encoding): JsonObject {
  let value: JsonObject;
  try {
    value = parseBody(api, bytes, encoding, "DeleteOptions", "Ignore").value;
  } catch (error) {
    if (encoding !== "json" || !(error instanceof StatusError)) throw error;
    const why = goJsonError(bytes.toString("utf8"));
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
  const { kind = "DeleteOptions", apiVersion = "v1" } = value;
  if (kind === "DeleteOptions" && parseApiVersion(String(apiVersion)) !== undefined) return value;
  const what = `no kind ${goQuote(String(kind))} is registered for version ${goQuote(String(apiVersion))}`;
  throw badRequest(`${what} in scheme "pkg/runtime/scheme.go:111"`);
}

function decodeBinaryOptions({ api }: ResourceRequest, bytes: Buffer): JsonObject {
  try {
    const { message } = unwrapProtobuf(bytes);
    return decodeProtobuf(api.schema, wrapProtobuf(DELETE_OPTIONS, message));
  } catch (error) {
    if (!hasCode(error, "BadProtobuf", "BadValue")) throw error;
    throw badRequest(`the body is no DeleteOptions in protobuf: ${error.message}`);
  }
}
