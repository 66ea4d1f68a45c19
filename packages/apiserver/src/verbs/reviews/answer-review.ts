/** What all reviews share: they are posted, filled in, and sent back; nothing is stored. */
import type { KubernetesObject } from "@quorate/object";
import { bindNamespace } from "../../body/object-identity.ts";
import type { ResourceRequest } from "../../resource-request.ts";
import { PLAIN_OFFER } from "../../response/media-type.ts";
import { admissionRequest, mutate, type WriteKind } from "../admit.ts";
import { readSent } from "../read-sent.ts";

/** `fill` sets the review's status, or throws where the review makes no sense. */
export async function answerReview(
  request: ResourceRequest,
  fill: (review: KubernetesObject) => void | Promise<void>,
): Promise<void> {
  const { api, exchange, kind } = request;
  const media = api.representation.negotiate(exchange, PLAIN_OFFER);
  api.representation.requireEncodable(kind, media);
  const { object: review, options } = await readSent(request, kind, "CreateOptions");
  bindNamespace(review, request.namespace);
  const write: WriteKind = { operation: "CREATE", dryRun: options.dryRun };
  await mutate(request, write, review, undefined);
  await api.admission.validate(admissionRequest(request, write, review, undefined));
  await fill(review);
  api.representation.sendValue(exchange, 201, kind, review, media);
}
