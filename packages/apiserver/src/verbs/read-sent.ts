/**
 * The body of a create or update: read, decoded, checked and with defaults, in the version of the request.
 */
import type { GroupVersionKind, KubernetesObject } from "@quorate/object";
import { bodyEncoding } from "../body/body-format.ts";
import { decodeObject } from "../body/decode-object.ts";
import { readBody } from "../body/read-body.ts";
import { type OptionsKind, parseWriteOptions, type WriteOptions } from "../request/write-options.ts";
import type { ResourceRequest } from "../resource-request.ts";

/** What the client sent, with the options of the query. */
export interface SentObject {
  readonly object: KubernetesObject;
  readonly options: WriteOptions;
  /** Decodes the same body once more: a write that is tried again must not start from a changed object. */
  again(): KubernetesObject;
}

/** `kind` is what the endpoint takes. */
export async function readSent(
  request: ResourceRequest,
  kind: GroupVersionKind,
  optionsKind: OptionsKind,
): Promise<SentObject> {
  const { api, exchange } = request;
  const encoding = bodyEncoding(exchange.headers["content-type"]);
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  const options = parseWriteOptions(request.query, optionsKind);
  const again = () => decodeObject(api, exchange, bytes, encoding, kind, options.fieldValidation);
  return { object: again(), options, again };
}
