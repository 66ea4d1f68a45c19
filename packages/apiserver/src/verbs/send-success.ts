/** The answer of an action that makes no object: a Success Status. */
import type { GroupVersionKind, JsonObject } from "@quorate/object";
import type { ResourceRequest } from "../resource-request.ts";
import type { MediaType } from "../response/media-type.ts";

/** The kind of a Status. */
export const STATUS_KIND: GroupVersionKind = { group: "", version: "v1", kind: "Status" };

/** 201, as the reference answers a create of a subresource. */
export function sendSuccess(request: ResourceRequest, media: MediaType): void {
  const body: JsonObject = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    code: 201,
  };
  request.api.representation.sendValue(request.exchange, 201, STATUS_KIND, body, media);
}
