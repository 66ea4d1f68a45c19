/** The reviews of authentication.k8s.io: who am I, and whose token is this? */
import { userInfoJson } from "@quorate/access";
import { badRequest, formatTime, type JsonObject, stringIn } from "@quorate/object";
import type { ResourceRequest } from "../../resource-request.ts";
import { answerReview } from "./answer-review.ts";

/** Who the caller is. */
export function selfSubjectReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, (review) => {
    review.metadata.creationTimestamp = formatTime(request.api.clock.wallMs());
    review.status = { userInfo: userInfoJson(request.user) as JsonObject };
  });
}

/** The token is shown to the same authenticators that look at requests, and to no certificate. */
export function tokenReview(request: ResourceRequest): Promise<void> {
  return answerReview(request, async (review) => {
    const token = stringIn(review.spec, "token");
    if (token === "") throw badRequest("token is required for TokenReview in authentication");
    const user = await request.api.authenticator.authenticate({
      certificate: undefined,
      headers: { authorization: `Bearer ${token}` },
      path: "",
    });
    review.status =
      user === undefined
        ? { user: {}, error: "invalid bearer token" }
        : { authenticated: true, user: userInfoJson(user) as JsonObject };
  });
}
